import { DeliveryGraph } from '../../../src/delivery/graph/delivery-graph';
import { stateMachineHops } from '../../../src/delivery/graph/state-machines';
import { TemplateApp } from '../../../src/delivery/template/app';
import type { Changeable, Resources } from '../checks/check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const RESOURCES: Resources = {
  Queue: { Type: 'AWS::SQS::Queue' },
  Topic: { Type: 'AWS::SNS::Topic' },
  Handler: { Type: 'AWS::Lambda::Function' },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, Name: 'live' } },
  Table: { Type: 'AWS::DynamoDB::Table' },
  Global: { Type: 'AWS::DynamoDB::GlobalTable' },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  Child: { Type: 'AWS::StepFunctions::StateMachine' },
  Bucket: { Type: 'AWS::S3::Bucket' },
  Stream: { Type: 'AWS::Kinesis::Stream' },
  Delivery: { Type: 'AWS::KinesisFirehose::DeliveryStream' },
  Approve: { Type: 'AWS::StepFunctions::Activity', Properties: { Name: 'approve' } },
};

function hopsOf(states: Changeable, more: Changeable = {}) {
  const Machine = { Type: 'AWS::StepFunctions::StateMachine', Properties: { RoleArn: 'arn:aws:iam::111122223333:role/Machine', Definition: { States: states }, ...more } };
  const app = new TemplateApp([{ stack: 'Stack', template: { Resources: { ...RESOURCES, Machine } } }]);
  return [...stateMachineHops(new DeliveryGraph(app, [stateMachineHops]))];
}

const task = (resource: unknown, parameters: Changeable = {}): Changeable => ({ Work: { Type: 'Task', Resource: resource, Parameters: parameters } });
const optimized = (action: string, parameters: Changeable = {}) => task(`arn:aws:states:::${action}`, parameters);

test('a task is a hop of its state machine', () => {
  const [hop] = hopsOf(optimized('sqs:sendMessage', { QueueUrl: { Ref: 'Queue' } }));
  expect(hop).toMatchObject({
    kind: 'task',
    name: "task 'Work' of state machine 'Stack/Machine'",
    from: { resource: { logicalId: 'Machine' } },
    at: { logicalId: 'Machine' },
    service: 'states.amazonaws.com',
    role: 'arn:aws:iam::111122223333:role/Machine',
    retries: '1 attempt',
  });
  expect(hop!.from.text).toBe(hop!.at.arn);
});

test.each([
  ['Queue', optimized('sqs:sendMessage', { QueueUrl: { Ref: 'Queue' } })],
  ['Queue', optimized('sqs:sendMessage.waitForTaskToken', { QueueUrl: { Ref: 'Queue' } })],
  ['Queue', optimized('aws-sdk:sqs:sendMessageBatch', { QueueUrl: { Ref: 'Queue' } })],
  ['Topic', optimized('sns:publish', { TopicArn: { Ref: 'Topic' } })],
  ['Topic', optimized('aws-sdk:sns:publishBatch', { TopicArn: { Ref: 'Topic' } })],
  ['Handler', optimized('lambda:invoke', { FunctionName: arnOf('Handler') })],
  ['Handler', optimized('lambda:invoke', { FunctionName: { Ref: 'Handler' } })],
  ['Handler', optimized('lambda:invoke', { FunctionName: { Ref: 'Alias' } })],
  ['Handler', optimized('aws-sdk:lambda:invoke', { FunctionName: arnOf('Handler') })],
  ['Handler', task(arnOf('Handler'))],
  ['Handler', task({ Ref: 'Alias' })],
  ['Child', optimized('states:startExecution.sync:2', { StateMachineArn: { Ref: 'Child' } })],
  ['Child', optimized('aws-sdk:sfn:startSyncExecution', { StateMachineArn: { Ref: 'Child' } })],
  ['Table', optimized('dynamodb:putItem', { TableName: { Ref: 'Table' } })],
  ['Table', optimized('dynamodb:updateItem', { TableName: arnOf('Table') })],
  ['Table', optimized('aws-sdk:dynamodb:deleteItem', { TableName: { Ref: 'Table' } })],
  ['Global', optimized('dynamodb:putItem', { TableName: { Ref: 'Global' } })],
  ['Bus', optimized('events:putEvents', { Entries: [{ 'EventBusName': { Ref: 'Bus' }, 'Detail.$': '$' }] })],
  ['Bus', optimized('aws-sdk:eventbridge:putEvents', { Entries: [{ EventBusName: 'orders' }] })],
  ['Bucket', optimized('aws-sdk:s3:putObject', { Bucket: { Ref: 'Bucket' } })],
  ['Stream', optimized('aws-sdk:kinesis:putRecord', { StreamName: { Ref: 'Stream' } })],
  ['Stream', optimized('aws-sdk:kinesis:putRecords', { StreamName: { Ref: 'Stream' } })],
  ['Delivery', optimized('aws-sdk:firehose:putRecordBatch', { DeliveryStreamName: { Ref: 'Delivery' } })],
])('it is delivered to %s by %j', (logicalId, states) => {
  expect(hopsOf(states).map(({ to }) => to.resource?.logicalId)).toEqual([logicalId]);
});

