/** What the command asks of AWS: with the SDK in aws-clients.ts, with a fake in its tests. */
export interface Aws {
  /** All objects below a prefix, in no order that is relied on. */
  readonly list: (place: Place) => AsyncIterable<StoredObject>;
  /** @returns undefined if the object is not there any more */
  readonly read: (place: Place, key: string) => Promise<Uint8Array | undefined>;
  readonly remove: (place: Place, key: string) => Promise<void>;
  /** Invokes a function and waits for its answer. */
  readonly invoke: (functionName: string, event: string) => Promise<Invocation>;
  /** @returns for each record, why it was not accepted */
  readonly put: (deliveryStream: string, records: readonly Uint8Array[]) => Promise<readonly (string | undefined)[]>;
  /** Those of a stack, without those of the stacks nested in it. */
  readonly resources: (stack: string) => Promise<readonly StackResource[]>;
  readonly mapping: (id: string) => Promise<Mapping>;
  /** How a function is invoked asynchronously, for each qualifier that has settings of its own. */
  readonly asyncSettings: (functionName: string) => Promise<readonly AsyncSettings[]>;
  readonly deliveryStream: (name: string) => Promise<DeliveryStream>;
}

export interface Place {
  readonly bucket: string;
  readonly prefix: string;
  /** The account that the bucket must belong to, where that is known. */
  readonly owner?: string | undefined;
}

export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
  readonly stored: Date;
}

/** What came of an invocation: what the function returned, or how it failed. */
export type Invocation = { readonly answer: string } | { readonly error: string };

export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

export interface Mapping {
  readonly functionArn: string;
  /** The ARN of the on-failure destination. */
  readonly destination?: string | undefined;
}

export interface AsyncSettings {
  /** With the qualifier. */
  readonly functionArn: string;
  readonly destination?: string | undefined;
}

export interface DeliveryStream {
  readonly arn: string;
  /** Whether it reads a Kinesis stream, so that nothing can be put into it. */
  readonly readsStream: boolean;
  /** Where it delivers to, if that is S3. */
  readonly s3?: { readonly bucketArn: string; readonly prefix: string; readonly errorPrefix: string } | undefined;
}

/** AWS refuses something without which it makes no sense to go on. */
export class AwsError extends Error {
  public override readonly name = 'AwsError';
}

/** The class is in both files of the package, so that the name has to tell. */
export function isAwsError(error: unknown): error is AwsError {
  return error instanceof Error && error.name === 'AwsError';
}
