import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { idsInStack } from '../app/path-in-stack';
import { placeName, stackNameOf } from '../app/place-name';

/** How long patterns keep logs unless told otherwise: long enough to look into what was noticed late. */
export const LOG_RETENTION = logs.RetentionDays.ONE_MONTH;

/** A name may have 512 characters, and that of a stack 128. */
const MOST_CHARACTERS = 200;

/**
 * Makes a log group that a service delivers to. The service enters each group into one resource policy of the account, of at most 5,120 characters, unless the name of the group begins with
 * `/aws/vendedlogs/`: so this one has a name, by its stack and its place there.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html#AWS-vended-logs-permissions
 */
export function newVendedLogGroup(scope: Construct, id: string, service: 'pipes' | 'states', retention: logs.RetentionDays): logs.LogGroup {
  return new logs.LogGroup(scope, id, { logGroupName: vendedLogGroupName(scope, id, service), retention, removalPolicy: RemovalPolicy.DESTROY });
}

/** The name of the log group with this id in `scope`. It is known before the deployment, unless that of the stack is not. */
export function vendedLogGroupName(scope: Construct, id: string, service: 'pipes' | 'states'): string {
  return `/aws/vendedlogs/${service}/${stackNameOf(scope)}/${placeName([...idsInStack(scope), id], MOST_CHARACTERS)}`;
}
