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
}

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
