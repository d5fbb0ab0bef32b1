import { checkRules } from './check-rules';
import type { TableWriterFacts } from '../../../src/delivery/rules/table-writer';
import { TABLE_WRITER_RULES } from '../../../src/delivery/rules/table-writer';

checkRules({
  rules: () => TABLE_WRITER_RULES,
  facts: (different: Partial<TableWriterFacts> = {}): TableWriterFacts => ({ table: 'T', handler: 'F', writes: [], filtered: false, ...different }),
  unknown: { table: 'T', handler: 'F', writes: [] },
  cases: {
    tableWritesBack: {
      breaks: [{ writes: ['dynamodb:PutItem'] }],
      keeps: [{ writes: ['dynamodb:PutItem'], filtered: true }, { writes: ['dynamodb:PutItem'], filtered: undefined }],
    },
  },
  warnings: ['tableWritesBack'],
});
