import { mapOf } from './example-map';
import type { DeliveryMap } from '../../../src/delivery/map/delivery-map';
import type { Resources } from '../checks/check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const at = (path: string) => ({ Metadata: { 'aws:cdk:path': path } });

/** A topic, a queue behind it, and a function that the queue feeds by its alias. */
const shop = (): Resources => ({
  Topic: { Type: 'AWS::SNS::Topic', ...at('Shop/Orders/Topic/Resource') },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: { VisibilityTimeout: 180, RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 5 } },
    ...at('Shop/Orders/Queue/Resource'),
  },
  Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 }, ...at('Shop/Orders/Dead/Resource') },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 30 }, ...at('Shop/Handler/Resource') },
  Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Handler' } } },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] }, Name: 'live' } },
  Role: { Type: 'AWS::IAM::Role', ...at('Shop/Role/Resource') },
});

const labels = (map: DeliveryMap) => map.nodes.map(({ label }) => label);
const labelOf = (map: DeliveryMap, id: string | undefined) => map.nodes.find((node) => node.id === id)?.label;

test('a node says what a resource is and where it stands', () => {
  const { nodes: [topic] } = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue' }]);
  expect(topic).toEqual({
    id: 'n1',
    kind: 'topic',
    label: 'Orders/Topic',
    place: 'app',
    type: 'AWS::SNS::Topic',
    stack: 'Shop',
    path: 'Shop/Orders/Topic',
    logicalId: 'Topic',
    holdsDeadLetters: false,
    alarms: [],
    problems: [],
  });
});

test('a hop says how it is tried, and by whom', () => {
  const { hops } = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'Dead', retries: '50 attempts', kind: 'subscription', name: 'a subscription' }]);
  expect(hops).toEqual([{
    id: 'h1',
    kind: 'subscription',
    name: 'a subscription',
    service: 'sns.amazonaws.com',
    from: 'n1',
    to: 'n2',
    retries: '50 attempts',
    givesUp: 'deadLetters',
    deadLetters: 'n3',
    stack: 'Shop',
    path: 'Shop/Orders/Topic',
    logicalId: 'Topic',
    alarms: [],
    problems: [],
  }]);
});

test.each([
  [undefined, 'keeps'],
  ['none', 'loses'],
  ['unknown', 'unknown'],
  ['Dead', 'deadLetters'],
])('a hop with dead letters %s gives up: %s', (deadLetters, givesUp) => {
  const map = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', deadLetters }]);
  expect(map.hops[0]?.givesUp).toBe(givesUp);
  expect(labelOf(map, map.hops[0]?.deadLetters)).toBe(deadLetters === 'Dead' ? 'Orders/Dead' : undefined);
});

test('a resource of several hops is drawn once, and one of none is not', () => {
  const map = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue' }, { at: 'Queue', from: 'Queue', to: 'Handler' }]);
  expect(labels(map)).toEqual(['Orders/Topic', 'Orders/Queue', 'Handler']);
});

describe('where dead letters lie', () => {
  const holding = (map: DeliveryMap) => map.nodes.filter(({ holdsDeadLetters }) => holdsDeadLetters).map(({ label }) => label);

  test('at the dead letters of a hop', () => expect(holding(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'Dead' }]))).toEqual(['Orders/Dead']));
  test('at the end of a redrive policy', () => expect(holding(mapOf(shop(), [{ at: 'Queue', from: 'Queue', to: 'Dead', kind: 'redrive' }]))).toEqual(['Orders/Dead']));
  test('not at the end of any other hop', () => expect(holding(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue' }]))).toEqual([]));
});

test.each(['Alias', 'Version'])('of a function its %s is drawn as the function', (to) => {
  const map = mapOf(shop(), [{ at: 'Queue', from: 'Queue', to }, { at: 'Topic', from: 'Topic', to: 'Handler' }]);
  expect(labels(map)).toEqual(['Orders/Queue', 'Handler', 'Orders/Topic']);
});

test('versions of state machines and consumers of streams are drawn as what they are of', () => {
  const map = mapOf({
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'fulfil' } },
    MachineVersion: { Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: { Ref: 'Machine' } } },
    Stream: { Type: 'AWS::Kinesis::Stream' },
    Consumer: { Type: 'AWS::Kinesis::StreamConsumer', Properties: { StreamARN: arnOf('Stream'), ConsumerName: 'reader' } },
  }, [{ at: 'Consumer', from: 'Consumer', to: 'MachineVersion' }]);
  expect(map.nodes.map(({ kind, label }) => [kind, label])).toEqual([['stream', 'Stream'], ['stateMachine', 'Machine']]);
});

test.each<[string, Resources[string]]>([
  ['an alias of a function', { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: 'theirs', FunctionVersion: '1', Name: 'live' } }],
  ['a version of a state machine', {
    Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:theirs' },
  }],
  ['a consumer of a stream', { Type: 'AWS::Kinesis::StreamConsumer', Properties: { StreamARN: 'arn:aws:kinesis:eu-west-1:111122223333:stream/theirs' } }],
  ['what has no shape of its own', { Type: 'Custom::Thing' }],
])('%s that belongs to nothing of the app is drawn as itself', (_, resource) => {
  const map = mapOf({ ...shop(), Other: resource }, [{ at: 'Topic', from: 'Topic', to: 'Other' }]);
  expect(map.nodes[1]).toMatchObject({ kind: 'resource', place: 'app', logicalId: 'Other' });
});

