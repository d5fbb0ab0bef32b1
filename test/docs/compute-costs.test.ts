import { readFileSync } from 'node:fs';
import { breakEvenBurst, breakEvenHours, breakEvenShare, fargateHour, lambdaHour, PAGE, PICTURE, picture, WAYS, withTable } from './compute-costs';

const page = readFileSync(PAGE, 'utf8');
const WRITE = 'run `npx tsx test/docs/compute-costs.ts`, and commit what it writes';

test('the table and the picture are those that the prices lead to', () => {
  expect({ WRITE, page: withTable(page) }).toEqual({ WRITE, page });
  expect({ WRITE, picture: readFileSync(PICTURE, 'utf8') }).toEqual({ WRITE, picture: picture() });
  expect(page).toContain('\n| 1,000 | ');
});

test('Lambda sells memory and CPU together, Fargate apart', () => {
  expect(lambdaHour(1)).toBeCloseTo(3600 * 0.0000133334 * 1769 / 1024, 10);
  expect(lambdaHour(4)).toBeCloseTo(3600 * 0.0000133334 * 4, 10);
  expect(fargateHour(4)).toBeCloseTo(0.03238 + 4 * 0.00356, 10);
});

test('at the crossover both cost the same', () => {
  const [lambda, , withNat] = WAYS as [typeof WAYS[0], typeof WAYS[0], typeof WAYS[0]];
  expect(withNat.cost(breakEvenHours)).toBeCloseTo(lambda.cost(breakEvenHours), 6);
  expect(breakEvenHours).toBeGreaterThan(650);
  expect(breakEvenHours).toBeLessThan(750);
});

test.each([[2, 41, 12], [4, 24, 5], [8, 16, 3]])('the page says from when on a task with %d GB costs less', (gb, percent, minutes) => {
  expect(Math.round(100 * breakEvenShare(gb))).toBe(percent);
  expect(Math.round(breakEvenBurst(gb))).toBe(minutes);
  expect(page).toMatch(new RegExp(`${percent} percent[^.]*with ${gb} GB|${percent} percent with ${gb} GB`));
  expect(page).toMatch(new RegExp(`\\b${minutes} (minutes )?with ${gb} GB`));
});
