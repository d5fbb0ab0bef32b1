import type { Rule } from './rule';

/** What is known of a destination of a delivery stream in S3. */
export interface BucketDestinationFacts {
  /** The path of the delivery stream. */
  readonly path: string;
  /** Undefined: none, or not known. */
  readonly prefix?: string | undefined;
  /** `none`: there is none. Undefined: not known. */
  readonly errorPrefix?: string | undefined;
  readonly hasErrorPrefix?: boolean | undefined;
  /** Whether a function transforms the records. */
  readonly transforms?: boolean | undefined;
  /** Whether records are converted to another format. */
  readonly converts?: boolean | undefined;
  /** Whether the records are kept as they came. */
  readonly backsUp?: boolean | undefined;
  readonly bufferMebibytes?: number | undefined;
  /** Whether the records are partitioned by keys. */
  readonly partitions?: boolean | undefined;
  /** The keys that a query takes out of each record. None: there is no query. Undefined: not known. */
  readonly queriedKeys?: readonly string[] | undefined;
  /** Whether nothing in the prefix is left to the deployment. */
  readonly wholePrefix?: boolean | undefined;
}

/** What Firehose buffers at least when it partitions or converts. */
const LEAST_MEBIBYTES = 64;

const CONVERSION_PAGE = 'https://docs.aws.amazon.com/firehose/latest/dev/enable-record-format-conversion.html';
const PARTITION_PAGE = 'https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html';
const PREFIX_PAGE = 'https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html';
const EXPRESSION = '!{';
const ERROR_TYPE = '!{firehose:error-output-type}';

/**
 * What is true of a delivery stream that loses no record on the way to a bucket.
 */
