import { noteNewest } from './journal';
import { eachMessage } from './messages';
import type { StockLevel } from './stock';

/** Keeps for the shop how much is there of an article. */
export const handler = eachMessage(async ({ body }) => {
  const { article, quantity, version } = (JSON.parse(body) as { detail: StockLevel }).detail;
  await noteNewest(`shown/${article}`, { quantity, version });
});
