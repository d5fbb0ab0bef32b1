import * as fs from 'node:fs';

export type TestOutcome = 'passed' | 'failed' | 'skipped';

export interface TestCase {
  /** The name of its test file, such as `test_pipes.py`. */
  readonly file: string;
  readonly outcome: TestOutcome;
}

/** The tests in a report that pytest wrote. What cannot be collected or torn down is there as a test that failed. */
export function testCasesIn(report: string): TestCase[] {
  return [...fs.readFileSync(report, 'utf8').matchAll(/<testcase classname="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, name = '', body = '']) => ({
    file: `${name.split('.').find((part) => part.startsWith('test_'))}.py`,
    outcome: /<(failure|error)\b/.test(body) ? 'failed' : /<skipped\b/.test(body) ? 'skipped' : 'passed',
  }));
}
