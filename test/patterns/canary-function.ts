import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { COUNT_ALARM, DURATION_ALARM, newFunction, OFF } from './inputs';
import { pattern } from './pattern';
import { CanaryFunction } from '../../src';
import { CANARY_FUNCTION_BOUNDS } from '../../src/functions/canary-function.rules';

export const canaryFunction = pattern(CanaryFunction, {
  'default': { props: (inputs) => ({ handler: newFunction(inputs) }), oneStack: true },
  'every prop': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      aliasName: 'Prod',
      deploymentConfig: new codedeploy.LambdaDeploymentConfig(inputs, 'Config', {
        trafficRouting: codedeploy.TrafficRouting.timeBasedLinear({ interval: Duration.minutes(2), percentage: 25 }),
      }),
      preHook: newFunction(inputs, {}, 'PreHook'),
      postHook: newFunction(inputs, {}, 'PostHook'),
      rollbackAlarms: [cloudwatch.Alarm.fromAlarmArn(inputs, 'Alarm', 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:orders')],
      ignoreAlarms: true,
      provisionedConcurrency: { minCapacity: 2, maxCapacity: 20, utilizationTarget: 0.5 },
      alarms: {
        newVersionErrors: COUNT_ALARM,
        newVersionErrorRate: COUNT_ALARM,
        newVersionDuration: DURATION_ALARM,
        errors: COUNT_ALARM,
        duration: DURATION_ALARM,
      },
      versionRemovalPolicy: RemovalPolicy.DESTROY,
    }),
    warnings: ['rollbackAlarmsIgnored'],
    oneStack: true,
  },
  'all at once, alarms off': {
    props: (inputs) => ({
      handler: newFunction(inputs),
      deploymentConfig: codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
      alarms: { errors: OFF, duration: OFF },
    }),
    silent: true,
    oneStack: true,
  },
}, { ofProps: CANARY_FUNCTION_BOUNDS, besides: { provisionedConcurrency: { maxCapacity: 10 } } });
