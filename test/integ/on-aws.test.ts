import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { recordOnAws } from '../../integ/runner/on-aws';

test('of each test its last run on AWS is kept, in the order of their names', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'on-aws-')), 'on-aws.json');
  const old = (name: string) => ({ test: name, date: '2026-01-01', region: 'us-east-1', commit: 'abc' });
  fs.writeFileSync(file, JSON.stringify({ runs: ['topic-fan-out', 'canary-function'].map(old) }));
  recordOnAws(['topic-fan-out', 'queue-fed-function'], 'eu-west-1', file, new Date('2026-11-29T23:00:00Z'));
  const { runs } = JSON.parse(fs.readFileSync(file, 'utf8')) as { runs: object[] };
  const now = (name: string) => ({ test: name, date: '2026-11-29', region: 'eu-west-1', commit: expect.stringMatching(/^[0-9a-f]{7,}( with changes)?$/) as string });
  expect(runs).toEqual([old('canary-function'), now('queue-fed-function'), now('topic-fan-out')]);
  fs.rmSync(path.dirname(file), { recursive: true });
});
