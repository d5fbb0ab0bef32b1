import { UsageError } from '../subcommand';
import type { Store } from './store';
import { isSameFunction } from './store';

export interface Named {
  readonly functionName?: string | undefined;
  readonly recordedFor?: string | undefined;
  readonly deliveryStream?: string | undefined;
}

/** The store that an URL names. What lies in a bucket does not decide which function is invoked. */
export function namedStore(url: string, { functionName, recordedFor = functionName, deliveryStream }: Named): Store {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(url) ?? [];
  if (bucket === undefined) {
    throw new UsageError(`a store is s3://<bucket>/<prefix>, not '${url}'`);
  }
  return {
    bucket,
    prefix,
    title: 'what failed',
    targetOf: (kept) => {
      if (kept.form === 'firehose-records') {
        return deliveryStream === undefined ? { refused: 'say with --delivery-stream which Firehose stream takes it' } : { deliveryStream };
      }
      if (functionName === undefined && deliveryStream === undefined) {
        // It is only listed.
        return { functionName: kept.recordedFor };
      }
      if (functionName === undefined) {
        return { refused: `say with --function which function takes it; it was for ${kept.recordedFor}` };
      }
      return recordedFor !== undefined && isSameFunction(recordedFor, kept.recordedFor)
        ? { functionName }
        : { refused: `it was for ${kept.recordedFor}; --recorded-for says that ${functionName} takes its place` };
    },
  };
}
