/**
 * What all errors of `claim` have in common: the message cannot be processed, now or later. It belongs into the dead-letter queue, and the error into the log.
 */
export class ClaimError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The message says that its payload is elsewhere, but its body is no pointer. */
export class MalformedPointerError extends ClaimError {}

/** The pointer names a bucket or a key from which this consumer does not take payloads. Nothing was read. */
export class ForeignPayloadError extends ClaimError {}

/** The payload is not there: it expired, or was removed. */
export class PayloadMissingError extends ClaimError {}

/** S3 does not let the handler read the payload. Without `s3:ListBucket`, which `grantClaim` does not give, S3 says so of a payload that is not there, too. */
export class PayloadDeniedError extends ClaimError {}

/** The payload has another size than its message says. */
export class PayloadTruncatedError extends ClaimError {}

/** The payload is not the one that its message is about: its checksum or its ETag differs. */
export class PayloadChangedError extends ClaimError {}
