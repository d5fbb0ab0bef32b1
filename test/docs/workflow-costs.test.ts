import { readFileSync } from 'node:fs';
import { breakEvenSeconds, expressCost, JOBS, PAGE, standardCost, TRANSITIONS, withTable } from './workflow-costs';
import { make, resourceOf } from '../jobs/fixtures';

const page = readFileSync(PAGE, 'utf8');
const WRITE = 'run `npx tsx test/docs/workflow-costs.ts`, and commit what it writes';

test('the table is the one that the prices lead to', () => {
  expect({ WRITE, page: withTable(page) }).toEqual({ WRITE, page });
  expect(page).toContain('\n| 240 seconds | ');
});

test('a job that is done takes as many transitions as are counted', () => {
  const { DefinitionString: definition } = resourceOf(make().stack, 'AWS::StepFunctions::StateMachine', 'JobsEngineWorkflow').Properties;
  const text = (definition['Fn::Join'][1] as unknown[]).filter((part): part is string => typeof part === 'string').join('');
  const { StartAt, States } = JSON.parse(text) as { StartAt: string; States: Record<string, { Next?: string }> };
  const way = [StartAt];
  for (let { Next: next } = States[StartAt]!; next !== undefined; { Next: next } = States[next]!) {
    way.push(next);
  }
  expect(way).toEqual(['TakeJob', 'Work', 'RecordResult']);
  expect(TRANSITIONS).toBe(way.length + 1);
});

test('the row of the parts says what the workflow costs, by each type', () => {
  const tenSeconds = JOBS * 10 * 64 / 1024 / 3600;
  expect(page).toContain(`${TRANSITIONS} transitions a job at 25 a million | ${standardCost(JOBS).toFixed(2)} |`);
  expect(page).toContain(`1 million requests at 1.00 a million, and ${Math.round(tenSeconds)} GB-hours at 0.06 for jobs of 10 seconds | ${expressCost(JOBS, 10).toFixed(2)} |`);
});

test('the prices of a GB-hour fall with their number', () => {
  // The fourth example of the price list: a hundred million workflows of 10 seconds.
  expect(expressCost(100_000_000, 10)).toBeCloseTo(482.97, 2);
});

test('the page says from when on an Express workflow costs more', () => {
  expect(expressCost(1000, breakEvenSeconds)).toBeCloseTo(standardCost(1000), 6);
  expect(page).toContain(`Jobs of up to ${Math.round(breakEvenSeconds)} seconds cost less with Express`);
  const ofAMillion = Array.from({ length: 240 }, (_, seconds) => seconds).filter((seconds) => expressCost(JOBS, seconds) < standardCost(JOBS)).at(-1);
  expect(page).toContain(`At a million jobs a month, it is ${ofAMillion} seconds`);
});
