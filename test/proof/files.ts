import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { ROOT } from '../rigs/structs';

/** Separates the titles of nested blocks in the name of a test, as in the output of Jest. */
const SEPARATOR = ' › ';

export function exists(name: string): boolean {
  return fs.existsSync(path.join(ROOT, name));
}

export function read(name: string): string {
  return fs.readFileSync(path.join(ROOT, name), 'utf8');
}

const titles = new Map<string, readonly string[]>();

export function write(name: string, text: string): void {
  fs.writeFileSync(path.join(ROOT, name), text);
}

/**
 * Whether a file has a test of this name.
 *
 * - A Jest file: the titles of the blocks around it and its own, joined by ' › '. Titles of `each` are templates, as they stand in the source.
 * - A Python file: the name of the function.
 * - Any other file, such as an integ test: what it asserts, or says that it asserts, as it stands there.
 */
export function hasTest(file: string, name: string): boolean {
  if (file.endsWith('.test.ts')) {
    const known = titles.get(file) ?? titlesIn(file, read(file));
    titles.set(file, known);
    return known.includes(name);
  }
  return file.endsWith('.py') ? new RegExp(`^(async )?def ${name}\\(`, 'm').test(read(file)) : read(file).includes(name);
}

/** The names of all tests in a Jest file. */
export function titlesIn(file: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node, around: readonly string[]): void => {
    const block = ts.isCallExpression(node) ? blockOf(node) : undefined;
    if (block === undefined) {
      ts.forEachChild(node, (child) => visit(child, around));
    } else if (block.isTest) {
      found.push([...around, block.title].join(SEPARATOR));
    } else {
      block.bodies.forEach((body) => visit(body, [...around, block.title]));
    }
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true), []);
  return found;
}

interface Block {
  readonly isTest: boolean;
  readonly title: string;
  readonly bodies: readonly ts.Node[];
}

/** A call such as `test('…', …)`, `describe.each(…)('…', …)` or `(found ? describe : describe.skip)('…', …)`. */
function blockOf({ expression, arguments: [title, ...bodies] }: ts.CallExpression): Block | undefined {
  const callee = (ts.isCallExpression(expression) ? expression.expression : expression).getText();
  const [, kind] = /^(?:\([^)]*\? )?(test|describe)(?:If)?\b/.exec(callee) ?? [];
  return kind !== undefined && title && ts.isStringLiteralLike(title) ? { isTest: kind === 'test', title: title.text, bodies } : undefined;
}
