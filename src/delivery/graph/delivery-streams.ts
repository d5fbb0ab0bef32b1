import type { DeliveryGraph } from './delivery-graph';
import { readSourceOf } from './event-sources';
import { functionOf } from './functions';
import type { End, Hop } from './hop';
import { DELIVERY_STREAM } from './resource-types';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';


/** The property of a destination, what in it says where records go, and what says where those go that failed. */
interface DestinationForm {
  readonly property: string;
  readonly to: string;
  readonly failures: string;
}

const DESTINATIONS: readonly DestinationForm[] = [
  { property: 'ExtendedS3DestinationConfiguration', to: 'BucketARN', failures: 'BucketARN' },
  { property: 'S3DestinationConfiguration', to: 'BucketARN', failures: 'BucketARN' },
  { property: 'AmazonopensearchserviceDestinationConfiguration', to: 'DomainARN', failures: 'S3Configuration.BucketARN' },
  { property: 'AmazonOpenSearchServerlessDestinationConfiguration', to: 'CollectionEndpoint', failures: 'S3Configuration.BucketARN' },
  { property: 'ElasticsearchDestinationConfiguration', to: 'DomainARN', failures: 'S3Configuration.BucketARN' },
  { property: 'HttpEndpointDestinationConfiguration', to: 'EndpointConfiguration.Url', failures: 'S3Configuration.BucketARN' },
  { property: 'IcebergDestinationConfiguration', to: 'CatalogConfiguration.CatalogArn', failures: 'S3Configuration.BucketARN' },
  { property: 'RedshiftDestinationConfiguration', to: 'ClusterJDBCURL', failures: 'S3Configuration.BucketARN' },
  { property: 'SnowflakeDestinationConfiguration', to: 'AccountUrl', failures: 'S3Configuration.BucketARN' },
  { property: 'SplunkDestinationConfiguration', to: 'HECEndpoint', failures: 'S3Configuration.BucketARN' },
];

/** A destination of a delivery stream, as the template has it. */
export interface DeliveryDestination {
  readonly stream: Resource;
  readonly form: DestinationForm;
  readonly props: Props;
}

export function deliveryDestinations({ app }: DeliveryGraph): DeliveryDestination[] {
  return app.ofType(DELIVERY_STREAM).flatMap((stream) => (
    DESTINATIONS.filter(({ property }) => stream.props.has(property) === true)
      .map((form) => ({ stream, form, props: stream.props.part(form.property) }))
  ));
}

/** The functions that transform the records of a destination. Undefined: not known. */
export function transformationsOf({ props }: DeliveryDestination): readonly string[] | undefined {
  const processors = props.flag('ProcessingConfiguration.Enabled', false) === false ? [] : props.items('ProcessingConfiguration.Processors');
  return processors?.filter((processor) => processor.literal('Type') === 'Lambda')
    .flatMap((processor) => processor.items('Parameters') ?? [])
    .filter((parameter) => parameter.literal('ParameterName') === 'LambdaArn')
    .flatMap((parameter) => parameter.text('ParameterValue') ?? []);
}

/** Firehose reads a stream or is sent records, may have a function transform them, and writes them to a bucket or elsewhere. */
export function* deliveryStreamHops(graph: DeliveryGraph): Iterable<Hop> {
  for (const stream of graph.app.ofType(DELIVERY_STREAM)) {
    if (stream.props.has('KinesisStreamSourceConfiguration') === true) {
      const source = stream.props.part('KinesisStreamSourceConfiguration');
      yield {
        kind: 'deliveryStream',
        at: stream,
        name: `source of delivery stream '${stream.path}'`,
        from: readSourceOf(graph, source.text('KinesisStreamARN')),
        to: { text: stream.arn, resource: stream },
        service: 'firehose.amazonaws.com',
        role: source.text('RoleARN'),
      };
    }
  }
  for (const destination of deliveryDestinations(graph)) {
    const { stream, form, props } = destination;
    const from: End = { text: stream.arn, resource: stream };
    const hop = {
      kind: 'deliveryStream', at: stream, from, service: 'firehose.amazonaws.com', role: props.text('RoleARN'), deadLetters: graph.end(props, form.failures),
    } as const;
    for (const text of transformationsOf(destination) ?? []) {
      yield { ...hop, name: `transformation of delivery stream '${stream.path}'`, to: { text, resource: functionOf(graph, text).function } };
    }
    yield { ...hop, name: `destination of delivery stream '${stream.path}'`, to: graph.end(props, form.to) };
  }
}
