import type { Place } from './aws';
import type { Form, Kept } from './kept';

/** A place in a bucket where what failed is kept, and who is given it again. */
export interface Store extends Place {
  /** What lies in it, in words. */
  readonly title: string;
  /** Undefined if the objects have to say. */
  readonly form?: Form | undefined;
  /** Of the function or of the Firehose stream. */
  readonly name?: string | undefined;
  /** Who is given this again. */
  readonly targetOf: (kept: Replayable) => Target | Refusal;
}

export type Replayable = Exclude<Kept, { readonly unusable: string }>;

export type Target = { readonly functionName: string } | { readonly deliveryStream: string };

export interface Refusal {
  readonly refused: string;
}

export function urlOf({ bucket, prefix }: Place, key = prefix): string {
  return `s3://${bucket}/${key}`;
}

/** The name in the name, ARN or partial ARN of a function, without its qualifier. */
export function functionNameOf(nameOrArn: string): string {
  return (/(?:^|:)function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn).split(':')[0] ?? nameOrArn;
}

/** Whether two names or ARNs can be of one function, or of versions or aliases of it. */
export function isSameFunction(one: string, other: string): boolean {
  const [oneHome, otherHome] = [homeOf(one), homeOf(other)];
  return functionNameOf(one) === functionNameOf(other) && (oneHome === undefined || otherHome === undefined || oneHome === otherHome);
}

function homeOf(arn: string): string | undefined {
  return /^arn:[^:]+:lambda:([^:]*:[^:]*):/.exec(arn)?.[1];
}
