import type { Resources } from './check-defects';
import type { Check } from '../../../src/delivery/checks/check';
import type { HopReader } from '../../../src/delivery/graph/delivery-graph';
import { DeliveryGraph } from '../../../src/delivery/graph/delivery-graph';
import { eventSourceHops } from '../../../src/delivery/graph/event-sources';
import { functionOf } from '../../../src/delivery/graph/functions';
import type { End, Hop } from '../../../src/delivery/graph/hop';
import { queueHops } from '../../../src/delivery/graph/queues';
import type { TemplateInput } from '../../../src/delivery/template/app';
import { TemplateApp } from '../../../src/delivery/template/app';
import type { Props } from '../../../src/delivery/template/props';

function targetOf(graph: DeliveryGraph, text: string | undefined): End {
  return { text, resource: functionOf(graph, text).function ?? graph.app.find(text) };
}

function deadLettersOf(graph: DeliveryGraph, props: Props, path: string): Hop['deadLetters'] {
  return props.has(path) ? graph.end(props, path) : 'none';
}

/** A hop of each kind whose permissions are checked, as short as can be. */
function* hops(graph: DeliveryGraph): Iterable<Hop> {
  for (const at of graph.app.resources()) {
    const { props, type, logicalId: name } = at;
    const common = { at, name, from: { text: at.arn, resource: at }, to: { text: undefined } };
    switch (type) {
      case 'AWS::SNS::Subscription':
        yield {
          ...common,
          kind: 'subscription',
          from: graph.end(props, 'TopicArn'),
          to: targetOf(graph, props.text('Endpoint')),
          service: 'sns.amazonaws.com',
          role: props.text('SubscriptionRoleArn'),
          deadLetters: deadLettersOf(graph, props, 'RedrivePolicy.deadLetterTargetArn'),
        };
        break;
      case 'AWS::Events::Rule':
        for (const target of props.items('Targets') ?? []) {
          yield {
            ...common,
            kind: 'ruleTarget',
            from: { text: undefined },
            to: targetOf(graph, target.text('Arn')),
            service: 'events.amazonaws.com',
            role: target.text('RoleArn'),
            deadLetters: deadLettersOf(graph, target, 'DeadLetterConfig.Arn'),
          };
        }
        break;
      case 'AWS::Events::EventBus':
        yield {
          ...common, kind: 'bus' as Hop['kind'], from: { text: undefined }, service: 'events.amazonaws.com', deadLetters: deadLettersOf(graph, props, 'DeadLetterConfig.Arn'),
        };
        break;
      case 'AWS::Scheduler::Schedule':
        yield {
          ...common,
          kind: 'schedule',
          to: targetOf(graph, props.text('Target.Arn')),
          service: 'scheduler.amazonaws.com',
          role: props.text('Target.RoleArn'),
          deadLetters: deadLettersOf(graph, props, 'Target.DeadLetterConfig.Arn'),
        };
        break;
      case 'AWS::Pipes::Pipe': {
        const source = props.text('Source');
        const pipe = {
          ...common,
          kind: 'pipe',
          from: { text: source, resource: graph.app.find(source?.replace(/\/stream\/.*$/, '')) },
          service: 'pipes.amazonaws.com',
          role: props.text('RoleArn'),
          deadLetters: deadLettersOf(graph, props, 'SourceParameters.DynamoDBStreamParameters.DeadLetterConfig.Arn'),
        } as const;
        yield { ...pipe, to: targetOf(graph, props.text('Target')) };
        yield { ...pipe, to: targetOf(graph, props.text('Enrichment')) };
        break;
      }
      case 'AWS::S3::Bucket':
        for (const one of props.items('NotificationConfiguration.QueueConfigurations') ?? []) {
          yield { ...common, kind: 'notification', to: targetOf(graph, one.text('Queue')), service: 's3.amazonaws.com', deadLetters: 'none' };
        }
        break;
      case 'AWS::Lambda::EventInvokeConfig': {
        const sender = { text: props.text('FunctionName'), resource: functionOf(graph, props.text('FunctionName')).function };
        const failed = deadLettersOf(graph, props, 'DestinationConfig.OnFailure.Destination');
        yield { ...common, kind: 'asynchronous', from: { text: undefined }, to: sender, service: 'lambda.amazonaws.com', deadLetters: failed };
        for (const path of ['OnSuccess', 'OnFailure'].map((outcome) => `DestinationConfig.${outcome}.Destination`).filter((destination) => props.has(destination))) {
          yield { ...common, kind: 'destination', from: sender, to: targetOf(graph, props.text(path)), service: 'lambda.amazonaws.com', deadLetters: 'none' };
        }
        break;
      }
      case 'AWS::KinesisFirehose::DeliveryStream': {
        const [source, destination] = ['KinesisStreamSourceConfiguration', 'ExtendedS3DestinationConfiguration'].map((path) => props.part(path));
        const stream = { ...common, kind: 'deliveryStream', service: 'firehose.amazonaws.com' } as const;
        yield { ...stream, from: targetOf(graph, source!.text('KinesisStreamARN')), to: { text: at.arn, resource: at }, role: source!.text('RoleARN') };
        yield { ...stream, to: targetOf(graph, destination!.text('BucketARN')), role: destination!.text('RoleARN') };
        break;
      }
      case 'AWS::ApiGateway::Method':
        yield { ...common, kind: 'integration', to: targetOf(graph, props.text('Integration.Uri')), service: 'apigateway.amazonaws.com', role: props.text('Integration.Credentials') };
    }
  }
}

const READERS: readonly HopReader[] = [queueHops, eventSourceHops, hops];

/** What some checks find in one template, as `id at logicalId`. */
export function foundBy(checks: readonly Check[], resources: Resources, different: Partial<TemplateInput> = {}): string[] {
  const graph = new DeliveryGraph(new TemplateApp([{ stack: 'Stack', template: { Resources: resources }, ...different }]), READERS);
  return checks.flatMap(({ run }) => run(graph)).map(({ id, at }) => `${id} at ${at.logicalId}`);
}
