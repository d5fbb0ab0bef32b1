import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { deliveryDestinations, transformationsOf } from '../graph/delivery-streams';
import type { BucketDestinationFacts } from '../rules/delivery-stream';
import { DELIVERY_STREAM_RULES } from '../rules/delivery-stream';

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
        },
      };
    }
  }
}
