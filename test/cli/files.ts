import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { run } from '../../cli/src/main';

/** A folder with these files: of JSON, or of the text that is given. */
export function folder(files: Readonly<Record<string, unknown>>): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-'));
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return directory;
}

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the tool in this process. */
export async function runCli(argv: readonly string[], colors = false): Promise<Outcome> {
  const written = { out: '', err: '' };
  const status = await run(argv, { out: (text) => { written.out += text; }, err: (text) => { written.err += text; }, colors });
  return { status, ...written };
}

/** What `check` finds, as `id at logicalId`. */
export async function found(...paths: readonly string[]): Promise<string[]> {
  const { out, err } = await runCli(['check', '--format', 'json', ...paths]);
  if (err !== '') {
    throw new Error(err);
  }
  return (JSON.parse(out) as { id: string; logicalId: string }[]).map(({ id, logicalId }) => `${id} at ${logicalId}`);
}
