import { checkRules } from './check-rules';
import { findings } from '../../../src/delivery/rules/rule';
import type { TableFacts } from '../../../src/delivery/rules/table';
import { TABLE_RULES } from '../../../src/delivery/rules/table';

checkRules<TableFacts, TableFacts>({
  rules: () => TABLE_RULES,
  facts: (different) => ({ path: 'T', deletionPolicy: 'RetainExceptOnCreate', deletionProtection: true, ...different }),
  unknown: {},
  cases: {
    tableSnapshotPolicy: {
      breaks: [{ deletionPolicy: 'Snapshot' }, { deletionPolicy: 'Snapshot', path: undefined }],
      keeps: [{ deletionPolicy: 'Retain' }, { deletionPolicy: undefined }],
    },
    protectedTableDeleted: {
      breaks: [{ deletionPolicy: 'Delete' }, { deletionPolicy: 'Delete', path: undefined }],
      keeps: [{ deletionPolicy: 'Delete', deletionProtection: false }, { deletionPolicy: 'Delete', deletionProtection: undefined }, { deletionPolicy: undefined }],
    },
  },
});

test.each([
  [undefined, 'removalPolicy is snapshot,', 'deletionProtection is true, but removalPolicy is destroy,'],
  ['T', "removalPolicy of table 'T' is snapshot,", "deletionProtection of table 'T' is true, but its removalPolicy is destroy,"],
])('a table is called by its path if it has one: %s', (path, snapshot, destroyed) => {
  const textOf = (facts: TableFacts) => findings(TABLE_RULES, { path, ...facts }).map(({ text }) => text).join();
  expect(textOf({ deletionPolicy: 'Snapshot' })).toContain(snapshot);
  expect(textOf({ deletionPolicy: 'Delete', deletionProtection: true })).toContain(destroyed);
});
