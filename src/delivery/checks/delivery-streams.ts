import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { DeliveryDestination } from '../graph/delivery-streams';
import { deliveryDestinations, transformationsOf } from '../graph/delivery-streams';
import type { BucketDestinationFacts } from '../rules/delivery-stream';
import { DELIVERY_STREAM_RULES, keysOfQuery } from '../rules/delivery-stream';
import { isLiteral } from '../template/symbols';

export const DELIVERY_STREAM_CHECKS = [check(DELIVERY_STREAM_RULES, readBucketDestinations)];

function* readBucketDestinations(graph: DeliveryGraph): Iterable<Reading<BucketDestinationFacts>> {
  for (const destination of deliveryDestinations(graph)) {
    const { stream, form, props } = destination;
    if (form.to === form.failures) {
      const transformations = transformationsOf(destination);
      const backup = props.literal('S3BackupMode', 'Disabled');
      yield {
        at: stream,
        facts: {
          path: stream.path,
          prefix: props.text('Prefix'),
          errorPrefix: props.text('ErrorOutputPrefix'),
          hasErrorPrefix: props.has('ErrorOutputPrefix'),
          transforms: transformations && transformations.length > 0,
          converts: props.has('DataFormatConversionConfiguration') === true && props.flag('DataFormatConversionConfiguration.Enabled', true),
          backsUp: backup === undefined ? undefined : backup === 'Enabled',
          bufferMebibytes: props.number('BufferingHints.SizeInMBs'),
          partitions: props.has('DynamicPartitioningConfiguration') === undefined ? undefined : props.flag('DynamicPartitioningConfiguration.Enabled', false),
          queriedKeys: queriedKeysOf(destination),
          wholePrefix: isLiteral(props.value('Prefix') ?? ''),
        },
      };
    }
  }
}

/** Undefined: not known. */
function queriedKeysOf({ props }: DeliveryDestination): readonly string[] | undefined {
  const processors = props.flag('ProcessingConfiguration.Enabled', false) === false ? [] : props.items('ProcessingConfiguration.Processors');
  const parameters = processors?.filter((processor) => processor.literal('Type') === 'MetadataExtraction').map((processor) => processor.items('Parameters'));
  const queries = parameters?.flatMap((some) => some?.filter((parameter) => parameter.literal('ParameterName') === 'MetadataExtractionQuery') ?? [undefined]);
  const keys = queries?.map((parameter) => keysOfQuery(parameter?.literal('ParameterValue') ?? ''));
  return keys?.includes(undefined) ? undefined : keys?.flatMap((some) => some ?? []);
}
