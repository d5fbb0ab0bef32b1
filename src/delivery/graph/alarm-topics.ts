import { actionsOf } from './alarms';
import type { DeliveryGraph } from './delivery-graph';
import { documentOf } from './reading';
import { ALARM, COMPOSITE_ALARM, TOPIC } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

const TOPIC_POLICIES = ['AWS::SNS::TopicPolicy', 'AWS::SNS::TopicInlinePolicy'];

const CLOUDWATCH = 'cloudwatch.amazonaws.com';

/** A topic of the app, with the first alarm that publishes to it. */
export interface AlarmTopic {
  readonly topic: Resource;
  readonly alarm: Resource;
}

export function alarmTopics(graph: DeliveryGraph): readonly AlarmTopic[] {
  const first = new Map<Resource, Resource>();
  for (const alarm of graph.app.ofType(ALARM, COMPOSITE_ALARM)) {
    for (const { resource } of actionsOf(graph, alarm) ?? []) {
      if (resource?.type === TOPIC && !first.has(resource)) {
        first.set(resource, alarm);
      }
    }
  }
  return [...first].map(([topic, alarm]) => ({ topic, alarm }));
}

/** Whether a key can be used by CloudWatch, as far as its policy names who may. Undefined: it can, or that is not known. */
export function keyAllowsCloudWatch(key: Resource): false | undefined {
  return someStatementAllows(documentOf(key.props, 'KeyPolicy'), () => true, () => false);
}

/** By the topics that policies are about, whether they let alarms publish. Undefined: they do, or that is not known. */
export function topicPolicies(graph: DeliveryGraph): ReadonlyMap<Resource, false | undefined> {
  const allowed = new Map<Resource, false | undefined>();
  for (const { props } of graph.app.ofType(...TOPIC_POLICIES)) {
    const allows = someStatementAllows(documentOf(props, 'PolicyDocument'), mayPublish, namesAccount);
    for (const name of [...props.list('Topics') ?? [], props.text('TopicArn')]) {
      const topic = graph.app.find(typeof name === 'string' ? name : undefined, TOPIC);
      if (topic !== undefined) {
        // Which of several policies is in force, nobody knows.
        allowed.set(topic, !allowed.has(topic) || allowed.get(topic) === allows ? allows : undefined);
      }
    }
  }
  return allowed;
}

/** Undefined: one does, or may. Anybody who may use it is taken for CloudWatch too, and conditions for fulfilled. */
function someStatementAllows(
  document: Props, covers: (statement: Props) => boolean, isUncertain: (principals: readonly unknown[]) => boolean,
): false | undefined {
  const statements = document.items('Statement');
  if (statements === undefined || statements.some((statement) => statement.names() === undefined)) {
    return undefined;
  }
  const candidates = statements.filter((statement) => statement.text('Effect') !== 'Deny' && covers(statement));
  return candidates.map(principals).some((names) => names === undefined || names.includes('*') || names.includes(CLOUDWATCH) || isUncertain(names)) ? undefined : false;
}

/** Undefined: not known who, or everybody, or everybody but some. */
function principals(statement: Props): readonly unknown[] | undefined {
  const principal = statement.value('Principal');
  if (typeof principal === 'string' || principal === undefined) {
    return undefined;
  }
  const [aws, service] = [statement.list('Principal.AWS'), statement.list('Principal.Service')];
  const names = [...aws ?? [], ...service ?? []];
  return aws === undefined || service === undefined || names.some((name) => typeof name !== 'string' || /⟪/.test(name)) ? undefined : names;
}

/** AWS does not say whether an alarm publishes in the name of its account. */
function namesAccount(names: readonly unknown[]): boolean {
  return names.some((name) => /:root$|^\d+$|^⟦/.test(String(name)));
}

function mayPublish(statement: Props): boolean {
  return statement.has('Action') !== true || (statement.list('Action') ?? ['*']).some((action) => /^(\*|sns:(\*|p.*))$/i.test(String(action)));
}