test.each([
  ['an item that is read', optimized('dynamodb:getItem', { TableName: { Ref: 'Table' } }), 'arn:aws:states:::dynamodb:getItem'],
  ['an object that is read', optimized('aws-sdk:s3:getObject', { Bucket: { Ref: 'Bucket' } }), 'arn:aws:states:::aws-sdk:s3:getObject'],
  ['another service', optimized('glue:startJobRun.sync', { JobName: 'job' }), 'arn:aws:states:::glue:startJobRun.sync'],
  ['a queue that the input names', optimized('sqs:sendMessage', { 'QueueUrl.$': '$.queue' }), 'arn:aws:states:::sqs:sendMessage'],
  ['a queue that an expression names', { Work: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Arguments: { QueueUrl: '{% $queue %}' } } }, '{% $queue %}'],
  ['arguments that an expression gives', { Work: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Arguments: '{% $arguments %}' } }, 'arn:aws:states:::sqs:sendMessage'],
  ['a queue elsewhere', optimized('sqs:sendMessage', { QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/other' }), 'https://sqs.eu-west-1.amazonaws.com/111122223333/other'],
  ['a topic that is taken for a queue', optimized('sqs:sendMessage', { QueueUrl: { Ref: 'Topic' } }), expect.any(String)],
  ['a function elsewhere', task('arn:aws:lambda:eu-west-1:111122223333:function:other'), 'arn:aws:lambda:eu-west-1:111122223333:function:other'],
  ['an activity', task({ Ref: 'Approve' }), '⟨Stack|Approve⟩'],
  ['no resource', { Work: { Type: 'Task' } }, undefined],
])('what is delivered to %s goes to nothing of the app', (_, states, text) => {
  expect(hopsOf(states).map(({ to }) => to)).toEqual([{ text, resource: undefined }]);
});

test('JSONata has arguments', () => {
  const states = { Work: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Arguments: { QueueUrl: { Ref: 'Queue' }, MessageBody: '{% $states.input %}' } } };
  expect(hopsOf(states)[0]!.to.resource?.logicalId).toBe('Queue');
});

test.each<[string, unknown]>([
  ['1 attempt', undefined],
  ['1 attempt', [{ ErrorEquals: ['States.ALL'], MaxAttempts: 0 }]],
  ['up to 4 attempts', [{ ErrorEquals: ['States.ALL'] }]],
  ['up to 7 attempts', [{ ErrorEquals: ['A'], MaxAttempts: 2 }, { ErrorEquals: ['B'], MaxAttempts: 6 }]],
])('%s', (retries, Retry) => {
  expect(hopsOf({ Work: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Retry } })[0]!.retries).toBe(retries);
});

test('tasks are found in branches and items, however their states are called', () => {
  const inner = { States: { 'a.b': optimized('sns:publish', { TopicArn: { Ref: 'Topic' } }).Work } };
  const states = { Both: { Type: 'Parallel', Branches: [inner, { States: { Each: { Type: 'Map', ItemProcessor: inner } } }] }, Old: { Type: 'Map', Iterator: inner }, Wait: { Type: 'Wait' } };
  expect(hopsOf(states).map(({ name, to }) => [name, to.resource?.logicalId])).toEqual(Array(3).fill(["task 'a.b' of state machine 'Stack/Machine'", 'Topic']));
});
