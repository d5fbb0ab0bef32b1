import * as fs from 'node:fs';
import * as path from 'node:path';

/** The templates of a cloud assembly, by file name. Only the order of keys, which differs from language to language and means nothing, is left out of a comparison. */
export type Templates = Readonly<Record<string, unknown>>;

export function templatesIn(assembly: string): Templates {
  const files = fs.readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(files.map((file) => [file, JSON.parse(fs.readFileSync(path.join(assembly, file), 'utf8')) as unknown]));
}

/** Where `actual` differs from `expected`: one line for each place, in the manner of a diff. */
export function differences(expected: unknown, actual: unknown, where: readonly string[] = []): string[] {
  if (isTree(expected) && isTree(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    return keys.flatMap((key) => differences(expected[key], actual[key], [...where, key]));
  }
  if (expected === actual) {
    return [];
  }
  return [
    ...(expected === undefined ? [] : [`- ${where.join('.')}: ${JSON.stringify(expected)}`]),
    ...(actual === undefined ? [] : [`+ ${where.join('.')}: ${JSON.stringify(actual)}`]),
  ];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
