import { FAILURE, JOB, STATUS } from './job-record';
import type { JobOwner } from './job-template-parts';
import { CLOCK, escaped, lines, ownerOf, problem, throttledOrBroken, UNKNOWN_JOB, UNKNOWN_OWNER } from './job-template-parts';

/*
 * The mapping templates of the methods, in VTL as API Gateway runs it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 *
 * What a request contains gets into JSON by way of escapeJavaScript only. API Gateway's own escapes an apostrophe, which JSON knows no
 * escape for, so that one is taken back. A header or a status must not be overridden twice, so each way through a template sets it once.
 */

export { JobOwner } from './job-template-parts';

export interface AcceptTemplateProps {
  readonly tableName: string;
  readonly owner: JobOwner;
  readonly maxBodyBytes: number;
  /** Seconds, as the next. */
  readonly timeout: number;
  readonly retentionPeriod: number;
}

/** Key of a job that is never there, because a job's key has a slash. */
const NO_JOB = '-';

/**
 * The request that accepts a job: one UpdateItem.
 *
 * Sent again with the same key and body it changes nothing and answers with the job. With another body its condition fails, and the
 * failure comes with the job.
 * For a body that is too large, and for a caller that is not known, its condition fails without one. That is how the answer's template
 * tells them apart.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
export function acceptRequest({ tableName, owner, maxBodyBytes, timeout, retentionPeriod }: AcceptTemplateProps): string {
  const attributes = [JOB.id, JOB.body, JOB.status, JOB.acceptedAt, JOB.deadline, JOB.expiresAt];
  return lines(
    ownerOf(owner),
    // Header names come in whatever case the client wrote them; the last one counts.
    '#set($key = "")',
    '#foreach($name in $input.params().header.keySet())',
    '#if($name.equalsIgnoreCase("Idempotency-Key"))#set($key = $input.params().header.get($name))#end',
    '#end',
    // base64url of the key: any key makes an id that can stand in a path. Without one, the id of the request that the client cannot choose.
    '#if($key == "")#set($name = $context.extendedRequestId.replaceAll("[^0-9A-Za-z_-]", ""))#set($id = "r-$name")',
    '#else#set($name = $util.base64Encode($key).replaceAll("[+]", "-").replaceAll("/", "_").replaceAll("=", ""))#set($id = "k-$name")#end',
    '#set($now = $context.requestTimeEpoch / 1000)',
    `#set($deadline = $now + ${timeout})`,
    `#set($expiresAt = $now + ${retentionPeriod})`,
    // The length of the encoded text says how many bytes there are; that of the text itself says only how many characters.
    // Nor is there a job of nobody.
    `#if($owner == "" || $util.base64Encode($input.body).length() > ${base64Length(maxBodyBytes)})`,
    `{"TableName": "${tableName}", "Key": {"${JOB.key}": {"S": "${NO_JOB}"}}, "ConditionExpression": "attribute_exists(${JOB.key})", ` +
    '"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}',
    '#else',
    '{',
    `"TableName": "${tableName}",`,
    `"Key": {"${JOB.key}": {"S": "${escaped('$owner')}/$id"}},`,
    `"ConditionExpression": "attribute_not_exists(${JOB.key}) OR ${JOB.body} = :${JOB.body}",`,
    `"UpdateExpression": "SET ${attributes.map((name) => `${name} = if_not_exists(${name}, :${name})`).join(', ')}",`,
    '"ExpressionAttributeValues": {',
    `":${JOB.id}": {"S": "$id"},`,
    `":${JOB.body}": {"S": "${escaped('$input.body')}"},`,
    `":${JOB.status}": {"S": "${STATUS.pending}"},`,
    `":${JOB.acceptedAt}": {"N": "$now"},`,
    `":${JOB.deadline}": {"N": "$deadline"},`,
    `":${JOB.expiresAt}": {"N": "$expiresAt"}`,
    '},',
    '"ReturnValues": "ALL_NEW",',
    '"ReturnValuesOnConditionCheckFailure": "ALL_OLD"',
    '}',
    '#end',
  );
}

/**
 * The answer to an accepted job: 202 with where to read it.
 *
 * The job of a key that was used long ago may have expired, but not be deleted yet; a job that nobody can read any more is not accepted.
 *
 * @param jobsUrl where clients reach the jobs; undefined: by the path of the request
 */
