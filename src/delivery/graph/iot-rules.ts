import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { BUCKET, DELIVERY_STREAM, FUNCTION, IOT_RULE, QUEUE, STATE_MACHINE, STREAM, TABLES, TOPIC } from './resource-types';
import type { Props } from '../template/props';

/** An action of a rule of AWS IoT: what in it names where the message goes, and of which types that is. */
interface ActionForm {
  readonly target: string;
  readonly types: readonly string[];
}

/** Those that deliver to what takes part in deliveries. https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-actions.html */
const ACTIONS: Readonly<Record<string, ActionForm>> = {
  Lambda: { target: 'FunctionArn', types: [FUNCTION] },
  Sqs: { target: 'QueueUrl', types: [QUEUE] },
  Sns: { target: 'TargetArn', types: [TOPIC] },
  Kinesis: { target: 'StreamName', types: [STREAM] },
  Firehose: { target: 'DeliveryStreamName', types: [DELIVERY_STREAM] },
  S3: { target: 'BucketName', types: [BUCKET] },
  DynamoDB: { target: 'TableName', types: TABLES },
  DynamoDBv2: { target: 'PutItem.TableName', types: TABLES },
  StepFunctions: { target: 'StateMachineName', types: [STATE_MACHINE] },
};

/** What an action delivers to, and the role by which AWS IoT does. Undefined: to nothing that is known here. */
function deliveryOf(graph: DeliveryGraph, action: Props): { readonly to: End; readonly role: string | undefined } | undefined {
  const [name = ''] = action.names() ?? [];
  const form = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  const given = action.part(name);
  const text = form && given.text(form.target);
  return form && {
    to: form.types.includes(FUNCTION) ? { text, resource: functionOf(graph, text).function } : graph.endOf(text, ...form.types),
    role: given.text('RoleArn'),
  };
}

/** AWS IoT gives what devices publish to each action of a rule, and what an action failed with to its error action. */
export function* iotRuleHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const rule of graph.app.ofType(IOT_RULE)) {
    const payload = rule.props.part('TopicRulePayload');
    const failures = payload.has('ErrorAction') ? deliveryOf(graph, payload.part('ErrorAction')) : undefined;
    const hop = { kind: 'iotRule', at: rule, from: { text: rule.arn, resource: rule }, service: 'iot.amazonaws.com' } as const;
    for (const [index, action] of (payload.items('Actions') ?? []).entries()) {
      const delivery = deliveryOf(graph, action);
      const deadLetters = failures?.to ?? (payload.has('ErrorAction') === false ? 'none' : 'unknown');
      if (delivery !== undefined) {
        yield { ...hop, ...delivery, name: `action ${index} of IoT rule '${rule.path}'`, deadLetters };
      }
    }
    if (failures !== undefined) {
      yield { ...hop, ...failures, name: `error action of IoT rule '${rule.path}'`, setsAside: true };
    }
  }
}
