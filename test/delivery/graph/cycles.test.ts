import { deliveryCycles } from '../../../src/delivery/graph/cycles';
import { DeliveryGraph } from '../../../src/delivery/graph/delivery-graph';
import type { Hop, HopKind } from '../../../src/delivery/graph/hop';
import { TemplateApp } from '../../../src/delivery/template/app';

const TYPES: Readonly<Record<string, string>> = {
  Queue: 'AWS::SQS::Queue',
  Topic: 'AWS::SNS::Topic',
  Bus: 'AWS::Events::EventBus',
  Function: 'AWS::Lambda::Function',
  Bucket: 'AWS::S3::Bucket',
  Stream: 'AWS::KinesisFirehose::DeliveryStream',
  Machine: 'AWS::StepFunctions::StateMachine',
};

/** What delivers: its kind, from where to where, where it sets aside, and the properties of the resource that says so. */
type Delivery = readonly [
  kind: string, from: string | undefined, to: string | undefined, different?: { readonly aside?: string; readonly says?: object },
];

/** The ways round, as in `QueueA -> TopicA`. The first letters of the name of a resource say what it is. */
function cyclesOf(...deliveries: readonly Delivery[]): string[] {
  const names = [...new Set(deliveries.flatMap(([, from, to, { aside } = {}]) => [from, to, aside]))].flatMap((name) => name ?? []);
  const resources = names.map((name) => [name, { Type: TYPES[name.replace(/[A-Z0-9]*$/, '')] }] as const);
  const sayers = deliveries.map(([, , , { says = {} } = {}], index) => [`Says${index}`, { Type: 'Says', Properties: says }] as const);
  const app = new TemplateApp([{ stack: 'S', template: { Resources: Object.fromEntries([...resources, ...sayers]) } }]);
  const at = (name: string) => {
    const resource = app.stacks[0]?.resources.get(name);
    return { text: resource?.arn, resource };
  };
  const end = (name: string | undefined) => (name === undefined ? { text: undefined } : at(name));
  const graph: DeliveryGraph = new DeliveryGraph(app, [() => deliveries.map(([kind, from, to, { aside } = {}], index): Hop => ({
    kind: kind as HopKind, at: at(`Says${index}`).resource!, name: `${kind} ${index}`, from: end(from), to: end(to), service: 'a', deadLetters: aside === undefined ? undefined : at(aside),
  }))]);
  return deliveryCycles(graph).map((cycle) => cycle.map(({ from }) => from.logicalId).join(' -> '));
}

const pattern = (EventPattern: object): { readonly says: object } => ({ says: { EventPattern } });
const ALL = pattern({ account: ['111122223333'] });
const SHOP = pattern({ source: ['shop'] });