export function acceptAnswer(retryAfterSeconds: number, jobsUrl?: string): string {
  return lines(
    "#set($job = $input.path('$.Attributes'))",
    CLOCK,
    '#if($now >= $expiresAt)',
    problem({
      section: 'idempotency-keys',
      status: 422,
      title: 'Idempotency-Key was used for a job that has expired',
      detail: 'Send the request with a new key.',
    }),
    '#else',
    jobsUrl === undefined ? "#set($path = $context.path.replaceAll('/+$', ''))" : `#set($path = "${jobsUrl}")`,
    `#set($context.responseOverride.header.Location = "$path/$job.${JOB.id}.S")`,
    jobJson(retryAfterSeconds),
    '#end',
  );
}

/** The answer when DynamoDB did not take the job. */
export function acceptRefusal(maxBodyBytes: number, owner: JobOwner): string {
  return lines(
    ownerOf(owner),
    "#set($type = $input.path('$.__type'))",
    "#set($job = $input.path('$.Item'))",
    '#if($type.contains("ConditionalCheckFailed"))',
    '#if($owner == "")',
    problem(UNKNOWN_OWNER),
    `#elseif("$!job.${JOB.id}.S" == "")`,
    problem({
      section: 'large-bodies',
      status: 413,
      title: 'Content Too Large',
      detail: `The body has more than ${maxBodyBytes} bytes. Store it (claim check, as with ClaimCheckBucket) and send where it is.`,
    }),
    '#else',
    problem({
      section: 'idempotency-keys',
      status: 422,
      title: 'Idempotency-Key was used with another body',
      detail: 'Send the request with a new key, or with the body that the key was used with.',
    }),
    '#end',
    '#elseif($type.contains("ValidationException"))',
    problem({
      section: 'idempotency-keys',
      status: 400,
      title: 'Bad Request',
      detail: 'The Idempotency-Key cannot be used. It is too long.',
    }),
    throttledOrBroken(),
    '#end',
  );
}

/** The request that reads a job: one GetItem, of a job of whoever asks. */
export function statusRequest(tableName: string, owner: JobOwner): string {
  return lines(
    ownerOf(owner),
    "#set($id = $input.params().path.get('id'))",
    `{"TableName": "${tableName}", "ConsistentRead": true, "Key": ${KEY_OF_CALLER}, "ProjectionExpression": "${SHOWN.join(', ')}"}`,
  );
}

/** The answer with a job, or 404. */
export function statusAnswer(retryAfterSeconds: number, owner: JobOwner): string {
  return ofCaller(owner, '$.Item', jobJson(retryAfterSeconds));
}

/** The answer when DynamoDB did not read the job. */
export function statusRefusal(): string {
  return lines(
    "#set($type = $input.path('$.__type'))",
    '#if($type.contains("ValidationException"))',
    // The id makes too long a key: no job has it.
    problem(UNKNOWN_JOB),
    throttledOrBroken(),
    '#end',
  );
}

/**
 * The request that cancels a job: one UpdateItem, of a job of whoever asks. One that is cancelled already is left as it is. If the job has
 * come to another end, is past its deadline, has expired, or is not there, the condition fails.
 */
export function cancelRequest(tableName: string, owner: JobOwner): string {
  return lines(
    ownerOf(owner),
    "#set($id = $input.params().path.get('id'))",
    '#set($now = $context.requestTimeEpoch / 1000)',
    '{',
    `"TableName": "${tableName}",`,
    `"Key": ${KEY_OF_CALLER},`,
    `"ConditionExpression": "(${JOB.status} = :cancelled OR (${JOB.status} IN (:pending, :running) AND ${JOB.deadline} > :now)) AND ${JOB.expiresAt} > :now",`,
    `"UpdateExpression": "SET ${JOB.status} = :cancelled",`,
    '"ExpressionAttributeValues": {',
    `":cancelled": {"S": "${STATUS.cancelled}"},`,
    `":pending": {"S": "${STATUS.pending}"},`,
    `":running": {"S": "${STATUS.running}"},`,
    '":now": {"N": "$now"}',
    '},',
    '"ReturnValues": "ALL_NEW",',
    '"ReturnValuesOnConditionCheckFailure": "ALL_OLD"',
    '}',
  );
}

