import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { LONGEST_MANAGED_TIMEOUT_SECONDS, LONGEST_TIMEOUT_SECONDS } from '../../delivery/rules/queue-consumer';
import type { Place, Rule } from '../../delivery/rules/rule';
import type { StreamConsumerFacts, StreamKind } from '../../delivery/rules/stream-consumer';
import { STREAM_CONSUMER_RULES } from '../../delivery/rules/stream-consumer';
import type { FilteredReadFacts } from '../../delivery/rules/stream-filter';
import { filterFacts, STREAM_FILTER_RULES } from '../../delivery/rules/stream-filter';
import { placeOf } from '../../private/app/environments';
import type { Problems } from '../../private/checks/problems';
import type { Bounds, PropBounds } from '../../private/checks/prop-bounds';
import { knownSeconds } from '../../private/checks/prop-bounds';
import { droppedQualifier, handlerFacts, timeoutSeconds } from '../../private/lambda/handler-facts';
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
  handlerTimeout: ({ handler }): Bounds => ({ unit: 'seconds', min: 1, max: longestTimeout(handler), fix: 'state the timeout that the handler has' }),
  batchSize: { unit: 'number', min: 1, max: 10_000, fix: `leave it out for ${DEFAULT_BATCH_SIZE}` },
  maxBatchingWindow: { unit: 'seconds', min: 0, max: 300, fix: 'state it in whole seconds, or leave it out for none' },
  parallelizationFactor: { unit: 'number', min: 1, max: 10, fix: 'leave it out for 1' },
  tumblingWindow: { unit: 'seconds', min: 0, max: 900, fix: 'state it in whole seconds, or leave it out for no windows' },
  retryAttempts: { unit: 'number', min: 0, max: 10_000, fix: `leave it out for ${DEFAULT_RETRY_ATTEMPTS}` },
  maxRecordAge: {
    unit: 'seconds', min: 60, max: LONGEST_RECORD_AGE_SECONDS, fix: 'leave it out for half of the retention period of the stream', known: 'the alarms on the age of records are derived from it',
  },
};

/** An imported function may run on Managed Instances. */
function longestTimeout(handler: lambda.IFunction): number {
  return timeoutSeconds(handler) === undefined || handlerFacts(handler).managedInstances ? LONGEST_MANAGED_TIMEOUT_SECONDS : LONGEST_TIMEOUT_SECONDS;
}

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
  checkHandler(problems, props);
  checkFilters(problems, props);
  checkStore(problems, scope, props);
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
    attempts: known(retryAttemptsOf(props)),
    recordAgeSeconds: recordAgeSecondsOf(props, stream),
    batchSize: known(batchSizeOf(props)),
    bisects: true,
    partialResponses: true,
    startingPosition: startingPositionOf(props),
    tumblingWindowSeconds: knownSeconds(props.tumblingWindow),
    parallelizationFactor: known(props.parallelizationFactor),
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

function checkHandler(problems: Problems, { handler, handlerTimeout }: StreamFedProps): void {
  const { path } = handler.node;
  const own = timeoutSeconds(handler);
  const stated = knownSeconds(handlerTimeout);
  if (typeof own === 'number' && stated !== undefined && stated !== own) {
    problems.add(`handlerTimeout is ${stated} seconds, but the timeout of handler '${path}' is ${own} seconds: leave handlerTimeout out`);
  }
  const qualifier = droppedQualifier(handler);
  if (qualifier !== undefined) {
    problems.add(
      `handler '${path}' is imported by an ARN with the qualifier '${qualifier}', which the CDK leaves out of its name, so the event source would invoke $LATEST: ` +
      'import the version or alias instead (lambda.Version.fromVersionArn, lambda.Alias.fromAliasAttributes)',
    );
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
const MOST_FILTERS = 10;

function checkFilters(problems: Problems, { filters, filterEncryption }: StreamFedProps): void {
  if (filters && (filters.length < 1 || filters.length > MOST_FILTERS)) {
    problems.add(
      `filters has ${filters.length} entries, but an event source takes 1 to ${MOST_FILTERS} (5 unless the quota was raised): combine filters, or leave filters out to process every record`,
    );
  }
  if (filterEncryption && !filters) {
    problems.add('filterEncryption is set, but there are no filters to encrypt: set filters, or leave filterEncryption out');
  }
}

/** What the keys begin with that Lambda gives to what it stores. */
export const STORED_UNDER = 'aws/lambda/';

function checkStore(problems: Problems, scope: Construct, { failureStore: store }: StreamFedProps): void {
  if (!store) {
    return;
  }
  checkFailureStore(problems, scope, store);
  const { prefix = '', form } = store;
  if (!Token.isUnresolved(prefix) && !STORED_UNDER.startsWith(prefix) && !prefix.startsWith(STORED_UNDER)) {
    problems.add(`failureStore.prefix is '${prefix}', but Lambda stores under '${STORED_UNDER}' and takes no other prefix: give the whole bucket (FailureStore.of)`);
  }
  if (form !== undefined && form !== 'stream-batch') {
    problems.add(`failureStore.form is ${form}, but Lambda stores batches of a stream as stream-batch: give a failure store of another bucket, or of the whole bucket (FailureStore.of)`);
  }
}

function known(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}
