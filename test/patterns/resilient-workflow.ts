import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { COUNT_ALARM, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { ResilientWorkflow, WorkflowShiftType } from '../../src';
import { RESILIENT_WORKFLOW_BOUNDS } from '../../src/workflows/resilient-workflow.rules';

const invoke = (inputs: Construct, id: string) => new tasks.LambdaInvoke(inputs, id, { lambdaFunction: newFunction(inputs, {}, `${id}Handler`) });
const inJsonata = (inputs: Construct, id: string) => tasks.LambdaInvoke.jsonata(inputs, id, { lambdaFunction: newFunction(inputs, {}, `${id}Handler`) });

export const resilientWorkflow = pattern(ResilientWorkflow, {
  'default': { props: (inputs) => ({ definition: invoke(inputs, 'Work') }) },
  'compensations': {
    props: (inputs) => ({
      definition: inJsonata(inputs, 'Reserve').next(inJsonata(inputs, 'Pay')),
      compensations: { Reserve: inJsonata(inputs, 'Release'), Pay: inJsonata(inputs, 'Refund') },
      queryLanguage: sfn.QueryLanguage.JSONATA,
      alarms: { compensationsFailed: COUNT_ALARM },
    }),
  },
  'everything stated': {
    props: (inputs) => ({
      definition: sfn.Pass.jsonata(inputs, 'Begin').next(inJsonata(inputs, 'Step')),
      timeout: Duration.hours(2),
      taskTimeout: Duration.minutes(1),
      queryLanguage: sfn.QueryLanguage.JSONATA,
      trafficShift: { aliasName: 'PROD', type: WorkflowShiftType.LINEAR, percentage: 50, interval: Duration.minutes(5), rollbackAlarms: [cloudwatch.Alarm.fromAlarmArn(inputs, 'Alarm', 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:orders')] },
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      logRetention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.RETAIN,
      alarms: {
        failed: COUNT_ALARM,
        timedOut: COUNT_ALARM,
        aborted: COUNT_ALARM,
        throttled: COUNT_ALARM,
        deadLetters: COUNT_ALARM,
        moreDeadLetters: COUNT_ALARM,
        failedInvocations: COUNT_ALARM,
        failedToSendToDlq: COUNT_ALARM,
        ruleDeadLetters: COUNT_ALARM,
        newVersionFailed: COUNT_ALARM,
      },
    }),
  },
  'alarms off': {
    props: (inputs) => ({
      definition: invoke(inputs, 'Work'),
      alarms: {
        failed: OFF,
        timedOut: OFF,
        aborted: OFF,
        throttled: OFF,
        deadLetters: OFF,
        moreDeadLetters: OFF,
        failedInvocations: OFF,
        failedToSendToDlq: OFF,
        ruleDeadLetters: OFF,
      },
    }),
    silent: true,
  },
}, { ofProps: RESILIENT_WORKFLOW_BOUNDS });
