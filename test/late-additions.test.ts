import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  AsyncFunction,
  BucketDelivery,
  BucketFedFunction,
  CanaryFunction,
  ClaimCheckBucket,
  FunctionEngine,
  PollingStatusApi,
  QueueFedFunction,
  QueueFedService,
  ScheduledFunction,
  StreamFedFunction,
  TableFedFunction,
} from '../src';
import { clusterIn, tasksIn } from './services/fixtures';

/**
 * To what a pattern was given, its owner may still add: layers, rules, indexes, containers. The CDK makes these lists when they are first read, and never again, so a
 * pattern that reads one too early keeps out of the template whatever is added afterwards.
 */
function newStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'us-east-1' } });
}

function functionIn(stack: Stack): lambda.Function {
  return new lambda.Function(stack, 'Function', {
    runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => ({});'), timeout: Duration.seconds(30),
  });
}

function tableIn(stack: Stack): dynamodb.Table {
  return new dynamodb.Table(stack, 'Table', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    timeToLiveAttribute: 'expiresAt',
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
  });
}

/** The properties of the one resource whose logical id begins with that of what was given. */
function propertiesOf(stack: Stack, type: string, id: string): any {
  const found = Object.entries(Template.fromStack(stack).findResources(type)).filter(([logicalId]) => logicalId.startsWith(id));
  expect(found).toHaveLength(1);
  return found[0]![1].Properties;
}

test.each<[string, (stack: Stack, handler: lambda.Function) => unknown]>([
  ['QueueFedFunction', (stack, handler) => new QueueFedFunction(stack, 'Pattern', { handler })],
  ['StreamFedFunction', (stack, handler) => new StreamFedFunction(stack, 'Pattern', { handler })],
  ['TableFedFunction', (stack, handler) => new TableFedFunction(stack, 'Pattern', { handler, table: tableIn(stack) })],
  ['BucketFedFunction', (stack, handler) => new BucketFedFunction(stack, 'Pattern', { handler })],
  ['AsyncFunction', (stack, handler) => new AsyncFunction(stack, 'Pattern', { handler })],
  ['ScheduledFunction', (stack, handler) => new ScheduledFunction(stack, 'Pattern', { handler, schedule: ScheduleExpression.rate(Duration.hours(1)) })],
  ['CanaryFunction', (stack, handler) => new CanaryFunction(stack, 'Pattern', { handler })],
  ['PollingStatusApi', (stack, handler) => new PollingStatusApi(stack, 'Pattern', { engine: new FunctionEngine(handler), accessLogs: false })],
  ['BucketDelivery', (stack, handler) => new BucketDelivery(stack, 'Pattern', { transform: handler })],
])('to the function of a %s, layers, variables and statements may be added', (_, make) => {
  const stack = newStack();
  const handler = functionIn(stack);
  make(stack, handler);
  const layer = 'arn:aws:lambda:us-east-1:111122223333:layer:late:1';
  handler.addLayers(lambda.LayerVersion.fromLayerVersionArn(stack, 'Layer', layer));
  handler.addEnvironment('LATE', 'yes');
  handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::late/*'] }));
  expect(propertiesOf(stack, 'AWS::Lambda::Function', 'Function')).toMatchObject({ Layers: [layer], Environment: { Variables: { LATE: 'yes' } } });
  expect(JSON.stringify(propertiesOf(stack, 'AWS::IAM::Policy', 'FunctionServiceRole'))).toContain('arn:aws:s3:::late/*');
});

test.each<[string, (stack: Stack, bucket: s3.Bucket) => unknown]>([
  ['BucketFedFunction', (stack, bucket) => new BucketFedFunction(stack, 'Pattern', { bucket, handler: functionIn(stack) })],
  ['ClaimCheckBucket', (stack, bucket) => new ClaimCheckBucket(stack, 'Pattern', { bucket })],
  ['BucketDelivery', (stack, bucket) => new BucketDelivery(stack, 'Pattern', { bucket })],
])('to the bucket of a %s, rules, metrics and statements may be added', (_, make) => {
  const stack = newStack();
  const bucket = new s3.Bucket(stack, 'Bucket', {
    enforceSSL: true, versioned: true, eventBridgeEnabled: true, lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(3) }],
  });
  make(stack, bucket);
  bucket.addLifecycleRule({ prefix: 'late/', expiration: Duration.days(30) });
  bucket.addCorsRule({ allowedMethods: [s3.HttpMethods.GET], allowedOrigins: ['https://late.example'] });
  bucket.addMetric({ id: 'late' });
  bucket.addToResourcePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], principals: [new iam.AccountRootPrincipal()], resources: [bucket.arnForObjects('late/*')] }));
  expect(propertiesOf(stack, 'AWS::S3::Bucket', 'Bucket')).toMatchObject({
    LifecycleConfiguration: { Rules: expect.arrayContaining([expect.objectContaining({ Prefix: 'late/' })]) },
    CorsConfiguration: { CorsRules: [{ AllowedOrigins: ['https://late.example'] }] },
    MetricsConfigurations: [{ Id: 'late' }],
  });
  expect(JSON.stringify(propertiesOf(stack, 'AWS::S3::BucketPolicy', 'BucketPolicy'))).toContain('/late/*');
});

test('to the table of a TableFedFunction, indexes may be added', () => {
  const stack = newStack();
  const table = tableIn(stack);
  new TableFedFunction(stack, 'Pattern', { table, handler: functionIn(stack) });
  table.addGlobalSecondaryIndex({ indexName: 'late', partitionKey: { name: 'late', type: dynamodb.AttributeType.STRING } });
  expect(propertiesOf(stack, 'AWS::DynamoDB::Table', 'Table')).toMatchObject({
    AttributeDefinitions: [{ AttributeName: 'id' }, { AttributeName: 'late' }], GlobalSecondaryIndexes: [{ IndexName: 'late' }],
  });
});

test('to the task definition of a QueueFedService, containers, volumes and variables may be added', () => {
  const stack = newStack();
  const taskDefinition = tasksIn(stack);
  new QueueFedService(stack, 'Pattern', { taskDefinition, cluster: clusterIn(stack), maxProcessingTime: Duration.hours(1) });
  taskDefinition.addContainer('Late', { image: ecs.ContainerImage.fromRegistry('late:1'), essential: false });
  taskDefinition.addVolume({ name: 'late' });
  taskDefinition.defaultContainer!.addEnvironment('LATE', 'yes');
  const { ContainerDefinitions: containers, Volumes: volumes } = propertiesOf(stack, 'AWS::ECS::TaskDefinition', 'Tasks');
  expect(containers).toMatchObject([{ Name: 'Router' }, { Name: 'Own', Environment: expect.arrayContaining([{ Name: 'LATE', Value: 'yes' }]) }, { Name: 'Late' }]);
  expect(volumes).toEqual([{ Name: 'late' }]);
});