test('what is outside is known by its ARN, and is one node', () => {
  const outside = 'arn:aws:sqs:eu-west-1:111122223333:theirs';
  const { nodes, hops } = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: outside }, { at: 'Queue', from: 'Queue', to: outside }]);
  expect(nodes[1]).toMatchObject({ kind: 'queue', label: 'theirs', place: 'outside', text: outside });
  expect(hops.map(({ to }) => to)).toEqual(['n2', 'n2']);
});

test.each([
  ['arn:aws:sns:eu-west-1:111122223333:news', 'topic', 'news'],
  ['arn:aws:lambda:eu-west-1:111122223333:function:work', 'function', 'work'],
  ['arn:aws:events:eu-west-1:111122223333:event-bus/main', 'bus', 'main'],
  ['arn:aws:events:eu-west-1:111122223333:rule/main/all', 'rule', 'all'],
  ['arn:aws:events:eu-west-1:111122223333:api-destination/shop/1', 'apiDestination', '1'],
  ['arn:aws:events:eu-west-1:111122223333:archive/all', 'resource', 'all'],
  ['arn:aws:execute-api:eu-west-1:111122223333:abc/*', 'api', 'abc'],
  ['arn:aws:s3:::files', 'bucket', 'files'],
  ['https://sqs.eu-west-1.amazonaws.com/111122223333/urls', 'queue', 'urls'],
  ['someone@example.com', 'resource', 'someone@example.com'],
  ['*', 'resource', '*'],
  ['arn:aws:states:eu-west-1:111122223333:stateMachine:fulfil', 'stateMachine', 'fulfil'],
  ['arn:aws:states:::aws-sdk:sfn:describeExecution', 'call', 'sfn:describeExecution'],
  ['arn:aws:states:::ecs:runTask.sync', 'call', 'ecs:runTask.sync'],
  ['arn:aws:codebuild:eu-west-1:111122223333:project/site', 'resource', 'site'],
])('%s is a %s', (text, kind, label) => {
  expect(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: text }]).nodes[1]).toMatchObject({ kind, label });
});

test('what only the deployment says is unknown, and shown as the template has it', () => {
  const { nodes } = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: '⟪Shop|Target⟫' }]);
  expect(nodes[1]).toMatchObject({ place: 'unknown', label: '${Target}', text: '${Target}' });
});

test('ends that are not stated are not taken for the same', () => {
  const { nodes } = mapOf(shop(), [{ at: 'Topic', from: 'Topic' }, { at: 'Queue', from: 'Topic' }]);
  expect(nodes.map(({ kind, label, place }) => [kind, label, place])).toEqual([
    ['topic', 'Orders/Topic', 'app'], ['resource', 'not known: Topic', 'unknown'], ['resource', 'not known: Queue', 'unknown'],
  ]);
});

test('labels leave out what all paths of a stack begin with, and the hash of a logical id', () => {
  const map = mapOf({
    OrdersQueue12AB34CD: { Type: 'AWS::SQS::Queue' },
    Handler: { Type: 'AWS::Lambda::Function' },
    ABCDEF12: { Type: 'AWS::SNS::Topic' },
  }, [{ at: 'Handler', from: 'OrdersQueue12AB34CD', to: 'Handler' }, { at: 'Handler', from: 'ABCDEF12', to: 'Handler' }]);
  expect(labels(map)).toEqual(['OrdersQueue', 'Handler', 'ABCDEF12']);
});

test('the only resource of a stack keeps its name', () => {
  expect(labels(mapOf({ Topic: { Type: 'AWS::SNS::Topic', ...at('Shop/Orders/Topic/Resource') } }, [{ at: 'Topic', from: 'Topic', to: 'Topic' }]))).toEqual(['Orders/Topic']);
});

describe('a problem', () => {
  const ids = ({ problems }: { readonly problems: readonly { readonly id: string }[] }) => problems.map(({ id }) => id);

  test('is of all hops at its resource', () => {
    const map = mapOf(shop(), [{ at: 'Role', from: 'Queue', to: 'Handler' }, { at: 'Role', from: 'Queue', to: 'Dead' }, { at: 'Topic', from: 'Topic', to: 'Queue' }], [{ at: 'Role' }]);
    expect(map.hops.map(ids)).toEqual([['somethingWrong'], ['somethingWrong'], []]);
    expect(map.elsewhere).toEqual([]);
  });

  test('is of the resource, if that is drawn', () => {
    const map = mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue' }], [{ at: 'Topic' }, { at: 'Topic', id: 'another' }]);
    expect(map.nodes.map(ids)).toEqual([['somethingWrong', 'another'], []]);
    expect(map.hops.map(ids)).toEqual([[]]);
  });

  test('is of a function, if it is of its alias', () => {
    expect(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Handler' }], [{ at: 'Alias' }]).nodes.map(ids)).toEqual([[], ['somethingWrong']]);
  });

  test('is of the one hop that it names, before the resource', () => {
    const hops = [{ at: 'Topic', from: 'Topic', to: 'Queue', name: "target 'A'" }, { at: 'Topic', from: 'Topic', to: 'Handler', name: "target 'B'" }];
    const map = mapOf(shop(), hops, [{ at: 'Topic', what: "target 'B' has no dead letters" }]);
    expect(map.hops.map(ids)).toEqual([[], ['somethingWrong']]);
    expect(map.nodes.flatMap(ids)).toEqual([]);
  });

  test('is told beside the map, if its resource is not on it', () => {
    expect(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue' }], [{ at: 'Role' }]).elsewhere).toEqual([{
      id: 'somethingWrong',
      severity: 'error',
      what: 'something is wrong',
      why: 'It matters.',
      fix: 'mend it',
      docs: 'https://docs.aws.amazon.com/',
      stack: 'Shop',
      path: 'Shop/Role',
      logicalId: 'Role',
    }]);
  });
});
