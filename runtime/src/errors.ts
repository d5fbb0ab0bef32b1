/**
 * What all errors of `claim` have in common: the message cannot be processed, now or later. It belongs into the dead-letter queue, and the error into the log.
 */
export class ClaimError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The message has no payload, and never had one: a folder, a test event of S3, a confirmation of SNS. Nothing failed: acknowledge it. `hasPayload` tells beforehand. */
export class NoPayloadError extends ClaimError {}

/** The body of the message is not in the envelope that `claim` was told of. */
export class MalformedEnvelopeError extends ClaimError {}

/** The message says that its payload is elsewhere, but its body is no pointer; or its body is a pointer, but the attribute that says so is missing. */
export class MalformedPointerError extends ClaimError {}

/** The pointer names a bucket or a key from which this consumer does not take payloads. Nothing was read. */
export class ForeignPayloadError extends ClaimError {}

/** The payload is not there: it expired, or was removed. */
export class PayloadMissingError extends ClaimError {}

/** S3 does not let the handler read the payload. Without `s3:ListBucket`, which `grantClaim` does not give, S3 says so of a payload that is not there, too. */
export class PayloadDeniedError extends ClaimError {}

/** The payload was moved to an archive, from which S3 gives it only after it was restored. https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html */
export class PayloadArchivedError extends ClaimError {}

/** The payload has another size than its message says. */
export class PayloadTruncatedError extends ClaimError {}

/** The payload is not the one that its message is about: its checksum or its ETag differs. */
export class PayloadChangedError extends ClaimError {}
