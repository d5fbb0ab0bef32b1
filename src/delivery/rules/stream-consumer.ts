import type { HandlerFacts } from './queue-consumer';
import { tenantProblem, unqualifiedProblem } from './queue-consumer';
import type { Place, Problem, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is read: a Kinesis stream, or the stream of a DynamoDB table. */
export type StreamKind = 'stream' | 'table';

/** What is known of something that reads a stream. Attempts and age are -1 where they are endless. */
export interface StreamReadFacts {
  /** What texts call it by, such as `event source 'Shop/Mapping'`. */
  readonly name: string;
  readonly kind?: StreamKind | undefined;
  readonly retentionSeconds?: number | undefined;
  readonly attempts?: number | undefined;
  readonly recordAgeSeconds?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly bisects?: boolean | undefined;
  readonly startingPosition?: string | undefined;
  /** Whether the texts name props of a pattern, rather than properties of a template. */
  readonly byProps?: boolean;
}

/** Where Lambda sends what it discards. */
export interface DiscardFacts {
  readonly path: string;
  readonly kind?: 'bucket' | 'queue' | 'topic' | undefined;
  readonly fifo?: boolean | undefined;
}

/** What is known of an event source between a stream and a function. */
export interface StreamConsumerFacts extends StreamReadFacts {
  /** `none`: it has no destination. Undefined: not known. */
  readonly failures?: DiscardFacts | 'none' | undefined;
  readonly partialResponses?: boolean | undefined;
  readonly tumblingWindowSeconds?: number | undefined;
  readonly parallelizationFactor?: number | undefined;
  /** Whether it reads by a registered consumer. */
  readonly enhancedFanOut?: boolean | undefined;
  /** Whether it reads `<table>/stream/*`, which stands for the stream of a replica whose name is not known. */
  readonly anyStream?: boolean | undefined;
  /** Where the stream and the event source are. */
  readonly source?: Place | undefined;
  readonly place?: Place | undefined;
  readonly handler?: Pick<HandlerFacts, 'path' | 'durable' | 'qualified' | 'tenantIsolation'> | undefined;
}

const PARAMETERS_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html';
const CREATE_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html';
const FAILURE_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html';
const PARTIAL_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html';

const ENDLESS = -1;

/**
 * What is true of an event source that loses no record of a stream.
 */
export const STREAM_CONSUMER_RULES: readonly Rule<StreamConsumerFacts>[] = [
  {
    id: 'streamRetriesUnbounded',
    severity: 'warning',
    why: 'A batch that is tried again without end holds up its shard until its records expire, and those behind it with them.',
    source: PARAMETERS_PAGE,
    finding: (facts) => unboundedProblem(facts, ''),
  },
  {
    id: 'streamRecordAgeBeyondRetention',
    severity: 'warning',
    why: 'A record that expires in the stream before Lambda gives it up is counted nowhere and reaches no destination.',
    source: PARAMETERS_PAGE,
    finding: (facts) => ageProblem(facts, ''),
  },
  {
    id: 'streamStartsLatest',
    severity: 'warning',
    why: 'With LATEST, records are missed that are written while an event source is created or updated.',
    source: CREATE_PAGE,
    finding: (facts) => latestProblem(facts, ''),
  },
  {
    id: 'streamBatchFailsWhole',
    severity: 'warning',
    why: 'One bad record fails all records of its batch, at every attempt and for the last time, unless Lambda is told which failed or halves the batch.',
    source: PARTIAL_PAGE,
    finding: ({ name, batchSize, partialResponses, bisects }) => (
      partialResponses !== false || bisects !== false || batchSize === undefined || batchSize <= 1 ? undefined
        : {
          what: `${name} takes batches of ${batchSize} records without ReportBatchItemFailures and BisectBatchOnFunctionError, so one bad record takes all others of its batch with it`,
          fix: 'set FunctionResponseTypes: [ReportBatchItemFailures] and return the sequence numbers of what failed, and set BisectBatchOnFunctionError: true',
        }
    ),
  },
  {
    id: 'streamBatchNotBisected',
    severity: 'note',
    why: 'A function that times out or ends without an answer reports no failed records, and then only halving the batch separates the good ones.',
    source: PARAMETERS_PAGE,
    finding: ({ name, batchSize, partialResponses, bisects }) => (
      partialResponses !== true || bisects !== false || batchSize === undefined || batchSize <= 1 ? undefined
        : {
          what: `${name} takes batches of ${batchSize} records without BisectBatchOnFunctionError, so a record on which the function times out takes all others of its batch with it`,
          fix: 'set BisectBatchOnFunctionError: true',
        }
    ),
  },
  {
    id: 'streamBatchReprocessed',
    severity: 'note',
    why: 'Without partial batch responses the good records of a failed batch are processed again at every attempt.',
    source: PARTIAL_PAGE,
    finding: ({ name, batchSize, partialResponses, bisects }) => (
      partialResponses !== false || bisects !== true || batchSize === undefined || batchSize <= 1 ? undefined
        : {
          what: `${name} takes batches of ${batchSize} records without ReportBatchItemFailures, so the good records of a failed batch are processed again and again`,
          fix: 'set FunctionResponseTypes: [ReportBatchItemFailures] and return the sequence numbers of what failed',
        }
    ),
  },
  {
    id: 'streamFailureDestinationMissing',
    severity: 'warning',
    why: 'Lambda discards a record that failed for the last time, or is too old or too large, unless the event source has a destination for it.',
    source: FAILURE_PAGE,
    finding: ({ name, kind, failures }) => (
      kind === undefined || failures !== 'none' ? undefined
        : {
          what: `${name} has no DestinationConfig.OnFailure, so records that Lambda gives up are lost`,
          fix: 'set DestinationConfig.OnFailure.Destination to a bucket, which keeps the records themselves',
        }
    ),
  },
  {
    id: 'streamFailureDestinationFifo',
    severity: 'error',
    why: 'Lambda sends discarded records to standard queues and standard topics only.',
    source: FAILURE_PAGE,
    finding: ({ name, failures }) => (
      typeof failures !== 'object' || !failures.fifo ? undefined
        : {
          what: `DestinationConfig.OnFailure of ${name} is '${failures.path}', which is FIFO and gets no discarded records, so they are lost`,
          fix: 'set DestinationConfig.OnFailure.Destination to a bucket, or to a standard queue or topic',
        }
    ),
  },
  {
    id: 'streamFailureWithoutPayload',
    severity: 'note',
    why: 'A queue or a topic is told where in the stream the records are, which helps only until they expire there, while a bucket gets the records.',
    source: FAILURE_PAGE,
    finding: ({ name, failures }) => (
      typeof failures !== 'object' || failures.fifo || (failures.kind !== 'queue' && failures.kind !== 'topic') ? undefined
        : {
          what: `DestinationConfig.OnFailure of ${name} is the ${failures.kind} '${failures.path}', which gets only positions in the stream, so failed records are gone when they expire there`,
          fix: 'set DestinationConfig.OnFailure.Destination to a bucket, or read the records back before they expire',
        }
    ),
  },
  {
    id: 'streamRetriesNone',
    severity: 'warning',
    why: 'Without another attempt, whatever disturbs one invocation briefly sets a whole batch aside.',
    source: PARAMETERS_PAGE,
    finding: ({ name, attempts, batchSize, byProps }) => (
      attempts !== 0 || batchSize === undefined || batchSize <= 1 ? undefined
        : {
          what: `${byProps ? 'retryAttempts is 0' : `${name} has MaximumRetryAttempts 0`}, so at its first failure a batch is given up with the good records in it`,
          fix: byProps ? 'leave retryAttempts out for 5' : 'set MaximumRetryAttempts, for example to 5',
        }
    ),
  },
  {
    id: 'streamTumblingParallel',
    severity: 'warning',
    why: 'The state of a tumbling window is that of a shard, and is not kept for several batches of the shard at a time.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html',
    finding: ({ name, tumblingWindowSeconds: window, parallelizationFactor: factor, byProps }) => (
      !window || factor === undefined || factor <= 1 ? undefined
        : {
          what: `${byProps ? `parallelizationFactor is ${factor} with a tumblingWindow` : `${name} has ParallelizationFactor ${factor} with TumblingWindowInSeconds`}, ` +
            'so windows could lose what they aggregate',
          fix: 'leave one of them out, or aggregate in a table instead',
        }
    ),
  },
  {
    id: 'streamAggregatedRecordsLost',
    severity: 'warning',
    why: 'With enhanced fan-out and a parallelization factor, records that the Kinesis Producer Library put together are dropped if their partition keys differ.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html',
    finding: ({ name, enhancedFanOut, parallelizationFactor: factor, byProps }) => (
      !enhancedFanOut || factor === undefined || factor <= 1 ? undefined
        : {
          what: `${byProps ? `parallelizationFactor is ${factor} with enhancedFanOut` : `${name} reads by enhanced fan-out with ParallelizationFactor ${factor}`}, ` +
            'so records that a producer aggregates (Kinesis Producer Library) could be dropped, and no destination gets them',
          fix: `leave ${byProps ? 'one of them' : 'ParallelizationFactor'} out, or acknowledge this if no producer aggregates records`,
        }
    ),
  },
  {
    id: 'tableStartsAtTimestamp',
    severity: 'error',
    why: 'The stream of a table is read from its beginning or from its end.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html',
    finding: ({ name, kind, startingPosition, byProps }) => (
      kind !== 'table' || startingPosition !== 'AT_TIMESTAMP' ? undefined
        : {
          what: `${byProps ? 'startingPosition is' : `${name} has StartingPosition`} AT_TIMESTAMP, which the stream of a table does not have, so Lambda would refuse it`,
          fix: byProps ? 'leave startingPosition out for TRIM_HORIZON' : 'set StartingPosition: TRIM_HORIZON',
        }
    ),
  },
  {
    id: 'tableStreamUnnamed',
    severity: 'error',
    why: 'Every stream of a table has a label in its ARN, and an event source reads one stream.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html',
    finding: ({ name, anyStream }) => (
      !anyStream ? undefined
        : {
          what: `${name} reads any stream of a table ('stream/*'), which is all that is known of a replica's before its deployment, so Lambda would refuse it`,
          fix: 'deploy a stack in the region of the replica, which imports the replica with its tableStreamArn (TableV2.fromTableAttributes)',
        }
    ),
  },
  {
    id: 'streamRegion',
    severity: 'error',
    why: 'An event source reads only streams of its own region.',
    source: CREATE_PAGE,
    finding: ({ name, source, place }) => (
      !knownToDiffer(source?.region, place?.region) ? undefined
        : {
          what: `${name} is in ${place?.region}, but what it reads is in ${source?.region}, and Lambda reads only streams of its own region`,
          fix: `make it in a stack in ${source?.region}`,
        }
    ),
  },
  {
    id: 'streamHandlerUnqualified',
    severity: 'error',
    why: 'A durable execution goes on with the version that it began with, so it is invoked by a version or an alias.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ handler }) => handler && unqualifiedProblem(handler),
  },
  {
    id: 'streamHandlerTenantIsolation',
    severity: 'error',
    why: 'Each invocation of a function with tenant isolation names its tenant, and an event source knows none.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html',
    finding: ({ handler }) => handler && tenantProblem(handler, 'the event source of a stream'),
  },
];

/** What is known of those who read a stream and share its throughput. */
export interface StreamReadersFacts {
  readonly path: string;
  readonly kind: StreamKind;
  readonly readers: readonly string[];
  /** Whether a table has replicas. */
  readonly replicated?: boolean | undefined;
}

/** What all standard readers of a shard of Kinesis share is twice what may be written to it. */
const MOST_STREAM_READERS = 2;
const MOST_TABLE_READERS = 2;
const MOST_REPLICATED_TABLE_READERS = 1;

/**
 * What is true of a stream that is read fast enough.
 */
export const STREAM_READERS_RULES: readonly Rule<StreamReadersFacts>[] = [
  {
    id: 'streamReadersShareThroughput',
    severity: 'note',
    why: 'All standard readers share 2 MB and 5 reads a second of each shard, so each gets its records later with every further one.',
    source: 'https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html',
    finding: ({ path, kind, readers }) => (
      kind !== 'stream' || readers.length <= MOST_STREAM_READERS ? undefined
        : {
          what: `stream '${path}' has ${readers.length} readers that share its throughput (${readers.join(', ')}), so they get their records late`,
          fix: 'read by enhanced fan-out: an AWS::Kinesis::StreamConsumer for each further reader, whose ARN is its EventSourceArn',
        }
    ),
  },
  {
    id: 'tableStreamReadersThrottled',
    severity: 'warning',
    why: 'DynamoDB throttles the readers of a stream if there are more than two of a shard, or more than one of a global table.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html',
    finding: ({ path, kind, readers, replicated }) => {
      const most = replicated === true ? MOST_REPLICATED_TABLE_READERS : MOST_TABLE_READERS;
      return kind !== 'table' || readers.length <= most ? undefined
        : {
          what: `the stream of table '${path}' has ${readers.length} readers (${readers.join(', ')}), but DynamoDB throttles more than ${most}`,
          fix: 'let one of them hand the records on, for example to a topic or an event bus',
        };
    },
  },
];

/** What is known of those who are registered with a stream. */
export interface RegisteredConsumersFacts {
  readonly path: string;
  readonly consumers: number;
}

/** With On-demand Advantage, and without it. */
const MOST_CONSUMERS = 50;
const MOST_CONSUMERS_USUALLY = 20;
const CONSUMERS_PAGE = 'https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html';

/**
 * What is true of a stream with which all consumers can be registered.
 */
export const REGISTERED_CONSUMERS_RULES: readonly Rule<RegisteredConsumersFacts>[] = [
  {
    id: 'streamConsumersTooMany',
    severity: 'error',
    why: 'Kinesis registers no more than 50 consumers of one stream.',
    source: CONSUMERS_PAGE,
    finding: ({ path, consumers }) => (consumers <= MOST_CONSUMERS ? undefined : tooMany(path, consumers, `${MOST_CONSUMERS}`)),
  },
  {
    id: 'streamConsumersNeedAdvantage',
    severity: 'warning',
    why: 'Kinesis registers no more than 20 consumers of a stream, or 50 where the account has On-demand Advantage.',
    source: CONSUMERS_PAGE,
    finding: ({ path, consumers }) => (
      consumers <= MOST_CONSUMERS_USUALLY || consumers > MOST_CONSUMERS ? undefined : tooMany(path, consumers, `${MOST_CONSUMERS_USUALLY} without On-demand Advantage`)
    ),
  },
];

function tooMany(path: string, consumers: number, most: string): Problem {
  return {
    what: `stream '${path}' has ${consumers} registered consumers, but Kinesis takes ${most}`,
    fix: 'let some of them read without enhanced fan-out, or hand records on, for example to a topic',
  };
}

/** What is known of a consumer that is registered with a stream. */
export interface RegisteredConsumerFacts {
  readonly path: string;
  readonly tagged?: boolean | undefined;
}

/**
 * What is true of a registered consumer that outlives a change of tags.
 */
export const REGISTERED_CONSUMER_RULES: readonly Rule<RegisteredConsumerFacts>[] = [
  {
    id: 'streamConsumerTagged',
    severity: 'warning',
    why: 'A change of the tags of a stream consumer replaces it, which fails because its name is taken, or leaves its readers without records.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-streamconsumer.html',
    finding: ({ path, tagged }) => (
      !tagged ? undefined
        : {
          what: `stream consumer '${path}' has Tags, so a change of the tags of the stack replaces it, which fails while its ConsumerName stays the same`,
          fix: 'leave Tags of the AWS::Kinesis::StreamConsumer out, for example by excludeResourceTypes where tags are added to a whole stack',
        }
    ),
  },
];

/** Of a batch that is tried again without end. */
export function unboundedProblem({ name, kind, attempts, recordAgeSeconds }: StreamReadFacts, at: string): Problem | undefined {
  return kind === undefined || attempts !== ENDLESS || recordAgeSeconds !== ENDLESS ? undefined
    : {
      what: `${name} sets neither ${at}MaximumRetryAttempts nor ${at}MaximumRecordAgeInSeconds, so one bad record holds up its shard until it expires`,
      fix: `set ${at}MaximumRetryAttempts, for example to 5, and ${at}MaximumRecordAgeInSeconds to less than the retention of the stream`,
    };
}

/** Of records that expire in the stream before they are given up. */
export function ageProblem({ name, recordAgeSeconds: age, retentionSeconds: retention, byProps }: StreamReadFacts, at: string): Problem | undefined {
  return age === undefined || age === ENDLESS || retention === undefined || age < retention ? undefined
    : {
      what: `${byProps ? `maxRecordAge is ${age} seconds` : `${name} has ${at}MaximumRecordAgeInSeconds ${age}`}, ` +
        `but the stream keeps records for ${retention} seconds only, so they expire uncounted before they are set aside`,
      fix: byProps ? `set it to less than ${retention} seconds, or leave it out for ${retention / 2}` : `set ${at}MaximumRecordAgeInSeconds to less than ${retention}, for example ${retention / 2}`,
    };
}

/** Of records that are missed when a reader is made. */
export function latestProblem({ name, kind, startingPosition, byProps }: StreamReadFacts, at: string): Problem | undefined {
  return kind === undefined || startingPosition !== 'LATEST' ? undefined
    : {
      what: `${byProps ? 'startingPosition is' : `${name} has ${at}StartingPosition`} LATEST, so records are missed that are written before it reads for the first time`,
      fix: byProps ? 'leave startingPosition out for TRIM_HORIZON' : `set ${at}StartingPosition: TRIM_HORIZON`,
    };
}
