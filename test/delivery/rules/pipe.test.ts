import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { PipeFacts } from '../../../src/delivery/rules/pipe';
import { PIPE_RULES } from '../../../src/delivery/rules/pipe';
import { findings } from '../../../src/delivery/rules/rule';

const STANDARD = { path: 'M', express: false, awaited: false, watched: true, recorded: false };
const EXPRESS = { path: 'M', express: true, awaited: true, watched: false, recorded: false };

function facts(different: Partial<PipeFacts> = {}): PipeFacts {
  return {
    name: 'pipe \'P\'',
    kind: 'stream',
    retentionSeconds: 86_400,
    attempts: 5,
    recordAgeSeconds: 3600,
    batchSize: 10,
    bisects: true,
    startingPosition: 'TRIM_HORIZON',
    setsAside: true,
    stateMachine: STANDARD,
    ...different,
  };
}

const CASES: RuleCases<Partial<PipeFacts>> = {
  pipeWithoutDeadLetterQueue: {
    breaks: [{ setsAside: false }, { setsAside: false, kind: 'table' }],
    keeps: [{ setsAside: undefined }, { setsAside: false, kind: undefined }],
  },
  pipeRetriesUnbounded: {
    breaks: [{ attempts: -1, recordAgeSeconds: -1 }, { attempts: -1, recordAgeSeconds: -1, kind: 'table' }],
    keeps: [
      { attempts: -1 }, { recordAgeSeconds: -1 },
      { attempts: -1, recordAgeSeconds: undefined }, { attempts: -1, recordAgeSeconds: -1, kind: undefined },
    ],
  },
  pipeRecordAgeBeyondRetention: {
    breaks: [{ recordAgeSeconds: 86_400 }, { recordAgeSeconds: 86_400, kind: undefined }],
    keeps: [{ recordAgeSeconds: 86_399 }, { retentionSeconds: undefined, recordAgeSeconds: 86_400 }, { recordAgeSeconds: undefined }],
  },
  pipeStartsLatest: {
    breaks: [{ startingPosition: 'LATEST' }],
    keeps: [{ startingPosition: 'AT_TIMESTAMP' }, { startingPosition: undefined }, { startingPosition: 'LATEST', kind: undefined }],
  },
  pipeBatchNotBisected: {
    breaks: [{ bisects: false }, { bisects: false, batchSize: 2 }],
    keeps: [{ bisects: false, batchSize: 1 }, { bisects: undefined }, { bisects: false, batchSize: undefined }, { bisects: false, kind: undefined }],
  },
  pipeWaitsForStandardWorkflow: {
    breaks: [{ stateMachine: { ...STANDARD, awaited: true } }, { stateMachine: { ...STANDARD, awaited: true, watched: false } }],
    keeps: [
      { stateMachine: EXPRESS }, { stateMachine: { ...STANDARD, express: undefined, awaited: true } },
      { stateMachine: { ...STANDARD, awaited: undefined } }, { stateMachine: undefined },
    ],
  },
  pipeForgetsFailures: {
    breaks: [
      { stateMachine: { ...STANDARD, watched: false } }, { stateMachine: { ...EXPRESS, awaited: false } },
      { stateMachine: { ...EXPRESS, awaited: false, watched: true } },
    ],
    keeps: [
      { stateMachine: { ...STANDARD, watched: undefined } }, { stateMachine: { ...STANDARD, watched: false, express: undefined } },
      { stateMachine: { ...STANDARD, watched: false, awaited: undefined } },
      { stateMachine: { ...STANDARD, watched: false, recorded: true } }, { stateMachine: { ...EXPRESS, awaited: false, recorded: true } },
      { stateMachine: { ...EXPRESS, awaited: false, recorded: undefined } },
    ],
  },
};

checkRules({
  rules: () => PIPE_RULES,
  facts,
  unknown: { name: 'pipe' },
  cases: CASES,
  warnings: ['pipeWithoutDeadLetterQueue', 'pipeRetriesUnbounded', 'pipeRecordAgeBeyondRetention', 'pipeStartsLatest', 'pipeForgetsFailures'],
  notes: ['pipeBatchNotBisected'],
});

test.each([['stream', 'KinesisStreamParameters'], ['table', 'DynamoDBStreamParameters']] as const)('settings for a %s are named as CloudFormation does', (kind, parameters) => {
  const broken = facts({ kind, setsAside: false, attempts: -1, recordAgeSeconds: -1, bisects: false, startingPosition: 'LATEST' });
  const texts = findings(PIPE_RULES, broken).map(({ text }) => text);
  expect(texts).toHaveLength(4);
  expect(texts.filter((text) => !text.includes(`SourceParameters.${parameters}.`))).toEqual([]);
});

test('the fix of a forgotten failure is that of the type of the state machine', () => {
  const fixOf = (stateMachine: PipeFacts['stateMachine']) => findings(PIPE_RULES, facts({ stateMachine })).map(({ fix }) => fix).join();
  expect(fixOf({ ...STANDARD, watched: false })).toMatch(/AWS::Events::Rule/);
  expect(fixOf({ ...EXPRESS, awaited: false })).toMatch(/InvocationType: REQUEST_RESPONSE$/);
});
