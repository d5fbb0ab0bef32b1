import type { StockList } from './count-stock';
import { note } from './journal';
import { eachMessage } from './messages';
import { claim } from 'cdk-serverless-patterns-runtime';

/** Files the list of a night. */
export const handler = eachMessage(async (message) => {
  const { time, articles } = JSON.parse((await claim(message, { bucket: process.env.LISTS_BUCKET!, prefix: 'stock/' })).toString()) as StockList;
  await note(`filed/${time}`, { articles: articles.length, quantity: articles.reduce((sum, { quantity }) => sum + quantity, 0) });
});