/** The answer with the job that is cancelled now, or was before. */
export function cancelAnswer(): string {
  return lines("#set($job = $input.path('$.Attributes'))", `${jobBegin(STATUS.cancelled)}}`);
}

/** The answer when DynamoDB did not cancel the job. */
export function cancelRefusal(owner: JobOwner): string {
  return lines(
    "#set($type = $input.path('$.__type'))",
    '#if($type.contains("ConditionalCheckFailed"))',
    ofCaller(owner, '$.Item', problem({
      section: 'post-jobsidcancel',
      status: 409,
      title: 'The job has ended',
      detail: 'It came to another end before, and stays as it is.',
    })),
    '#elseif($type.contains("ValidationException"))',
    // The id makes too long a key: no job has it.
    problem(UNKNOWN_JOB),
    throttledOrBroken(),
    '#end',
  );
}

/**
 * The key of the job that the path names, among those of whoever asks. An id with a slash could reach into the jobs of an owner whose name
 * begins with this one's.
 */
const KEY_OF_CALLER = `{"${JOB.key}": {"S": "#if($owner != "" && $id.matches("[kr]-[0-9A-Za-z_-]+"))${escaped('$owner')}/$id#else${NO_JOB}#end"}}`;

/** What there is to say of the caller's job that is found by a path, as `$job`; or that there is none. */
function ofCaller(owner: JobOwner, path: string, answer: string): string {
  return lines(
    ownerOf(owner),
    `#set($job = $input.path('${path}'))`,
    '#if($owner == "")',
    problem(UNKNOWN_OWNER),
    `#elseif("$!job.${JOB.id}.S" == "")`,
    problem(UNKNOWN_JOB),
    '#else',
    CLOCK,
    '#if($now >= $expiresAt)',
    problem(UNKNOWN_JOB),
    '#else',
    answer,
    '#end',
    '#end',
  );
}

/** What the answer with a job is made of. */
const SHOWN = [
  JOB.id, JOB.status, JOB.progress, JOB.result, JOB.resultLocation, JOB.failureCode, JOB.failureReason, JOB.acceptedAt, JOB.deadline, JOB.expiresAt,
];

/** `$job`, as the caller sees it. Past its deadline it is a failure, whatever its worker does. */
function jobJson(retryAfterSeconds: number): string {
  return lines(
    `#set($status = $job.${JOB.status}.S)`,
    `#set($code = "$!job.${JOB.failureCode}.S")`,
    `#set($reason = "$!job.${JOB.failureReason}.S")`,
    `#set($open = $status == "${STATUS.pending}" || $status == "${STATUS.running}")`,
    `#if($open && $now >= $deadline)#set($open = false)#set($status = "${STATUS.failed}")#set($code = "${FAILURE.timeout}")#set($reason = "")#end`,
    `#if($open)#set($context.responseOverride.header.Retry-After = "${retryAfterSeconds}")#end`,
    `#if($code == "")#set($code = "${FAILURE.failed}")#end`,
    `#if($reason == "" && $code == "${FAILURE.timeout}")#set($reason = "The job did not end in time.")#end`,
    `#if($reason == "" && $code == "${FAILURE.stopped}")#set($reason = "The job was stopped.")#end`,
    '#if($reason == "")#set($reason = "The job failed.")#end',
    jobBegin(escaped('$status')) +
    `#if($status == "${STATUS.running}" && "$!job.${JOB.progress}.N" != ""), "progress": $job.${JOB.progress}.N#end` +
    `#if($status == "${STATUS.succeeded}" && "$!job.${JOB.result}.S" != ""), "result": $job.${JOB.result}.S#end` +
    `#if($status == "${STATUS.succeeded}" && "$!job.${JOB.resultLocation}.S" != ""), "resultLocation": "${escaped(`$job.${JOB.resultLocation}.S`)}"#end` +
    `#if($status == "${STATUS.failed}"), "error": {"code": "${escaped('$code')}", "message": "${escaped('$reason')}"}#end}`,
  );
}

/** The members that every job has. */
function jobBegin(status: string): string {
  return `{"id": "$job.${JOB.id}.S", "status": "${status}", "acceptedAt": $job.${JOB.acceptedAt}.N, "deadline": $job.${JOB.deadline}.N, "expiresAt": $job.${JOB.expiresAt}.N`;
}

/** How long the Base64 of so many bytes is. */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}
