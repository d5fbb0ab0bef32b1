import type { CfnResource } from 'aws-cdk-lib';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { DerivedValue } from '../checks/derived-values';
import { valuesIn } from '../checks/derived-values';

/**
 * What a log group must still be.
 *
 * @param instead how to say otherwise how long it keeps logs
 * @param name the one that keeps it out of the account's resource policy, if it has one
 */
export function valuesOfLogGroup(logGroup: IConstruct, retention: logs.RetentionDays, instead: string, name?: string): DerivedValue[] {
  return valuesIn(logGroup.node.defaultChild as CfnResource, {
    'Properties.RetentionInDays': [retention, instead],
    ...name === undefined ? {} : {
      'Properties.LogGroupName': [name, 'only a name that begins with /aws/vendedlogs/ takes no room in the resource policy of the account'],
    },
  });
}
