import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './dynamodb';
import { note } from './journal';
import type { BranchItem } from './stock';
import type { Transfer } from './transfers';

/** Has a carrier take the goods to the branch. This is the last step: when it is done, the transfer is. */
export async function handler({ transfer, article, quantity }: Transfer): Promise<void> {
  const { Item } = await dynamodb.send(new GetCommand({ TableName: process.env.BRANCH_TABLE, Key: { article } }));
  const { carrier } = Item as BranchItem;
  await hire(carrier, { id: transfer, article, quantity });
  await note(`carried/${transfer}`, { article, quantity, carrier });
}

/** Stands in for a carrier's API. A real one takes the id for an idempotency key, so that goods that are announced again are not fetched twice. */
async function hire(carrier: string, freight: { readonly id: string; readonly article: string; readonly quantity: number }): Promise<void> {
  if (carrier === 'test-refuses') {
    throw new Error(`${carrier} does not carry ${freight.article}: ${freight.id}`);
  }
}
