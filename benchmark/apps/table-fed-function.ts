import type { AddPattern } from './add-pattern';
import { streamedTable } from './streamed-table';
import { TableFedFunction } from 'cdk-serverless-patterns';

/** The pattern of this library, with its defaults, for the changes of a table. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const table = streamedTable(stack, `${id}Table`);
  new TableFedFunction(stack, id, { table, handler });
};
