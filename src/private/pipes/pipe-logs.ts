import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import type { Construct } from 'constructs';
import { newVendedLogGroup } from '../log-groups/vended-log-group';

/** Errors only, without the data of what the pipe delivers. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html */
export function pipeLogs(scope: Construct, id: string, retention: logs.RetentionDays): pipes.CfnPipe.PipeLogConfigurationProperty {
  const { logGroupArn } = newVendedLogGroup(scope, id, 'pipes', retention);
  return { level: 'ERROR', cloudwatchLogsLogDestination: { logGroupArn } };
}

/** The id of the log group of a pipe. */
export function pipeLogsId(pipeId: string): string {
  return `${pipeId}Logs`;
}
