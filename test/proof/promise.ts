/** What a page of the documentation promises, and the tests that fail where the library does not keep it. */
export interface DocumentedPromise {
  /** Does not change, so that the doubts can name it; unique among the promises of its group. */
  readonly id: string;
  /** In the words of the page. */
  readonly says: string;
  /** The anchor of the section that says it, or another page with one: `alarms.md#tuning`. */
  readonly section: string;
  readonly tests: readonly TestReference[];
  /** Why there is no test, where `tests` is empty. */
  readonly untested?: string;
}

export interface TestReference {
  /** From the root of the project. */
  readonly file: string;
  /** How `hasTest` knows it; without it, all that the file has. */
  readonly name?: string;
  /** The supplements without which the test could not show this, besides those that every drill of its kind needs (`means.ts`). */
  readonly supplements?: readonly string[];
}

/** The promises of one page. */
export interface PagePromises {
  /** The name of the pattern, as in `test/patterns.ts`, or of what all patterns share. */
  readonly name: string;
  readonly page: string;
  readonly promises: readonly DocumentedPromise[];
}

/** Refers to the tests of one file. */
export function testsIn(file: string): (name: string, ...supplements: string[]) => TestReference {
  return (name, ...supplements) => ({ file, name, ...(supplements.length > 0 ? { supplements } : {}) });
}
