import type { EventSourceParts } from './private/event-source';
import { eventSourceValues } from './private/event-source';
import { consumerFacts, filteredFacts, filterRules, readerRules } from './private/reader-rules';
import { problemsOfReaders } from './private/table-readers';
import { writesOf } from './private/write-back';
import type { TableFedFunction, TableFedFunctionProps } from './table-fed-function';
import type { TableFedPlan } from './table-fed-function.rules';
import { readStreamOf } from './table-fed-function.rules';
import { TABLE_WRITER_RULES } from '../delivery/rules/table-writer';
import { byProp, changedValues } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { timeoutValues } from '../private/lambda/handler-checks';

/** What breaks the promises of a table-fed function, now that the app is complete. */
export function checkAtSynthesis(
  pattern: TableFedFunction,
  props: TableFedFunctionProps,
  parts: EventSourceParts,
  { handlerTimeout, streamArn }: TableFedPlan,
): string[] {
  const { eventSource, table, handler } = pattern;
  const changed = changedValues([
    ...eventSourceValues(eventSource, props, parts, byProp('TableFedFunction')),
    ...timeoutValues(props.handler, handlerTimeout, 'the alarm on duration is'),
  ]);
  if (changed.length > 0) {
    return changed;
  }
  // For what somebody changed of the handler or the table.
  const read = readStreamOf(props);
  const { path } = table.node;
  return [
    ...reportFindings(pattern, readerRules(), consumerFacts(pattern, props, read)),
    ...reportFindings(pattern, filterRules(), filteredFacts(pattern, props, read)),
    ...reportFindings(pattern, TABLE_WRITER_RULES, {
      table: path, handler: handler.node.path, writes: writesOf(handler, table), filtered: props.filters !== undefined,
    }),
    ...problemsOfReaders(eventSource, streamArn, { path, replicated: read.replicated }),
  ];
}
