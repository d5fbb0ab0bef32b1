import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..');
const BARREL = path.join(ROOT, 'src', 'index.ts');

interface Import {
  readonly file: string;
  /** Names, if only these are imported. */
  readonly names?: readonly string[];
}

const imports = new Map<string, Import[]>();

/** The TypeScript files that these load, themselves included; imports of `src/index.ts` are followed by name only. */
export function closureOf(entries: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) {
      return;
    }
    found.add(file);
    for (const { file: imported, names } of importsOf(file)) {
      if (imported === BARREL && names) {
        exportersOf(names).forEach(visit);
      } else {
        visit(imported);
      }
    }
  };
  entries.forEach(visit);
  return [...found].sort();
}

/** The hash of names and contents of these files, and of these texts. */
export function hashOf(files: readonly string[], ...texts: string[]): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(fs.readFileSync(file)).update('\0');
  }
  return hash.update(texts.join('\0')).digest('hex');
}

function importsOf(file: string): Import[] {
  const known = imports.get(file);
  if (known) {
    return known;
  }
  const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const result = source.statements.flatMap((statement): Import[] => {
    const specifier = (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) && statement.moduleSpecifier;
    const imported = specifier && ts.isStringLiteral(specifier) ? resolve(file, specifier.text) : undefined;
    if (!imported) {
      return [];
    }
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
    const named = bindings && ts.isNamedImports(bindings) ? bindings : undefined;
    const names = named?.elements.map((element) => (element.propertyName ?? element.name).text);
    return [{ file: imported, ...(names ? { names } : {}) }];
  });
  imports.set(file, result);
  return result;
}

function resolve(from: string, specifier: string): string | undefined {
  const own: { [name: string]: string } = { 'cdk-serverless-patterns': 'src', 'cdk-serverless-patterns-runtime': 'runtime/src' };
  const alias = own[specifier];
  const base = alias ? path.join(ROOT, alias) : path.resolve(path.dirname(from), specifier);
  return alias || specifier.startsWith('.') ? [`${base}.ts`, path.join(base, 'index.ts')].find((candidate) => fs.existsSync(candidate)) : undefined;
}

function exportersOf(names: readonly string[]): string[] {
  const exporters = importsOf(BARREL).map(({ file }) => file);
  return names.map((name) => {
    const exporter = exporters.find((file) => new RegExp(`^export .*\\b${name}\\b`, 'm').test(fs.readFileSync(file, 'utf8')));
    if (!exporter) {
      throw new Error(`no file that src/index.ts exports declares ${name}`);
    }
    return exporter;
  });
}
