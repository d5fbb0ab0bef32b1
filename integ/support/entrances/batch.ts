import type { Confirmation, OutgoingMessage, Refusal } from './entrance';

/** What SQS and SNS answer to a batch, whose entries have the places of the messages for their ids. */
export interface BatchAnswer {
  readonly Successful?: readonly { Id?: string | undefined; MessageId?: string | undefined; SequenceNumber?: string | undefined }[] | undefined;
  readonly Failed?:
  readonly { Id?: string | undefined; SenderFault?: boolean | undefined; Code?: string | undefined; Message?: string | undefined }[] | undefined;
}

export interface Acceptance {
  readonly confirmed: Confirmation[];
  readonly refused: Refusal[];
}

/** Reads the answer to a batch of these messages. What failed by a fault of the service is in neither list. */
export function acceptanceOf(answer: BatchAnswer, messages: readonly OutgoingMessage[]): Acceptance {
  const numberOf = (id: string | undefined) => messages[Number(id)]!.number;
  return {
    confirmed: (answer.Successful ?? []).map(({ Id, MessageId, SequenceNumber }) => ({
      number: numberOf(Id), messageId: MessageId!, ...(SequenceNumber ? { sequence: SequenceNumber } : {}),
    })),
    refused: (answer.Failed ?? [])
      .filter(({ SenderFault }) => SenderFault)
      .map(({ Id, Code, Message }) => ({ number: numberOf(Id), reason: `${Code}: ${Message}` })),
  };
}
