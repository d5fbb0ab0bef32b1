import type { Context } from 'aws-lambda';
import { handler as record } from './invoked';

/** Does nothing but record the events of EventBridge that it is invoked with. */
export async function handler({ id, detail }: { readonly id: string; readonly detail: object }, context: Context): Promise<object> {
  return record({ messageId: id, body: JSON.stringify(detail) }, context);
}
