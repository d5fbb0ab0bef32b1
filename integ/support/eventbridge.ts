import { callJsonApi } from './json-api';

/** What EventBridge says of one event: that it has it, or why not. */
export interface EventAnswer {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** The events of a ledger's run have this source, and the category of the message for their type. */
export const LEDGER_SOURCE = 'ledger';

/** Sends events of a run to a bus: the bodies of messages, with their categories. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export async function putEvents(
  eventBusName: string,
  messages: readonly { readonly body: string; readonly category?: string }[],
): Promise<readonly EventAnswer[]> {
  const { Entries: answers } = await callEvents<{ Entries: readonly EventAnswer[] }>('PutEvents', {
    Entries: messages.map(({ body, category = 'message' }) => ({ EventBusName: eventBusName, Source: LEDGER_SOURCE, DetailType: category, Detail: body })),
  });
  return answers;
}

export function callEvents<T>(action: string, input: object): Promise<T> {
  return callJsonApi<T>('events', `AWSEvents.${action}`, input);
}
