import * as fs from 'node:fs';

/** Something cannot be written. */
export class UnwritableError extends Error {
  public constructor(file: string, cause: unknown) {
    super(`cannot write ${file}: ${(cause as Error).message}`);
    this.name = 'UnwritableError';
  }
}

/** @throws UnwritableError */
export function write(file: string, content: string): void {
  try {
    fs.writeFileSync(file, content);
  } catch (error) {
    throw new UnwritableError(file, error);
  }
}
