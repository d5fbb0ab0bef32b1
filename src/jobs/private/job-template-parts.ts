import { JOB } from './job-record';
import type { ProblemDetails } from '../../private/apigateway/problem-details';
import { PROBLEM_MEDIA_TYPE, problemJson } from '../../private/apigateway/problem-details';

/*
 * What several mapping templates have in common.
 */

/** How the templates name whoever sends a request, by how the API authorizes. */
export enum JobOwner {
  /** IAM: the role or user, without the name of the session, which changes when the same caller gets new credentials. */
  IAM = 'IAM',
  COGNITO = 'COGNITO',
  /** A Lambda authorizer. */
  CUSTOM = 'CUSTOM',
}

/** An authorizer that lets a request pass without saying whose it is; a token without a subject. */
export const UNKNOWN_OWNER: ProblemDetails = {
  section: 'errors', status: 403, title: 'Forbidden', detail: 'The request is authorized, but does not tell who sends it, and a job belongs to somebody.',
};

export const UNKNOWN_JOB: ProblemDetails = { status: 404, title: 'Not Found', detail: 'There is no such job, or it has expired.' };

/** Sets `$now`, and `$deadline` and `$expiresAt` of `$job`, as numbers: those of DynamoDB come as text. */
export const CLOCK = [
  '#set($now = $context.requestTimeEpoch / 1000)',
  `#set($times = $util.parseJson("[$job.${JOB.deadline}.N, $job.${JOB.expiresAt}.N]"))`,
  '#set($deadline = $times[0])',
  '#set($expiresAt = $times[1])',
].join('\n');

/** Branches of a refusal that does not come from the request. What DynamoDB says of it stays here. */
export function throttledOrBroken(): string {
  return lines(
    '#elseif($type.contains("Throttl") || $type.contains("ThroughputExceeded") || $type.contains("RequestLimitExceeded"))',
    '#set($context.responseOverride.header.Retry-After = "1")',
    problem({ status: 503, title: 'Service Unavailable' }),
    '#else',
    problem({ status: 500, title: 'Internal Server Error' }),
  );
}

/** Sets status, media type and body of a problem. */
export function problem(details: ProblemDetails): string {
  return lines(
    `#set($context.responseOverride.status = ${details.status})`,
    `#set($context.responseOverride.header.Content-Type = "${PROBLEM_MEDIA_TYPE}")`,
    problemJson(details),
  );
}

/** Sets `$owner`: whoever sends the request, by a name that stays the same and is no other's. Empty if it cannot be known. */
export function ownerOf(owner: JobOwner): string {
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
export function escaped(expression: string): string {
  return `$util.escapeJavaScript(${expression}).replaceAll("\\\\'", "'")`;
}

export function lines(...parts: string[]): string {
  return parts.join('\n');
}