test.each<[string, readonly Delivery[], string[]]>([
  ['from topic to topic', [['subscription', 'TopicA', 'QueueA'], ['pipe', 'QueueA', 'TopicA']], ['TopicA -> QueueA']],
  ['the shortest way, from what comes first', [['pipe', 'QueueB', 'QueueC'], ['pipe', 'QueueC', 'QueueA'], ['pipe', 'QueueA', 'QueueB'], ['pipe', 'QueueC', 'QueueB']], ['QueueB -> QueueC']],
  ['more than one', [['pipe', 'QueueA', 'QueueB'], ['pipe', 'QueueB', 'QueueA'], ['pipe', 'QueueC', 'QueueD'], ['pipe', 'QueueD', 'QueueC'], ['pipe', 'QueueB', 'QueueC']],
    ['QueueC -> QueueD', 'QueueA -> QueueB']],
  ['beside deliveries that lead elsewhere', [
    ['pipe', 'QueueA', 'QueueZ'], ['pipe', 'QueueA', 'QueueB'], ['pipe', 'QueueB', 'QueueC'], ['pipe', 'QueueC', 'QueueB'], ['pipe', 'QueueC', 'QueueZ'],
  ], ['QueueB -> QueueC']],
  ['to itself', [['ruleTarget', 'BusA', 'BusA', SHOP]], ['BusA']],
  ['dead letters that come back', [['subscription', 'TopicA', undefined, { aside: 'QueueA' }], ['pipe', 'QueueA', 'TopicA']], ['TopicA -> QueueA']],
  ['two queues that are the dead-letter queue of each other', [['redrive', 'QueueA', 'QueueB'], ['redrive', 'QueueB', 'QueueA']], ['QueueA -> QueueB']],
  ['results of functions', [['destination', 'FunctionA', 'FunctionB'], ['destination', 'FunctionB', 'TopicA'], ['subscription', 'TopicA', 'FunctionA']], ['FunctionA -> FunctionB -> TopicA']],
  ['objects of a bucket', [['notification', 'BucketA', 'TopicA'], ['subscription', 'TopicA', 'StreamA'], ['deliveryStream', 'StreamA', 'BucketA']], ['BucketA -> TopicA -> StreamA']],
  ['events of a bucket', [['ruleTarget', 'BucketA', 'StreamA', pattern({ source: ['aws.s3'], detail: { bucket: { name: ['a'] } } })], ['deliveryStream', 'StreamA', 'BucketA']], ['BucketA -> StreamA']],
  ['executions of a state machine', [['ruleTarget', 'MachineA', 'MachineA', pattern({ source: ['aws.states'], detail: { stateMachineArn: ['a'] } })]], ['MachineA']],
  ['from bus to bus', [['ruleTarget', 'BusA', 'BusB', pattern({ source: ['shop', 'store'] })], ['ruleTarget', 'BusB', 'BusA', SHOP]], ['BusA -> BusB']],
  ['from bus to bus by types', [
    ['ruleTarget', 'BusA', 'BusB', pattern({ 'source': ['shop'], 'detail-type': ['Sold'] })], ['ruleTarget', 'BusB', 'BusA', pattern({ 'detail-type': ['Sold', 'Paid'] })],
  ], ['BusA -> BusB']],
  ['all events of a bus', [['ruleTarget', 'BusA', 'QueueA', ALL], ['pipe', 'QueueA', 'BusA']], ['BusA -> QueueA']],
  ['all events of a bus, by a prefix', [['ruleTarget', 'BusA', 'QueueA', pattern({ source: [{ prefix: '' }] })], ['pipe', 'QueueA', 'BusA']], ['BusA -> QueueA']],
  ['results that a rule takes again', [['destination', 'FunctionA', 'BusA'], ['ruleTarget', 'BusA', 'TopicA', pattern({ source: ['lambda'] })], ['subscription', 'TopicA', 'FunctionA']],
    ['FunctionA -> BusA -> TopicA']],
  ['results that are forwarded', [
    ['destination', 'FunctionA', 'BusA'], ['ruleTarget', 'BusA', 'BusB', ALL], ['ruleTarget', 'BusB', 'FunctionA', pattern({ source: ['lambda'] })],
  ], ['FunctionA -> BusA -> BusB']],
])('a way round %s', (_, deliveries, cycles) => {
  expect(cyclesOf(...deliveries)).toEqual(cycles);
});

