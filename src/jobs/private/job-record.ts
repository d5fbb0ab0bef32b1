/**
 * The attributes of a job in its table. None is a reserved word of DynamoDB, so expressions name them directly.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
export const JOB = {
  /** Partition key: who submitted the job, a slash, and its id. An id has no slash, so the last one is the border. */
  key: 'jobKey',
  id: 'jobId',
  /** The body of the request as it came: text. */
  body: 'requestBody',
  status: 'jobStatus',
  /** Percent. */
  progress: 'jobProgress',
  /** JSON, as text. */
  result: 'jobResult',
  /** Where to fetch a result that is not in the table. */
  resultLocation: 'resultLocation',
  failureCode: 'failureCode',
  /** For the caller to read. */
  failureReason: 'failureReason',
  /** The execution that works on the job. */
  worker: 'jobWorker',
  /** Epoch seconds, as the next two. */
  acceptedAt: 'acceptedAt',
  /** From here on the job is a failure, unless it came to an end before. */
  deadline: 'deadline',
  /** From here on the job is unknown. DynamoDB deletes it some time later. */
  expiresAt: 'expiresAt',
} as const;

export const STATUS = {
  pending: 'PENDING',
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  /** By its owner, before it came to another end. */
  cancelled: 'CANCELLED',
} as const;

/** Why a job failed, as far as this library sets it; a worker that reports for itself may have codes of its own. */
export const FAILURE = {
  /** It did not come to an end before its deadline. */
  timeout: 'TIMEOUT',
  /** Its work failed. */
  failed: 'FAILED',
  /** Somebody stopped it. */
  stopped: 'STOPPED',
} as const;
