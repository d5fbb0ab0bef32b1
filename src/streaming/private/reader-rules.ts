import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Place, Rule } from '../../delivery/rules/rule';
import type { StreamConsumerFacts, StreamKind } from '../../delivery/rules/stream-consumer';
import { STREAM_CONSUMER_RULES } from '../../delivery/rules/stream-consumer';
import type { FilteredReadFacts } from '../../delivery/rules/stream-filter';
import { filterFacts, STREAM_FILTER_RULES } from '../../delivery/rules/stream-filter';
import { placeOf } from '../../private/app/environments';
import type { Problems } from '../../private/checks/problems';
import type { PropBounds } from '../../private/checks/prop-bounds';
import { knownNumber, knownSeconds } from '../../private/checks/prop-bounds';
import { checkNumberOfFilters, checkQualifierIsKept, checkStatedTimeout, handlerTimeoutBounds } from '../../private/lambda/handler-checks';
import { handlerFacts } from '../../private/lambda/handler-facts';
import { checkFailureStore } from '../../private/s3/failure-grants';
import type { StreamFedProps } from '../stream-fed-props';

/** What is known of the stream that is read. */
export interface ReadStream {
  readonly kind: StreamKind;
  readonly retentionSeconds: number;
  readonly place: Place;
  /** Of the stream of a table. */
  readonly viewType?: string | undefined;
  readonly replicated?: boolean | undefined;
  readonly anyStream?: boolean | undefined;
  /** Whether the reader is a registered consumer. */
  readonly enhancedFanOut?: boolean | undefined;
}

// What is derived from the props.

const DEFAULT_BATCH_SIZE = 100;
const DEFAULT_RETRY_ATTEMPTS = 5;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html */
const LONGEST_RECORD_AGE_SECONDS = 604_800;

export function batchSizeOf({ batchSize }: StreamFedProps): number {
  return batchSize ?? DEFAULT_BATCH_SIZE;
}

/** One retry as good as never helps alone, and each takes longer than the one before. */
export function retryAttemptsOf({ retryAttempts }: StreamFedProps): number {
  return retryAttempts ?? DEFAULT_RETRY_ATTEMPTS;
}

/** `lambda.StartingPosition` is read from the props only, because the published library loads what it needs when it is needed. */
export function startingPositionOf({ startingPosition }: StreamFedProps): string {
  return startingPosition ?? 'TRIM_HORIZON';
}

/** The first half of the retention is for the handler, the second for whoever repairs it. */
export function recordAgeSecondsOf({ maxRecordAge }: StreamFedProps, { retentionSeconds }: ReadStream): number {
  return maxRecordAge ? knownSeconds(maxRecordAge) ?? 0 : Math.min(LONGEST_RECORD_AGE_SECONDS, Math.floor(retentionSeconds / 2));
}

// What is wrong with the props, before anything is made.

/** What the props that all readers of streams have may be by themselves. */
export const STREAM_FED_BOUNDS: PropBounds<StreamFedProps> = {
  handlerTimeout: handlerTimeoutBounds,
  batchSize: { unit: 'number', min: 1, max: 10_000, fix: `leave it out for ${DEFAULT_BATCH_SIZE}` },
  maxBatchingWindow: { unit: 'seconds', min: 0, max: 300, fix: 'state it in whole seconds, or leave it out for none' },
  parallelizationFactor: { unit: 'number', min: 1, max: 10, fix: 'leave it out for 1' },
  tumblingWindow: { unit: 'seconds', min: 0, max: 900, fix: 'state it in whole seconds, or leave it out for no windows' },
  retryAttempts: { unit: 'number', min: 0, max: 10_000, fix: `leave it out for ${DEFAULT_RETRY_ATTEMPTS}` },
  maxRecordAge: {
    unit: 'seconds', min: 60, max: LONGEST_RECORD_AGE_SECONDS, fix: 'leave it out for half of the retention period of the stream', known: 'the alarms on the age of records are derived from it',
  },
};

/** What loses records, although whoever reads a template could only warn of it: here there is a prop for what is meant. */
const REFUSED: readonly string[] = [
  'streamRecordAgeBeyondRetention', 'streamTumblingParallel',
  'streamFilterUnknownField', 'tableFilterUntyped', 'tableFilterPlainNumber', 'tableFilterImageMissing',
];

function strict<F>(rules: readonly Rule<F>[]): readonly Rule<F>[] {
  return rules.map((rule) => (REFUSED.includes(rule.id) ? { ...rule, severity: 'error' } : rule));
}

/** Asked for anew each time, because tables of rules may be changed after they are loaded. */
export const readerRules = (): readonly Rule<StreamConsumerFacts>[] => strict(STREAM_CONSUMER_RULES);
export const filterRules = (): readonly Rule<FilteredReadFacts>[] => strict(STREAM_FILTER_RULES);

/** Notes what is wrong with the props that all readers of streams have. */
export function checkReader(problems: Problems, scope: Construct, props: StreamFedProps, stream: ReadStream): void {
  checkStatedTimeout(problems, props.handler, props.handlerTimeout);
  checkQualifierIsKept(problems, props.handler, 'the event source would invoke $LATEST');
  checkNumberOfFilters(problems, props.filters, 'record');
  if (props.filterEncryption && !props.filters) {
    problems.add('filterEncryption is set, but there are no filters to encrypt: set filters, or leave filterEncryption out');
  }
  checkFailureStore(problems, scope, props.failureStore, { what: 'batches of a stream', form: 'stream-batch', prefix: STORED_UNDER });
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out');
  problems.requireCustomerKey('filterEncryption', props.filterEncryption, 'leave filterEncryption out for a key that AWS owns');
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but there are no snapshots of a stream or a bucket: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  problems.addFindings(readerRules(), consumerFacts(scope, props, stream));
  problems.addFindings(filterRules(), filteredFacts(scope, props, stream));
}

/** What the rules about readers of streams are told. */
export function consumerFacts(scope: Construct, props: StreamFedProps, stream: ReadStream): StreamConsumerFacts {
  return {
    name: nameOf(scope),
    byProps: true,
    kind: stream.kind,
    retentionSeconds: stream.retentionSeconds,
    attempts: knownNumber(retryAttemptsOf(props)),
    recordAgeSeconds: recordAgeSecondsOf(props, stream),
    batchSize: knownNumber(batchSizeOf(props)),
    bisects: true,
    partialResponses: true,
    startingPosition: startingPositionOf(props),
    tumblingWindowSeconds: knownSeconds(props.tumblingWindow),
    parallelizationFactor: knownNumber(props.parallelizationFactor),
    enhancedFanOut: stream.enhancedFanOut,
    anyStream: stream.anyStream,
    source: stream.place,
    place: placeOf(Stack.of(scope)),
    handler: handlerFacts(props.handler),
  };
}

/** What the rules about filters are told. */
export function filteredFacts(scope: Construct, { filters = [] }: StreamFedProps, { kind, viewType, replicated }: ReadStream): FilteredReadFacts {
  const patterns = filters.map(({ pattern }) => (typeof pattern === 'string' ? pattern : undefined));
  return { name: nameOf(scope), byProps: true, kind, filters: filterFacts(kind, patterns, viewType), counted: true, replicated };
}

function nameOf({ node: { path } }: Construct): string {
  return `event source '${path}/EventSource'`;
}

/** What the keys begin with that Lambda gives to what it stores. */
export const STORED_UNDER = 'aws/lambda/';
