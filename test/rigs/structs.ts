import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

/** The root of the project. */
export const ROOT = path.join(__dirname, '..', '..');

/** One member of a props interface. */
export interface Member {
  readonly name: string;
  /** Its type, as it is written. */
  readonly type: string;
  /** The interface of `src` that is its type, if it is one. */
  readonly struct?: string;
  readonly optional: boolean;
  /** The text of its `@default`. */
  readonly default?: string;
}

/**
 * The members of an interface of `src`, inherited ones included, read from its source: unlike the compiled library, that is always current.
 */
export function membersOf(struct: string): Member[] {
  const declaration = interfaces().get(struct);
  if (!declaration) {
    throw new Error(`src declares no interface ${struct}`);
  }
  const inherited = (declaration.heritageClauses ?? []).flatMap((clause) => clause.types.map((type) => type.expression.getText()));
  return [
    ...inherited.filter((name) => interfaces().has(name)).flatMap(membersOf),
    ...declaration.members.filter(ts.isPropertySignature).map(memberOf),
  ];
}

/** Every member by its path, as `alarms.deadLetters.threshold`; a member whose type is an interface of `src` is followed, not listed. */
export function memberPaths(struct: string): string[] {
  return membersOf(struct).flatMap((member) => member.struct ? memberPaths(member.struct).map((inner) => `${member.name}.${inner}`) : [member.name]);
}

/** The TypeScript files below a folder, sorted. */
export function sourceFiles(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => path.join(folder, file));
}

/** A file's syntax tree. */
export function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
}

function memberOf(member: ts.PropertySignature): Member {
  const type = member.type?.getText() ?? '';
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
  return {
    name: member.name.getText(),
    type,
    // What begins with I is for classes to implement; its members are theirs to set.
    ...(interfaces().has(type) && !/^I[A-Z]/.test(type) ? { struct: type } : {}),
    optional: member.questionToken !== undefined,
    ...(tag ? { default: ts.getTextOfJSDocComment(tag.comment)?.trim() ?? '' } : {}),
  };
}

let found: Map<string, ts.InterfaceDeclaration> | undefined;

function interfaces(): Map<string, ts.InterfaceDeclaration> {
  found ??= new Map(sourceFiles(path.join(ROOT, 'src')).flatMap((file) => parse(file).statements)
    .filter(ts.isInterfaceDeclaration)
    .map((declaration) => [declaration.name.text, declaration]));
  return found;
}
