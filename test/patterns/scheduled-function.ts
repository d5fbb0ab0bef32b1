import { Duration, RemovalPolicy, TimeZone } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { COUNT_ALARM, DURATION_ALARM, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { ScheduledFunction } from '../../src';
import { SCHEDULED_FUNCTION_BOUNDS } from '../../src/functions/scheduled-function.rules';

export const scheduledFunction = pattern(ScheduledFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs), schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)) }) },
  'every prop': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      handlerTimeout: Duration.seconds(20),
      schedule: scheduler.ScheduleExpression.cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }),
      overlap: false,
      maxEventAge: Duration.minutes(30),
      flexibleWindow: Duration.minutes(15),
      input: { report: 'daily' },
      enabled: true,
      maxReceiveCount: 3,
      encryptionKey: new kms.Key(inputs, 'Key', { enableKeyRotation: true }),
      alarms: {
        missedRuns: { enabled: true, period: Duration.hours(4), evaluationPeriods: 12, datapointsToAlarm: 11 },
        targetErrors: COUNT_ALARM,
        droppedRuns: COUNT_ALARM,
        runsSetAside: COUNT_ALARM,
        runsNotSetAside: COUNT_ALARM,
        scheduleDeadLetters: COUNT_ALARM,
        deadLetters: COUNT_ALARM,
        moreDeadLetters: COUNT_ALARM,
        messageAge: DURATION_ALARM,
        handlerErrors: COUNT_ALARM,
        handlerThrottles: COUNT_ALARM,
        handlerDuration: DURATION_ALARM,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    }),
  },
  'overlapping runs of an imported handler': {
    props: (inputs) => ({
      handler: lambda.Function.fromFunctionAttributes(inputs, 'Handler', {
        // Two imports of one function share its alarms, so the names follow the place.
        functionArn: `arn:aws:lambda:us-east-1:111122223333:function:${inputs.node.scope?.node.id}`,
        sameEnvironment: true,
      }),
      handlerTimeout: Duration.seconds(20),
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      overlap: true,
    }),
    warnings: ['handlerRoleUnknown'],
  },
  'alarms off': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      schedule: scheduler.ScheduleExpression.rate(Duration.hours(1)),
      alarms: {
        missedRuns: OFF,
        targetErrors: OFF,
        droppedRuns: OFF,
        runsSetAside: OFF,
        runsNotSetAside: OFF,
        scheduleDeadLetters: OFF,
        deadLetters: OFF,
        moreDeadLetters: OFF,
        messageAge: OFF,
        handlerErrors: OFF,
        handlerThrottles: OFF,
        handlerDuration: OFF,
      },
    }),
    silent: true,
  },
}, { ofProps: SCHEDULED_FUNCTION_BOUNDS, besides: { schedule: scheduler.ScheduleExpression.rate(Duration.days(2)) } });
