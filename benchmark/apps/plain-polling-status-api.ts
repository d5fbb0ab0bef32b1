import { createRequire } from 'node:module';
import { Aws, CfnDeletionPolicy, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { consumerQueues } from './consumer-queues';
import { addDeadLetterAlarms, ALARM, MINUTE, RUNBOOKS } from './plain-alarms';
import { placeName } from './plain-name';

// The texts of the mapping templates are no constructs, so both ways have them from the same functions. The package does not export the file.
const TEXTS = '../node_modules/cdk-serverless-patterns/lib/jobs/private/job-templates';
const texts = createRequire(__filename)(TEXTS) as typeof import('../../src/jobs/private/job-templates');

const LARGEST_BODY_BYTES = 256 * 1024;
const RETRY_AFTER_SECONDS = 5;
const PROBLEM = "'application/problem+json'";

/** The template that `PollingStatusApi` gives for jobs that the consumer of a queue does, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const { queue } = consumerQueues(stack, `${id}Jobs`);
  const scope = new Construct(stack, id);
  const { JobOwner } = texts;

  const accessLogs = new logs.LogGroup(scope, 'AccessLogs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
  const api = new apigateway.RestApi(scope, 'Api', {
    restApiName: `${Aws.STACK_NAME}-${id}`,
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    cloudWatchRole: false,
    deployOptions: {
      tracingEnabled: true,
      throttlingRateLimit: 100,
      throttlingBurstLimit: 200,
      accessLogDestination: new apigateway.LogGroupLogDestination(accessLogs),
      accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify({
        requestId: '$context.requestId',
        extendedRequestId: '$context.extendedRequestId',
        requestTime: '$context.requestTime',
        caller: '$context.identity.userArn',
        sourceIp: '$context.identity.sourceIp',
        httpMethod: '$context.httpMethod',
        resourcePath: '$context.resourcePath',
        status: '$context.status',
        error: '$context.error.responseType',
        integrationStatus: '$context.integrationStatus',
        responseLatency: '$context.responseLatency',
        integrationLatency: '$context.integrationLatency',
      })),
    },
  });
  api.node.tryRemoveChild('Endpoint');
  const templates = { 'application/json': '{"type": "about:blank", "title": $context.error.messageString}' };
  api.addGatewayResponse('ClientErrors', { type: apigateway.ResponseType.DEFAULT_4XX, responseHeaders: { 'Content-Type': PROBLEM }, templates });
  const waiting = { 'Content-Type': PROBLEM, 'Retry-After': "'1'" };
  api.addGatewayResponse('ServerErrors', { type: apigateway.ResponseType.DEFAULT_5XX, responseHeaders: waiting, templates });
  api.addGatewayResponse('Throttled', { type: apigateway.ResponseType.THROTTLED, statusCode: '429', responseHeaders: waiting, templates });

  const table = new dynamodb.Table(scope, 'Table', {
    partitionKey: { name: 'jobKey', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'expiresAt',
    stream: dynamodb.StreamViewType.KEYS_ONLY,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  const credentialsRole = new iam.Role(scope, 'ApiRole', { assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com') });
  table.grant(credentialsRole, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
  const integrationResponses = (statusCode: string, answer: string, refusal: string): apigateway.IntegrationResponse[] => [
    { statusCode, responseTemplates: { 'application/json': answer }, responseParameters: {} },
    { statusCode: '500', selectionPattern: '4\\d{2}', responseTemplates: { 'application/json': refusal }, responseParameters: {} },
    {
      statusCode: '503',
      selectionPattern: '5\\d{2}',
      responseTemplates: { 'application/json': '{"type":"about:blank","title":"Service Unavailable","status":503}' },
      responseParameters: { 'method.response.header.Content-Type': PROBLEM, 'method.response.header.Retry-After': "'1'" },
    },
  ];
  const methodResponses = (statusCodes: string[]) => statusCodes.map((statusCode) => ({
    statusCode,
    responseParameters: {
      'method.response.header.Content-Type': true,
      'method.response.header.Location': true,
      'method.response.header.Retry-After': true,
    },
  }));
  const jobs = api.root.addResource('jobs');
  const job = jobs.addResource('{id}');
  jobs.addMethod('POST', new apigateway.AwsIntegration({
    service: 'dynamodb',
    action: 'UpdateItem',
    options: {
      credentialsRole,
      passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
      requestTemplates: {
        'application/json': texts.acceptRequest({
          tableName: table.tableName,
          owner: JobOwner.IAM,
          maxBodyBytes: LARGEST_BODY_BYTES,
          timeout: Duration.hours(1).toSeconds(),
          retentionPeriod: Duration.days(7).toSeconds(),
        }),
      },
      integrationResponses: integrationResponses('202', texts.acceptAnswer(RETRY_AFTER_SECONDS), texts.acceptRefusal(LARGEST_BODY_BYTES, JobOwner.IAM)),
    },
  }), {
    authorizationType: apigateway.AuthorizationType.IAM,
    requestModels: { 'application/json': api.addModel('Body', { schema: { type: apigateway.JsonSchemaType.OBJECT } }) },
    requestValidator: api.addRequestValidator('Validator', { validateRequestBody: true }),
    methodResponses: methodResponses(['202', '400', '403', '413', '422', '500', '503']),
  });
  job.addMethod('GET', new apigateway.AwsIntegration({
    service: 'dynamodb',
    action: 'GetItem',
    options: {
      credentialsRole,
      passthroughBehavior: apigateway.PassthroughBehavior.WHEN_NO_TEMPLATES,
      requestTemplates: { 'application/json': texts.statusRequest(table.tableName, JobOwner.IAM) },
      integrationResponses: integrationResponses('200', texts.statusAnswer(RETRY_AFTER_SECONDS, JobOwner.IAM), texts.statusRefusal()),
    },
  }), {
    authorizationType: apigateway.AuthorizationType.IAM,
    methodResponses: methodResponses(['200', '403', '404', '500', '503']),
  });
  job.addResource('cancel').addMethod('POST', new apigateway.AwsIntegration({
    service: 'dynamodb',
    action: 'UpdateItem',
    options: {
      credentialsRole,
      passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
      requestTemplates: { 'application/json': texts.cancelRequest(table.tableName, JobOwner.IAM) },
      integrationResponses: integrationResponses('200', texts.cancelAnswer(), texts.cancelRefusal(JobOwner.IAM)),
    },
  }), {
    authorizationType: apigateway.AuthorizationType.IAM,
    methodResponses: methodResponses(['200', '403', '404', '409', '500', '503']),
  });

  const deadLetterQueue = new sqs.Queue(scope, 'DeadLetterQueue', {
    retentionPeriod: Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  (deadLetterQueue.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  const pipeRole = new iam.Role(scope, 'PipeRole', { assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com') });
  queue.grantSendMessages(pipeRole);
  const policy = pipeRole.addToPrincipalPolicy(new iam.PolicyStatement({
    actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
    resources: [table.tableStreamArn!],
  })).policyDependable!;
  pipeRole.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
  deadLetterQueue.grantSendMessages(pipeRole);
  const pipeLogs = new logs.LogGroup(scope, 'PipeLogs', {
    logGroupName: `/aws/vendedlogs/pipes/${stack.stackName}/${placeName(id, 'PipeLogs')}`,
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const pipe = new pipes.CfnPipe(scope, 'Pipe', {
    description: 'Gives each accepted job to the engine.',
    roleArn: pipeRole.roleArn,
    source: table.tableStreamArn!,
    sourceParameters: {
      filterCriteria: { filters: [{ pattern: '{"eventName":["INSERT"]}' }] },
      dynamoDbStreamParameters: {
        startingPosition: 'TRIM_HORIZON',
        batchSize: 10,
        parallelizationFactor: 10,
        onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        maximumRecordAgeInSeconds: 3600,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
      },
    },
    target: queue.queueArn,
    targetParameters: { inputTemplate: `{"table": "${table.tableName}", "job": <$.dynamodb.Keys.jobKey.S>}` },
    logConfiguration: { level: 'ERROR', cloudwatchLogsLogDestination: { logGroupArn: pipeLogs.logGroupArn } },
  });
  pipe.node.addDependency(policy);
  table.grant(handler, 'dynamodb:UpdateItem');

  new cloudwatch.Alarm(scope, 'ServerErrorsAlarm', {
    ...ALARM,
    metric: api.deploymentStage.metricServerError({ period: MINUTE, statistic: 'Average' }),
    threshold: 0.05,
    evaluationPeriods: 3,
    alarmDescription: `The API of ${scope.node.path} cannot answer its callers. ` +
      `First: read status and error of the failed requests in the access log. Runbook: ${RUNBOOKS}/polling-status-api.md#server-errors`,
  });
  new cloudwatch.Alarm(scope, 'LatencyAlarm', {
    ...ALARM,
    metric: api.deploymentStage.metricLatency({ period: MINUTE, statistic: 'p90' }),
    threshold: 2500,
    evaluationPeriods: 5,
    alarmDescription: `The API of ${scope.node.path} answers slowly. ` +
      `First: compare latency and integration latency in the access log. Runbook: ${RUNBOOKS}/polling-status-api.md#latency`,
  });
  const pipeMetric = (metricName: string) => new cloudwatch.Metric({
    namespace: 'AWS/EventBridge/Pipes', metricName, dimensionsMap: { PipeName: pipe.ref }, statistic: 'Sum', period: MINUTE,
  });
  new cloudwatch.Alarm(scope, 'PipeFailedAlarm', {
    ...ALARM,
    metric: pipeMetric('ExecutionFailed'),
    threshold: 0,
    evaluationPeriods: 1,
    alarmDescription: `The pipe of ${scope.node.path} cannot give jobs to their engine. First: read the log of the pipe. Runbook: ${RUNBOOKS}/polling-status-api.md#pipe-failed`,
  });
  new cloudwatch.Alarm(scope, 'PipeThrottledAlarm', {
    ...ALARM,
    metric: pipeMetric('ExecutionThrottled'),
    threshold: 0,
    evaluationPeriods: 5,
    alarmDescription: `The pipe of ${scope.node.path} is throttled. First: compare its quota with the jobs. Runbook: ${RUNBOOKS}/polling-status-api.md#pipe-throttled`,
  });
  addDeadLetterAlarms(scope, deadLetterQueue, 'polling-status-api');
};