test.each<[string, readonly Delivery[]]>([
  ['a line', [['pipe', 'QueueA', 'QueueB'], ['pipe', 'QueueB', 'QueueC'], ['pipe', 'QueueA', 'QueueC']]],
  ['a queue that is its own dead-letter queue', [['redrive', 'QueueA', 'QueueA']]],
  ['a dead-letter queue of a dead-letter queue', [['redrive', 'QueueA', 'QueueB'], ['redrive', 'QueueB', 'QueueC']]],
  ['a filter of a subscription', [['subscription', 'TopicA', 'QueueA', { says: { FilterPolicy: { kind: ['new'] } } }], ['pipe', 'QueueA', 'TopicA']]],
  ['a filter of a pipe', [['subscription', 'TopicA', 'QueueA'], ['pipe', 'QueueA', 'TopicA', { says: { SourceParameters: { FilterCriteria: { Filters: [] } } } }]]],
  ['a filter of a notification', [
    ['notification', 'BucketA', 'StreamA', { says: { NotificationConfiguration: { QueueConfigurations: [{ Filter: {} }] } } }], ['deliveryStream', 'StreamA', 'BucketA'],
  ]],
  ['a function that an event source calls', [['eventSource', 'QueueA', 'FunctionA'], ['destination', 'FunctionA', 'QueueA']]],
  ['a function that a pipe calls', [['pipe', 'QueueA', 'FunctionA'], ['destination', 'FunctionA', 'TopicA'], ['subscription', 'TopicA', 'QueueA']]],
  ['what a workflow decides', [['task', 'MachineA', 'MachineA']]],
  ['what comes back to a function from its destination', [['destination', 'FunctionA', 'TopicA'], ['subscription', 'TopicA', 'FunctionA']]],
  ['what ends outside of the app', [['pipe', 'QueueA', undefined], ['pipe', undefined, 'QueueA']]],
  ['other events back', [['ruleTarget', 'BusA', 'BusB', SHOP], ['ruleTarget', 'BusB', 'BusA', pattern({ source: ['store'] })]]],
  ['other types back', [['ruleTarget', 'BusA', 'BusB', pattern({ 'detail-type': ['Sold'] })], ['ruleTarget', 'BusB', 'BusA', pattern({ 'detail-type': ['Paid'] })]]],
  ['events that are chosen by more', [['ruleTarget', 'BusA', 'BusA', pattern({ source: ['shop'], detail: { state: ['new'] } })]]],
  ['events that are chosen by a prefix', [['ruleTarget', 'BusA', 'BusA', pattern({ source: [{ prefix: 'shop' }] })]]],
  ['events that only the deployment knows', [['ruleTarget', 'BusA', 'BusA', { says: { EventPattern: { Ref: 'Pattern' } } }]]],
  ['sources that only the deployment knows', [['ruleTarget', 'BusA', 'BusA', pattern({ source: { Ref: 'Sources' } })]]],
  ['objects of one prefix', [['ruleTarget', 'BucketA', 'StreamA', pattern({ detail: { bucket: { name: ['a'] }, object: { key: [{ prefix: 'in/' }] } } })], ['deliveryStream', 'StreamA', 'BucketA']]],
  ['events that a pipe makes of others', [['ruleTarget', 'BusA', 'QueueA', SHOP], ['pipe', 'QueueA', 'BusA']]],
  ['results of functions that no rule takes again', [['destination', 'FunctionA', 'BusA'], ['ruleTarget', 'BusA', 'TopicA', SHOP], ['subscription', 'TopicA', 'FunctionA']]],
  ['results that are forwarded by one type and then by another', [
    ['destination', 'FunctionA', 'BusA'], ['ruleTarget', 'BusA', 'BusB', pattern({ 'detail-type': ['Sold'] })], ['ruleTarget', 'BusB', 'BusC', pattern({ 'detail-type': ['Paid'] })],
    ['ruleTarget', 'BusC', 'FunctionA', ALL],
  ]],
  ['results that are forwarded to another rule', [
    ['destination', 'FunctionA', 'BusA'], ['ruleTarget', 'BusA', 'BusB', ALL], ['ruleTarget', 'BusB', 'FunctionA', SHOP],
  ]],
])('no way round: %s', (_, deliveries) => {
  expect(cyclesOf(...deliveries)).toEqual([]);
});

test('a long way is found in little time', () => {
  const length = 20_000;
  const [cycle = ''] = cyclesOf(...Array.from({ length }, (_, index): Delivery => ['pipe', `Queue${index}`, `Queue${(index + 1) % length}`]));
  expect(cycle.split(' -> ')).toHaveLength(length);
});
