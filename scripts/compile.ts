import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Compiles the library as it is published: with jsii, and then with an index that loads a file only when something of it is used. An app that uses one
 * pattern pays for that pattern alone, and for those of the CDK's modules that it needs.
 */
const ROOT = path.join(__dirname, '..');

interface Assembly {
  readonly types: Readonly<Record<string, { readonly kind: 'class' | 'enum' | 'interface'; readonly name: string; readonly symbolId: string }>>;
}

const jsii = spawnSync(path.join(ROOT, 'node_modules', '.bin', 'jsii'), ['--silence-warnings=reserved-word'], { cwd: ROOT, stdio: 'inherit' });
if (jsii.status !== 0) {
  process.exit(jsii.status ?? 1);
}
const assembly = JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')) as Assembly;
fs.writeFileSync(path.join(ROOT, 'lib', 'index.js'), lazyIndex(assembly));

function lazyIndex({ types }: Assembly): string {
  const exported = Object.values(types)
    .filter(({ kind }) => kind !== 'interface')
    .map(({ name, symbolId }) => ({ name, file: symbolId.replace(/^src\//, './').replace(/:.*/, '') }));
  return [
    '"use strict";',
    'Object.defineProperty(exports, "__esModule", { value: true });',
    // An ES module that imports this knows its names from such assignments; it reads the text and does not take them from getters that load.
    ...exported.map(({ name }) => `exports.${name} = void 0;`),
    'const loaders = {',
    ...exported.map(({ name, file }) => `    ${name}: () => require("${file}").${name},`),
    '};',
    'for (const [name, get] of Object.entries(loaders)) {',
    '    Object.defineProperty(exports, name, { enumerable: true, get });',
    '}',
    '',
  ].join('\n');
}
