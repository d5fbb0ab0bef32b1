import { mapOf } from './example-map';
import type { MapAlarm } from '../../../src/delivery/map/delivery-map';
import { mermaidMap } from '../../../src/delivery/map/mermaid';
import type { Changeable, Resources } from '../checks/check-defects';

const nameOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'QueueName'] });
const visible = (properties: Changeable = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Dimensions: [{ Name: 'QueueName', Value: nameOf('Dead') }], AlarmActions: [{ Ref: 'OnCall' }], ...properties,
  },
});

const shop = (alarm: Changeable = visible()): Resources => ({
  Queue: { Type: 'AWS::SQS::Queue' },
  Dead: { Type: 'AWS::SQS::Queue' },
  OnCall: { Type: 'AWS::SNS::Topic' },
  Rule: { Type: 'AWS::Events::Rule' },
  Alarm: alarm,
});
const HOPS = [{ at: 'Queue', from: 'Queue', to: 'Dead', kind: 'redrive' }, { at: 'Rule', from: 'OnCall', to: 'Queue', kind: 'ruleTarget' }] as const;

/** With the labels of nodes and the kinds of hops. */
function alarmsOf(resources: Resources): (readonly [string, readonly MapAlarm[]])[] {
  const { nodes, hops } = mapOf(resources, HOPS);
  return [
    ...nodes.map(({ label, alarms }) => [label, alarms] as const),
    ...hops.map(({ kind, alarms }) => [kind, alarms] as const),
  ].filter(([, alarms]) => alarms.length > 0);
}

test('an alarm is told of where it watches, with whom it tells', () => {
  expect(alarmsOf(shop())).toEqual([['Dead', [{ stack: 'Shop', path: 'Shop/Alarm', logicalId: 'Alarm', metrics: ['ApproximateNumberOfMessagesVisible'], tells: ['Shop/OnCall'] }]]]);
});

test.each<[string, Changeable, readonly string[] | undefined]>([
  ['nobody', { AlarmActions: undefined }, []],
  ['somebody outside', { AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:pager'] }, ['arn:aws:sns:eu-west-1:111122223333:pager']],
  ['the same twice', { OKActions: [{ Ref: 'OnCall' }] }, ['Shop/OnCall']],
  ['whom only a parameter says', { AlarmActions: [{ 'Fn::GetAtt': ['Rule', 'Nothing'] }, { Other: 1 }] }, [expect.any(String), 'not known before deployment']],
  ['whom nobody knows', { AlarmActions: { 'Fn::GetAZs': '' } }, undefined],
])('an alarm may tell %s', (_, properties, tells) => {
  expect(alarmsOf(shop(visible(properties)))[0]?.[1][0]?.tells).toEqual(tells);
});

test('a composite alarm tells for those that it is made of', () => {
  const resources = {
    ...shop(visible({ AlarmName: 'dead', AlarmActions: [] })),
    Any: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: 'ALARM("dead") OR OK("dead")', AlarmActions: [{ Ref: 'OnCall' }] } },
    Other: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmRule: 'ALARM("other")', AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:pager'] } },
  };
  expect(alarmsOf(resources)[0]?.[1][0]?.tells).toEqual(['Shop/OnCall']);
});

test('an alarm on several metrics is told of once at each resource', () => {
  const stat = (id: string, queue: string, name: string) => ({ Id: id, MetricStat: { Metric: { Namespace: 'AWS/SQS', MetricName: name, Dimensions: [{ Name: 'QueueName', Value: nameOf(queue) }] }, Period: 60, Stat: 'Sum' } });
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [stat('a', 'Dead', 'One'), stat('b', 'Queue', 'Two'), stat('c', 'Dead', 'Three'), { Id: 'd', Expression: 'a+b' }] } };
  expect(alarmsOf(shop(alarm)).map(([label, alarms]) => [label, alarms.map(({ metrics }) => metrics)])).toEqual([['Queue', [['Two']]], ['Dead', [['One', 'Three']]]]);
});

test('an alarm on what states a hop is told of at the hop', () => {
  const alarm = visible({ Namespace: 'AWS/Events', MetricName: 'FailedInvocations', Dimensions: [{ Name: 'RuleName', Value: { Ref: 'Rule' } }] });
  expect(alarmsOf(shop(alarm)).map(([label]) => label)).toEqual(['ruleTarget']);
});

test('Mermaid tells how many alarms there are, and of dead letters who is told', () => {
  const resources = { ...shop(), Second: visible(), Third: visible({ MetricName: 'ApproximateAgeOfOldestMessage', Dimensions: [{ Name: 'QueueName', Value: nameOf('Queue') }] }) };
  const text = mermaidMap(mapOf(resources, HOPS));
  expect(text).toContain('[["Dead<br/>queue<br/>2 alarms, told: Shop/OnCall"]]');
  expect(text).toContain('[["Queue<br/>queue<br/>1 alarm"]]');
});