export const DELIVERY_STREAM_RULES: readonly Rule<BucketDestinationFacts>[] = [
  {
    id: 'deliveryStreamWithoutErrorPrefix',
    severity: 'error',
    why: 'Firehose refuses a prefix with expressions unless there is one for errors.',
    source: PREFIX_PAGE,
    finding: ({ path, prefix, hasErrorPrefix }) => (
      hasErrorPrefix !== false || !prefix?.includes(EXPRESSION) ? undefined
        : {
          what: `delivery stream '${path}' has Prefix '${prefix}', which has expressions, but no ErrorOutputPrefix, so the deployment fails`,
          fix: `set ErrorOutputPrefix, for example to 'errors/${ERROR_TYPE}/'`,
        }
    ),
  },
  {
    id: 'deliveryStreamErrorTypeMissing',
    severity: 'error',
    why: 'Firehose refuses a prefix for errors with expressions of which none is the type of the error.',
    source: PREFIX_PAGE,
    finding: ({ path, errorPrefix }) => (
      !errorPrefix?.includes(EXPRESSION) || errorPrefix.includes(ERROR_TYPE) ? undefined
        : {
          what: `delivery stream '${path}' has ErrorOutputPrefix '${errorPrefix}' without ${ERROR_TYPE}, so the deployment fails`,
          fix: `put ${ERROR_TYPE} into ErrorOutputPrefix`,
        }
    ),
  },
  {
    id: 'deliveryStreamErrorTypeInPrefix',
    severity: 'error',
    why: 'Only the prefix for errors can say the type of an error.',
    source: PREFIX_PAGE,
    finding: ({ path, prefix }) => (
      !prefix?.includes(ERROR_TYPE) ? undefined
        : {
          what: `delivery stream '${path}' has Prefix '${prefix}' with ${ERROR_TYPE}, so the deployment fails`,
          fix: `take ${ERROR_TYPE} out of Prefix, and put it into ErrorOutputPrefix`,
        }
    ),
  },
  {
    id: 'deliveryStreamBufferTooSmall',
    severity: 'error',
    why: 'Firehose partitions records and converts their format only in buffers of 64 MiB or more.',
    source: CONVERSION_PAGE,
    finding: ({ path, bufferMebibytes: size, partitions, converts }) => (
      size === undefined || size >= LEAST_MEBIBYTES || (!partitions && !converts) ? undefined
        : {
          what: `delivery stream '${path}' ${partitions ? 'partitions records' : 'converts the format of records'}, but BufferingHints.SizeInMBs is ${size}, so the deployment fails`,
          fix: `set BufferingHints.SizeInMBs to ${LEAST_MEBIBYTES} or more`,
        }
    ),
  },
  {
    id: 'partitionsWithoutPrefix',
    severity: 'error',
    why: 'Partitions are told apart by the prefix, and Firehose refuses dynamic partitioning without a key in it.',
    source: PARTITION_PAGE,
    finding: ({ path, prefix = '', wholePrefix, partitions }) => (
      !partitions || !wholePrefix || keysIn(prefix).length > 0 ? undefined
        : {
          what: `delivery stream '${path}' partitions records (DynamicPartitioningConfiguration), but its Prefix '${prefix}' has no partition key, so the deployment fails`,
          fix: 'put !{partitionKeyFromQuery:key} or !{partitionKeyFromLambda:key} into Prefix, or leave DynamicPartitioningConfiguration out',
        }
    ),
  },
  {
    id: 'partitionKeyNotComputed',
    severity: 'error',
    why: 'What Firehose cannot put into the prefix of a record goes to the prefix for errors, unless it refuses the prefix at once.',
    source: PARTITION_PAGE,
    finding: ({ path, prefix = '', partitions, transforms, queriedKeys }) => {
      const keys = keysIn(prefix);
      const missing = keys.find(({ by, name }) => (by === 'Lambda' ? transforms === false : queriedKeys?.includes(name) === false));
      return keys[0] !== undefined && partitions === false ? {
        what: `Prefix of delivery stream '${path}' has ${keys[0].text}, but dynamic partitioning is off, so the deployment fails`,
        fix: 'set DynamicPartitioningConfiguration.Enabled: true, which makes a new delivery stream, or take the key out of Prefix',
      } : missing && {
        what: `Prefix of delivery stream '${path}' has ${missing.text}, but ` + (missing.by === 'Lambda' ? 'no function processes the records'
          : queriedKeys?.length === 0 ? 'no processor takes keys out of the records (MetadataExtraction)' : `MetadataExtractionQuery computes only ${queriedKeys?.join(', ')}`),
        fix: missing.by === 'Lambda' ? 'add a processor of type Lambda that answers with metadata.partitionKeys' : `compute '${missing.name}' in MetadataExtractionQuery, or use a key that it computes`,
      };
    },
  },
  {
    id: 'partitionKeyUnused',
    severity: 'note',
    why: 'A key that the prefix does not have partitions nothing.',
    source: PARTITION_PAGE,
    finding: ({ path, prefix = '', wholePrefix, partitions, queriedKeys }) => {
      const used = keysIn(prefix).filter(({ by }) => by === 'Query').map(({ name }) => name);
      const unused = queriedKeys?.filter((key) => !used.includes(key)) ?? [];
      // Where the prefix has a key that is not computed, this one is likely to be meant.
      return !partitions || !wholePrefix || used.length === 0 || unused.length === 0 || used.some((key) => !queriedKeys?.includes(key)) ? undefined
        : {
          what: `MetadataExtractionQuery of delivery stream '${path}' computes '${unused.join("', '")}', which its Prefix does not use, so records are not partitioned by it`,
          fix: `put !{partitionKeyFromQuery:${unused[0]}} into Prefix, or do not compute the key`,
        };
    },
  },
  {
    id: 'deliveryStreamErrorsAmongData',
    severity: 'note',
    why: 'By default Firehose writes records that it could not process beneath the prefix of the data, where queries and crawlers read them as data.',
    source: PREFIX_PAGE,
    finding: ({ path, prefix, hasErrorPrefix, transforms, converts }) => (
      hasErrorPrefix !== false || prefix?.includes(EXPRESSION) || (!transforms && !converts) ? undefined
        : {
          what: `delivery stream '${path}' processes records, but has no ErrorOutputPrefix, so those that fail are written among the data`,
          fix: `set ErrorOutputPrefix, for example to 'errors/${ERROR_TYPE}/', and a Prefix beside it`,
        }
    ),
  },
  {
    id: 'deliveryStreamWithoutBackup',
    severity: 'note',
    why: 'What a transformation drops or spoils can only be had back if the records are kept as they came.',
    source: 'https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html',
    finding: ({ path, transforms, backsUp }) => (
      !transforms || backsUp !== false ? undefined
        : {
          what: `a function transforms the records of delivery stream '${path}', but S3BackupMode is not Enabled, so a record is gone that the function drops or spoils`,
          fix: 'set S3BackupMode: Enabled and S3BackupConfiguration',
        }
    ),
  },
];

interface PartitionKey {
  readonly text: string;
  readonly by: string;
  readonly name: string;
}

/** The partition keys in a prefix. */
function keysIn(prefix: string): PartitionKey[] {
  return [...prefix.matchAll(/!\{partitionKeyFrom(Query|Lambda):([^}]*)\}/g)].map(([text, by = '', name = '']) => ({ text, by, name: name.trim() }));
}

/**
 * The keys of an object that a query for jq makes, such as `{customer:.id, year:(.time[0:4])}`.
 *
 * @returns undefined if it is anything else
 */
export function keysOfQuery(query: string): string[] | undefined {
  const [, members] = /^\s*\{(.*)\}\s*$/s.exec(query) ?? [];
  const keys = members === undefined ? [undefined] : membersOf(members).map((member) => /^\s*(?:"([^"\\]+)"|([A-Za-z_]\w*))\s*(?::|$)/.exec(member));
  return keys.every((key) => key !== undefined && key !== null) ? keys.map((key) => key[1] ?? key[2] ?? '') : undefined;
}

/** What commas separate; those in texts and in what is nested do not. */
function membersOf(text: string): string[] {
  const members = [''];
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[\s\S]/g)) {
    depth += '([{'.includes(token) ? 1 : ')]}'.includes(token) ? -1 : 0;
    token === ',' && depth === 0 ? members.push('') : members.push(`${members.pop()}${token}`);
  }
  return members;
}
