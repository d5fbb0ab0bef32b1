/**
 * Translates snippets with jsii-rosetta, and corrects what it is known to get wrong. A correction that is no longer needed finds nothing to
 * correct.
 */
import * as path from 'node:path';
import { BatchSnippetTranslator, CSharpVisitor, GoVisitor, JavaVisitor, PythonVisitor } from 'jsii-rosetta';
import * as ts from 'typescript';
import { ROOT } from './assembly';
import type { Snippet } from './snippets';
import { programOf } from './snippets';

/** The languages of jsii-rosetta, in the order in which a page shows them. */
export const LANGUAGES = ['python', 'java', 'go', 'csharp'] as const;

export type Language = typeof LANGUAGES[number];

type Access = JavaVisitor['propertyAccessExpression'];

/** Reads properties by their getters also where a method of them is called; jsii-rosetta leaves `canary.alias.grantInvoke(caller)` as it is. */
class JavaWithGetters extends JavaVisitor {
  public propertyAccessExpression(...[node, renderer, submodule]: Parameters<Access>): ReturnType<Access> {
    const isRead = ts.isPropertyAccessExpression(around(node));
    return super.propertyAccessExpression(node, isRead ? renderer.updateContext({ convertPropertyToGetter: true }) : renderer, submodule);
  }
}

/** What stands around a node, but for what says something of its type alone. */
function around({ parent }: ts.Node): ts.Node {
  return ts.isNonNullExpression(parent) || ts.isParenthesizedExpression(parent) || ts.isAsExpression(parent) ? around(parent) : parent;
}

const VISITORS = { python: PythonVisitor, java: JavaWithGetters, go: GoVisitor, csharp: CSharpVisitor } as const;

/** A block of TypeScript, as the reader sees it, and how it becomes a program. */
export type Original = Pick<Snippet, 'where' | 'code' | 'options'>;

export interface Translation {
  readonly texts: Readonly<Record<Language, string>>;
  /** Why jsii-rosetta cannot translate it; empty if it can. */
  readonly problems: readonly string[];
}

/** Why a snippet is left out, by what its block says after `untranslated=`. */
export const UNTRANSLATED: Readonly<Record<string, string>> = {
  class: 'jsii-rosetta drops the fields of a class, and does not rename the parameters of its methods',
  spread: 'jsii-rosetta does not know the spread operator (`...`)',
};

/** Translates snippets, all in one program because most of the time goes into reading the types of the CDK. */
export function translate(originals: readonly Original[]): Translation[] {
  const snippets = originals.map(({ code, options }, index) => {
    const program = programOf(spelledOut(code), options);
    return { visibleSource: program, completeSource: program, location: { api: { api: 'file' as const, fileName: `snippet${index}` } } };
  });
  // The folder decides which packages the imports find: those of this project, and the library as it is published.
  const translator = new BatchSnippetTranslator(snippets, { includeCompilerDiagnostics: true, compilationDirectory: path.join(ROOT, '.build') });
  return [...translator].map(([, snippet], index) => {
    const original = originals[index] ?? { code: '', options: new Map<string, string>() };
    const text = (language: Language) => corrected(language, snippet.renderUsing(new VISITORS[language]()), original).trim();
    const texts = { python: text('python'), java: text('java'), go: text('go'), csharp: text('csharp') };
    const problems = snippet.diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    const incomplete = hasClass(original.code) ? ['The translation of a class is incomplete, though jsii-rosetta does not say so.'] : [];
    return { texts, problems: [...problems, ...incomplete] };
  });
}

/** What jsii-rosetta cannot translate although the block does not say so, and the other way round. */
export function problemsOf(originals: readonly Original[], translations: readonly Translation[]): string[] {
  return originals.flatMap(({ where, options }, index) => {
    const problems = translations[index]?.problems ?? [];
    const reason = options.get('untranslated');
    if (reason === undefined) {
      return problems.slice(0, 1).map((problem) => `${where}: ${problem} Or say why it is left out: untranslated=${Object.keys(UNTRANSLATED).join('|')}`);
    }
    if (UNTRANSLATED[reason] === undefined) {
      return [`${where}: untranslated is '${reason}', but must be one of ${Object.keys(UNTRANSLATED).join(', ')}`];
    }
    return problems.length > 0 ? [] : [`${where}: jsii-rosetta translates it: leave out untranslated=${reason}`];
  });
}

/**
 * Says `{ handler: handler }` for `{ handler }`, of which jsii-rosetta makes `Handler: Handler` in Go, and `a!.b` for `a?.b`, of which it makes
 * the access to a field in Java.
 */
function spelledOut(source: string): string {
  const edits: { readonly at: number; readonly length: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isShorthandPropertyAssignment(node)) {
      edits.push({ at: node.getEnd(), length: 0, text: `: ${node.name.text}` });
    } else if (ts.isPropertyAccessChain(node) && node.questionDotToken) {
      edits.push({ at: node.questionDotToken.getStart(), length: 2, text: '!.' });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true));
  return edits.sort((a, b) => b.at - a.at).reduce((text, edit) => text.slice(0, edit.at) + edit.text + text.slice(edit.at + edit.length), source);
}

