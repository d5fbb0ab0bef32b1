import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './structs';

/** One row of the table of defaults on a pattern's page. */
export interface DefaultsRow {
  readonly what: string;
  readonly value: string;
  readonly why: string;
  readonly source: string;
}

/** The page of a pattern: `QueueFedFunction` is described in docs/queue-fed-function.md. */
export function pageOf(pattern: string): string {
  return `docs/${fileNameOf(pattern)}.md`;
}

/** What the files of a pattern are called: `queue-fed-function`. */
export function fileNameOf(pattern: string): string {
  return pattern.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

/** The table under the heading `Defaults` of a page, by the names of its columns. */
export function defaultsTable(page: string): DefaultsRow[] {
  const section = read(page).split(/^(?=#+ )/m).find((text) => /^#+ Defaults\s*$/m.test(text)) ?? '';
  const table = section.split('\n').filter((line) => line.startsWith('|'));
  const [columns = [], , ...rows] = table.map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  if (rows.length === 0) {
    throw new Error(`${page} has no table under a heading 'Defaults'`);
  }
  const cell = (row: string[], column: string) => row[columns.findIndex((name) => name.toLowerCase() === column)] ?? '';
  return rows.map((row) => ({ what: cell(row, 'what'), value: cell(row, 'value'), why: cell(row, 'why'), source: cell(row, 'source') }));
}

/** What a page says of the checks. */
export function checksOn(page: string): string {
  return read(page).split(/^(?=## )/m).find((text) => text.startsWith('## What is checked')) ?? '';
}

/** The anchors that GitHub gives the headings of a page; undefined if there is no such page. */
export function anchorsOf(page: string): string[] | undefined {
  if (!fs.existsSync(path.join(ROOT, page))) {
    return undefined;
  }
  return [...read(page).matchAll(/^#+ +(.+?)\s*$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replace(/ /g, '-');
}

function read(page: string): string {
  return fs.readFileSync(path.join(ROOT, page), 'utf8');
}
