import { FAILURE, JOB, STATUS } from './job-record';
import type { ProblemDetails } from '../../private/apigateway/problem-details';
import { PROBLEM_MEDIA_TYPE, problemJson } from '../../private/apigateway/problem-details';

/*
 * The mapping templates of the two methods, in VTL as API Gateway runs it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 *
 * What a request contains gets into JSON by way of escapeJavaScript only. API Gateway's own escapes an apostrophe, which JSON knows no
 * escape for, so that one is taken back. A header or a status must not be overridden twice, so each way through a template sets it once.
 */

/** How the templates name whoever sends a request, by how the API authorizes. */
export enum JobOwner {
  /** IAM: the role or user, without the name of the session, which changes when the same caller gets new credentials. */
  IAM = 'IAM',
  COGNITO = 'COGNITO',
  /** A Lambda authorizer. */
  CUSTOM = 'CUSTOM',
}

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
    // An id with a slash could reach into the jobs of an owner whose name begins with this one's.
    `{"TableName": "${tableName}", "ConsistentRead": true, "Key": {"${JOB.key}": {"S": "#if($owner != "" && $id.matches("[kr]-[0-9A-Za-z_-]+"))` +
    `${escaped('$owner')}/$id#else${NO_JOB}#end"}}, "ProjectionExpression": "${SHOWN.join(', ')}"}`,
  );
}

/** The answer with a job, or 404. */
export function statusAnswer(retryAfterSeconds: number, owner: JobOwner): string {
  return lines(
    ownerOf(owner),
    "#set($job = $input.path('$.Item'))",
    '#if($owner == "")',
    problem(UNKNOWN_OWNER),
    `#elseif("$!job.${JOB.id}.S" == "")`,
    problem(UNKNOWN_JOB),
    '#else',
    CLOCK,
    '#if($now >= $expiresAt)',
    problem(UNKNOWN_JOB),
    '#else',
    jobJson(retryAfterSeconds),
    '#end',
    '#end',
  );
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

/** An authorizer that lets a request pass without saying whose it is; a token without a subject. */
const UNKNOWN_OWNER: ProblemDetails = {
  section: 'errors', status: 403, title: 'Forbidden', detail: 'The request is authorized, but does not tell who sends it, and a job belongs to somebody.',
};

const UNKNOWN_JOB: ProblemDetails = { status: 404, title: 'Not Found', detail: 'There is no such job, or it has expired.' };

/** What the answer with a job is made of. */
const SHOWN = [
  JOB.id, JOB.status, JOB.progress, JOB.result, JOB.resultLocation, JOB.failureCode, JOB.failureReason, JOB.acceptedAt, JOB.deadline, JOB.expiresAt,
];

/** Sets `$now`, and `$deadline` and `$expiresAt` of `$job`, as numbers: those of DynamoDB come as text. */
const CLOCK = [
  '#set($now = $context.requestTimeEpoch / 1000)',
  `#set($times = $util.parseJson("[$job.${JOB.deadline}.N, $job.${JOB.expiresAt}.N]"))`,
  '#set($deadline = $times[0])',
  '#set($expiresAt = $times[1])',
].join('\n');

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
    `{"id": "$job.${JOB.id}.S", "status": "${escaped('$status')}", "acceptedAt": $job.${JOB.acceptedAt}.N, "deadline": $deadline, "expiresAt": $expiresAt` +
    `#if($status == "${STATUS.running}" && "$!job.${JOB.progress}.N" != ""), "progress": $job.${JOB.progress}.N#end` +
    `#if($status == "${STATUS.succeeded}" && "$!job.${JOB.result}.S" != ""), "result": $job.${JOB.result}.S#end` +
    `#if($status == "${STATUS.succeeded}" && "$!job.${JOB.resultLocation}.S" != ""), "resultLocation": "${escaped(`$job.${JOB.resultLocation}.S`)}"#end` +
    `#if($status == "${STATUS.failed}"), "error": {"code": "${escaped('$code')}", "message": "${escaped('$reason')}"}#end}`,
  );
}

/** Branches of a refusal that does not come from the request. What DynamoDB says of it stays here. */
function throttledOrBroken(): string {
  return lines(
    '#elseif($type.contains("Throttl") || $type.contains("ThroughputExceeded") || $type.contains("RequestLimitExceeded"))',
    '#set($context.responseOverride.header.Retry-After = "1")',
    problem({ status: 503, title: 'Service Unavailable' }),
    '#else',
    problem({ status: 500, title: 'Internal Server Error' }),
  );
}

/** Sets status, media type and body of a problem. */
function problem(details: ProblemDetails): string {
  return lines(
    `#set($context.responseOverride.status = ${details.status})`,
    `#set($context.responseOverride.header.Content-Type = "${PROBLEM_MEDIA_TYPE}")`,
    problemJson(details),
  );
}

/** Sets `$owner`: whoever sends the request, by a name that stays the same and is no other's. Empty if it cannot be known. */
function ownerOf(owner: JobOwner): string {
  switch (owner) {
    case JobOwner.IAM:
      return lines(
        // All users of an identity pool have one role; each has an identity.
        '#set($owner = "$!context.identity.cognitoIdentityId")',
        '#if($owner == "")#set($owner = "$!context.identity.userArn")#end',
        '#if($owner.contains(":assumed-role/"))#set($owner = $owner.substring(0, $owner.lastIndexOf("/")))#end',
      );
    case JobOwner.COGNITO:
      return '#set($owner = "$!context.authorizer.claims.sub")';
    case JobOwner.CUSTOM:
      return '#set($owner = "$!context.authorizer.principalId")';
  }
}

/** An expression whose text is safe between the quotation marks of JSON. */
function escaped(expression: string): string {
  return `$util.escapeJavaScript(${expression}).replaceAll("\\\\'", "'")`;
}

/** How long the Base64 of so many bytes is. */
function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function lines(...parts: string[]): string {
  return parts.join('\n');
}