function hasClass(source: string): boolean {
  return ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true).statements.some(ts.isClassDeclaration);
}

function corrected(language: Language, text: string, { code, options }: Pick<Original, 'code' | 'options'>): string {
  switch (language) {
    case 'python': return withConstants(correctedPython(text));
    case 'java': return withConstants(correctedJava(text));
    case 'go': return correctedGo(text, importsOf(code), options.has('nofixture') ? [RUNTIME_OF_GO] : []);
    case 'csharp': return text;
  }
}

/** Names constants as jsii does in Python and Java: `CANARY_10PERCENT_5MINUTES` is `CANARY_10_PERCENT_5_MINUTES`. */
function withConstants(text: string): string {
  return text.replace(/(?<=\.)[A-Z][A-Z0-9_]+\b/g, (name) => name.replace(/\d(?=[A-Z])/g, '$&_'));
}

/**
 * The alias of the module is `lambda_`, because `lambda` is a keyword; jsii-rosetta forgets it before the name of a struct. It also imports some
 * names twice.
 */
function correctedPython(text: string): string {
  const uniqueNames = (_: string, from: string, names: string) => `${from}${[...new Set(names.split(', '))].join(', ')}`;
  // jsii takes MiB for one word, jsii-rosetta for two.
  return text.replace(/\blambda\.(?=[A-Z])/g, 'lambda_.').replace(/_mi_b\b/g, '_mib').replace(/^(from \S+ import )(.+)$/gm, uniqueNames);
}

/** Imports all of the library at once, as jsii-rosetta does with modules of the CDK: it imports no structs by themselves, but names them. */
function correctedJava(text: string): string {
  const own = /^import io\.github\.cdkserverlesspatterns\.\w+;\n?/gm;
  return own.test(text) ? `import io.github.cdkserverlesspatterns.*;\n${text.replace(own, '')}` : text;
}

/** What every program in Go needs, and jsii-rosetta does not import. */
const RUNTIME_OF_GO = 'import "github.com/aws/jsii-runtime-go"';

/**
 * Names the module of each package in Go, which for CDK is not the one that jsii-rosetta names, and takes a stray `*` out of calls of static
 * methods.
 */
function correctedGo(text: string, imports: readonly Import[], others: readonly string[]): string {
  const body = text.replace(/^import .*\n?/gm, '').replace(/(?<=\w_)\*(?=[A-Z]\w*\()/g, '');
  const packages = new Set(imports.map(({ module, alias }) => `import ${alias === undefined ? '' : `${alias} `}"${goPackage(module)}"`));
  const named = imports.filter(({ module }) => module.startsWith('aws-cdk-lib/'))
    .flatMap(({ module, names }) => names.map((name) => ({ name, owner: path.basename(goPackage(module)) })));
  const placed = named.reduce((code, { name, owner }) => code.replace(new RegExp(`\\bawscdk\\.(?=(New)?${name}\\b)`, 'g'), `${owner}.`), body);
  return [...packages, ...others, placed].join('\n');
}

/** Where the Go packages of jsii libraries are: https://docs.aws.amazon.com/cdk/v2/guide/work-with-cdk-go.html. */
function goPackage(module: string): string {
  const cdk = 'github.com/aws/aws-cdk-go/awscdk/v2';
  const known: Readonly<Record<string, string>> = {
    'aws-cdk-lib': cdk,
    'constructs': 'github.com/aws/constructs-go/constructs/v10',
    'cdk-serverless-patterns': 'github.com/cdkserverlesspatterns/cdk-serverless-patterns-go/cdkserverlesspatterns',
  };
  const [, service] = /^aws-cdk-lib\/([\w-]+)$/.exec(module) ?? [];
  const found = service === undefined ? known[module] : `${cdk}/${service.replace(/-/g, '')}`;
  if (found === undefined) {
    throw new Error(`the package of ${module} in Go is not known: say it in rosetta/translate.ts`);
  }
  return found;
}

interface Import {
  readonly module: string;
  /** The name of the whole module. */
  readonly alias?: string;
  readonly names: readonly string[];
}

/** What a snippet imports. */
export function importsOf(source: string): Import[] {
  const { statements } = ts.createSourceFile('snippet.ts', source, ts.ScriptTarget.Latest, true);
  return statements.filter(ts.isImportDeclaration).map(({ moduleSpecifier, importClause }) => {
    const module = (moduleSpecifier as ts.StringLiteral).text;
    const bindings = importClause?.namedBindings;
    return bindings && ts.isNamespaceImport(bindings)
      ? { module, alias: bindings.name.text, names: [] }
      : { module, names: bindings?.elements.map(({ name }) => name.text) ?? [] };
  });
}
