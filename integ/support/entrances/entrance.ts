import type * as iam from 'aws-cdk-lib/aws-iam';

/** One for each file beside this one. */
export type EntranceKind = 'queue' | 'topic' | 'claim-check' | 'upload' | 'stream' | 'table' | 'invocation' | 'event' | 'schedule' | 'delivery' | 'execution';

/** Where the messages of a run are sent. */
export interface Entrance {
  readonly kind: EntranceKind;
  /** What the sender needs to know, such as a URL or an ARN. */
  readonly address: string;
  /** Allows the ledger's producer to send. */
  grantSend(producer: iam.IGrantable): void;
}

export interface OutgoingMessage {
  readonly number: number;
  readonly body: string;
  /** Stands for the message where the body is not seen: see `markOf`. */
  readonly mark: string;
  readonly category?: string;
  readonly group?: string;
  /** How long the entrance holds it back, in seconds; where that is not possible it is not done. */
  readonly delaySeconds?: number;
  /** Two copies of one message have the same. */
  readonly deduplicationId: string;
}

/** That the entrance has taken a message over. */
export interface Confirmation {
  readonly number: number;
  readonly messageId: string;
  /** Of a FIFO entrance or a stream: the order in which it accepted. */
  readonly sequence?: string;
  /** Of a record of a stream: what stands for all that was sent. See `digestOf`. */
  readonly digest?: string;
}

/** That the entrance will not have a message. */
export interface Refusal {
  readonly number: number;
  readonly reason: string;
}

/** Sends to the entrances of one kind. */
export interface Sender {
  /** The largest body that the entrance takes, in bytes. */
  readonly limit: number;
  /** The most messages in one call. */
  readonly batchSize: number;
  /**
   * Sends at most `batchSize` messages.
   *
   * @returns what was confirmed and what was refused; a message that the service failed on is neither
   * @throws Error when the service refuses the request as a whole
   */
  send(address: string, messages: readonly OutgoingMessage[]): Promise<{ readonly confirmed: Confirmation[]; readonly refused: Refusal[] }>;
}
