import type { DeliveryGraph } from './delivery-graph';
import { BUCKET, KEY, KEY_ALIAS, QUEUE, STREAM, TABLE, TOPIC } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

const AWS_MANAGED = /(?:^|:)alias\/aws\/[a-z]+$/;

/** With which key something is encrypted: one of AWS's own that needs no permission (`none`), an AWS-managed one, or a customer-managed one. */
export type KeyUse = 'none' | 'awsManaged' | Resource;

/** The key of a queue, topic, stream, table or bucket. Undefined: not known, or not of this app. */
export function keyOf(graph: DeliveryGraph, { type, props }: Resource): KeyUse | undefined {
  switch (type) {
    case QUEUE: case TOPIC:
      return keyNamed(graph, props, 'KmsMasterKeyId');
    case STREAM:
      return keyNamed(graph, props, 'StreamEncryption.KeyId');
    case BUCKET: {
      const rules = props.items('BucketEncryption.ServerSideEncryptionConfiguration');
      const [rule] = rules ?? [];
      return rule === undefined ? rules && 'none' : keyNamed(graph, rule, 'ServerSideEncryptionByDefault.KMSMasterKeyID');
    }
    case TABLE:
      return keyNamed(graph, props, 'SSESpecification.KMSMasterKeyId');
    default:
      return undefined;
  }
}

function keyNamed(graph: DeliveryGraph, props: Props, path: string): KeyUse | undefined {
  const text = props.text(path);
  if (text === undefined || text === '') {
    return props.has(path) === undefined ? undefined : 'none';
  }
  // By its alias, or by the ARN of that, of which only the deployment may know the region.
  return AWS_MANAGED.test(text) ? 'awsManaged' : keyBehind(graph, text);
}

/** A key by its id, its ARN, or an alias. */
function keyBehind(graph: DeliveryGraph, text: string): Resource | undefined {
  const alias = graph.app.find(text, KEY_ALIAS);
  return graph.app.find(alias === undefined ? text : alias.props.text('TargetKeyId'), KEY);
}
