import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { BucketDestinationFacts } from '../../../src/delivery/rules/delivery-stream';
import { DELIVERY_STREAM_RULES } from '../../../src/delivery/rules/delivery-stream';

const NO_ERROR_PREFIX = { hasErrorPrefix: false, errorPrefix: undefined };

function facts(different: Partial<BucketDestinationFacts> = {}): BucketDestinationFacts {
  return {
    path: 'S',
    prefix: 'data/!{timestamp:yyyy}/',
    errorPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy}/',
    hasErrorPrefix: true,
    transforms: true,
    converts: false,
    backsUp: true,
    ...different,
  };
}

const CASES: RuleCases<Partial<BucketDestinationFacts>> = {
  deliveryStreamWithoutErrorPrefix: {
    breaks: [NO_ERROR_PREFIX, { ...NO_ERROR_PREFIX, transforms: false }],
    keeps: [
      { ...NO_ERROR_PREFIX, prefix: 'data/', transforms: false }, { ...NO_ERROR_PREFIX, prefix: undefined, transforms: false },
      { hasErrorPrefix: undefined, errorPrefix: undefined },
    ],
  },
  deliveryStreamErrorTypeMissing: {
    breaks: [{ errorPrefix: 'errors/!{timestamp:yyyy}/' }],
    keeps: [{ errorPrefix: 'errors/' }, { errorPrefix: 'errors/!{firehose:error-output-type}/' }, { errorPrefix: undefined }],
  },
  deliveryStreamErrorsAmongData: {
    breaks: [{ ...NO_ERROR_PREFIX, prefix: 'data/' }, { ...NO_ERROR_PREFIX, prefix: undefined, transforms: false, converts: true }],
    keeps: [{ ...NO_ERROR_PREFIX, prefix: 'data/', transforms: undefined }, { prefix: 'data/', hasErrorPrefix: undefined, errorPrefix: undefined }],
  },
  deliveryStreamWithoutBackup: {
    breaks: [{ backsUp: false }],
    keeps: [{ backsUp: undefined }, { backsUp: false, transforms: false }, { backsUp: false, transforms: undefined }],
  },
};

checkRules({
  rules: () => DELIVERY_STREAM_RULES,
  facts,
  unknown: { path: 'S' },
  cases: CASES,
  notes: ['deliveryStreamErrorsAmongData', 'deliveryStreamWithoutBackup'],
});
