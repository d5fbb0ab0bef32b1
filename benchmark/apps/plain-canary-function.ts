import { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { ALARM, MINUTE, RUNBOOKS } from './plain-alarms';

/** The template that `CanaryFunction` gives, by hand with the CDK's own constructs, for a handler with a timeout of 30 seconds. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const scope = new Construct(stack, id);
  const version = handler.currentVersion;
  version.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  const alias = new lambda.Alias(scope, 'Alias', { aliasName: 'live', version });

  const ofNewVersion = (metricName: string, statistic: string) => alias.metric(metricName, {
    period: MINUTE,
    statistic,
    dimensionsMap: { FunctionName: handler.functionName, Resource: `${handler.functionName}:live`, ExecutedVersion: version.version },
  });
  const newVersionErrors = new cloudwatch.Alarm(scope, 'NewVersionErrorsAlarm', {
    ...ALARM,
    metric: ofNewVersion('Errors', 'Sum'),
    alarmDescription: `The version of ${scope.node.path} that traffic is shifting to fails. ` +
      `First: read the error in its log. Runbook: ${RUNBOOKS}/canary.md#new-version-errors`,
  });
  const newVersionErrorRate = new cloudwatch.Alarm(scope, 'NewVersionErrorRateAlarm', {
    ...ALARM,
    metric: new cloudwatch.MathExpression({
      expression: '100 * newErrors / newInvocations - IF(invocations > newInvocations, 100 * (errors - newErrors) / (invocations - newInvocations), 0)',
      label: 'Error rate of the new version beyond the old',
      period: MINUTE,
      usingMetrics: {
        newErrors: ofNewVersion('Errors', 'Sum'),
        newInvocations: ofNewVersion('Invocations', 'Sum'),
        errors: alias.metricErrors({ period: MINUTE, statistic: 'Sum' }),
        invocations: alias.metricInvocations({ period: MINUTE, statistic: 'Sum' }),
      },
    }),
    threshold: 5,
    alarmDescription: `The version of ${scope.node.path} that traffic is shifting to fails more often than the old one. ` +
      `First: compare the errors of both versions. Runbook: ${RUNBOOKS}/canary.md#new-version-error-rate`,
  });
  const newVersionDuration = new cloudwatch.Alarm(scope, 'NewVersionDurationAlarm', {
    ...ALARM,
    metric: ofNewVersion('Duration', 'p99'),
    threshold: 24_000,
    alarmDescription: `The version of ${scope.node.path} that gets traffic step by step comes near its timeout. ` +
      `First: find what became slow. Runbook: ${RUNBOOKS}/canary.md#new-version-duration`,
  });
  new cloudwatch.Alarm(scope, 'ErrorsAlarm', {
    ...ALARM,
    metric: alias.metricErrors({ period: MINUTE, statistic: 'Sum' }),
    evaluationPeriods: 3,
    alarmDescription: `What ${scope.node.path} deployed fails, and goes on failing. ` +
      `First: see whether it began with a deployment. Runbook: ${RUNBOOKS}/canary.md#errors`,
  });
  new cloudwatch.Alarm(scope, 'DurationAlarm', {
    ...ALARM,
    metric: alias.metricDuration({ period: MINUTE, statistic: 'p99' }),
    threshold: 24_000,
    evaluationPeriods: 3,
    alarmDescription: `What ${scope.node.path} deployed comes near its timeout. ` +
      `First: see whether it began with a deployment. Runbook: ${RUNBOOKS}/canary.md#duration`,
  });

  const deploymentGroup = new codedeploy.LambdaDeploymentGroup(scope, 'DeploymentGroup', {
    alias,
    deploymentConfig: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
    alarms: [newVersionErrors, newVersionErrorRate, newVersionDuration],
    autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
  });
  alias.node.addDependency(deploymentGroup.role);
};
