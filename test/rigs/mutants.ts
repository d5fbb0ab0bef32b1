import * as ts from 'typescript';

/** One default, removed or changed. */
export interface Mutant {
  readonly id: number;
  /** Says where and what without line numbers, so that an acknowledgement outlives an edit elsewhere in the file. */
  readonly name: string;
  /** The mutants whose place it is in: while one of them is awake, this one is not asked. */
  readonly inside: readonly number[];
}

/** A source file with all its mutants built in, each asleep until `__mutant(id)` says that it is the one. */
export interface Mutated {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** Text to be put around a node. */
interface Insertion {
  readonly node: ts.Node;
  readonly before: string;
  readonly after: string;
}

/**
 * Finds the defaults of a source file and builds a mutant of each into it.
 *
 * A default is a value that this library chose: the right side of `??`, a fixed value that is passed on to a child, a named constant, a factor, a
 * permission. Building all of them into one file, and waking one at a time, spares a compilation for each.
 */
export function mutate(source: ts.SourceFile, file: string, firstId: number): Mutated {
  const mutants: Mutant[] = [];
  const insertions: Insertion[] = [];
  const names = new Map<string, number>();

  const add = (node: ts.Node, what: string, before: (condition: string) => string, after: string) => {
    const id = firstId + mutants.length;
    const name = `${file} ${placeOf(node)}${what}`;
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    // Outer nodes are visited first, and of two mutants of one node the first is outermost.
    const inside = insertions.flatMap((outer, index) => isInside(node, outer.node) ? [firstId + index] : []);
    mutants.push({ id, name: count === 1 ? name : `${name} (${count})`, inside });
    insertions.push({ node, before: before(`__mutant(${id})`), after });
  };
  const replace = (node: ts.Node, what: string, by: string) => add(node, what, (condition) => `(${condition} ? ${by} : (`, '))');
  const drop = (node: ts.Node, what: string, open: string, close: string) => (
    add(node, what, (condition) => `...(${condition} ? ${open}${close} : ${open} `, ` ${close})`)
  );

  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken && isDefault(node.right)) {
      replace(node.right, `'${shortText(node)}' without its default`, 'undefined');
    }
    if (ts.isPropertyAssignment(node) && isChosen(node.initializer) && isPassedOn(node)) {
      drop(node, `without '${shortText(node)}'`, '{', '}');
    }
    if (ts.isExpressionStatement(node) && isAssignmentOfChosen(node.expression)) {
      add(node, `without '${shortText(node)}'`, (condition) => `if (!${condition}) `, '');
    }
    if (ts.isConditionalExpression(node)) {
      [node.whenTrue, node.whenFalse].filter((branch) => isChosen(branch) && !ts.isStringLiteral(branch)).forEach((branch) => replace(branch, `'${shortText(node)}' without '${shortText(branch)}'`, 'undefined'));
    }
    if (ts.isParameter(node) && node.initializer && isChosen(node.initializer)) {
      replace(node.initializer, `'${shortText(node)}' without its default`, 'undefined');
    }
    if (ts.isStringLiteral(node) && isPermission(node)) {
      drop(node, `without ${shortText(node)}`, '[', ']');
    }
    if (ts.isNumericLiteral(node) && isValue(node)) {
      replace(node, `with ${changed(node)} for ${node.text} in '${shortText(contextOf(node))}'`, changed(node));
    }
    if ((node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) && isValue(node)) {
      const other = node.kind === ts.SyntaxKind.TrueKeyword ? 'false' : 'true';
      replace(node, `with ${other} in '${shortText(contextOf(node))}'`, other);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { text: insert(source, insertions), mutants };
}

/** Whether an expression is a fixed value: a literal, a member of an enum, a constant, a duration, a list of such. */
function isChosen(node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return isConstantName(node.name.text);
  }
  if (ts.isIdentifier(node)) {
    return isConstantName(node.text);
  }
  if (ts.isCallExpression(node)) {
    return isQuantity(node) || (ts.isIdentifier(node.expression) && node.arguments.length > 0 && node.arguments.every(isChosen));
  }
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.length > 0 && node.elements.every(isChosen);
  }
  return ts.isNumericLiteral(node) || ts.isStringLiteral(node) || node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword;
}

function isAssignmentOfChosen(node: ts.Expression): boolean {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && isChosen(node.right);
}

/** `sqs:SendMessage`, in a list or a call. */
function isPermission(node: ts.StringLiteral): boolean {
  const isListed = ts.isCallExpression(node.parent) || ts.isArrayLiteralExpression(node.parent);
  return isListed && /^[a-z][a-z0-9-]*:[A-Z][A-Za-z]*\*?$/.test(node.text);
}

/** Whether the right side of `??` is a default; an empty collection to begin with is none, nor is a word of an error's text. */
function isDefault(node: ts.Expression): boolean {
  return !ts.isNewExpression(node) && !ts.isArrayLiteralExpression(node) && !(ts.isStringLiteral(node) && (node.text === '' || ts.isTemplateSpan(node.parent.parent)));
}

function isConstantName(name: string): boolean {
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name);
}

/** `Duration.days(14)`, `Size.mebibytes(5)`, `Stats.p(99)`. */
function isQuantity(node: ts.Node): boolean {
  return ts.isCallExpression(node) && /(^|\.)(Duration|Size|Stats)\.\w+$/.test(node.expression.getText()) && node.arguments.every(ts.isNumericLiteral);
}

/** Whether a literal is a default, a constant or a factor; bounds that are only compared with, indices and texts are not. */
function isValue(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) {
    const operator = parent.operatorToken.getText();
    return '+-*/'.includes(operator) || (operator === '??' && parent.right === node);
  }
  return isQuantity(parent)
    || (ts.isPropertyAssignment(parent) && isPassedOn(parent))
    || (ts.isVariableDeclaration(parent) && isModuleLevel(parent))
    || (ts.isConditionalExpression(parent) && parent.condition !== node)
    || ts.isParameter(parent);
}

/** Whether a property is part of what is handed to another function or constructor. */
function isPassedOn(property: ts.PropertyAssignment): boolean {
  let object: ts.Node = property.parent;
  while (ts.isPropertyAssignment(object.parent) && ts.isObjectLiteralExpression(object.parent.parent)) {
    object = object.parent.parent;
  }
  const call = object.parent;
  return (ts.isCallExpression(call) || ts.isNewExpression(call)) && (call.arguments ?? []).some((argument) => argument === object);
}

function isModuleLevel(declaration: ts.VariableDeclaration): boolean {
  return ts.isSourceFile(declaration.parent.parent.parent);
}

/** The smallest piece of source that says what a literal is for. */
function contextOf(node: ts.Node): ts.Node {
  let context = node.parent;
  const isShort = (outer: ts.Node) => ts.isExpression(outer) && !ts.isObjectLiteralExpression(outer) && outer.getText().length < 60;
  while (ts.isExpression(context) && isShort(context.parent)) {
    context = context.parent;
  }
  return ts.isPropertyAssignment(context.parent) || ts.isVariableDeclaration(context.parent) ? context.parent : context;
}

function changed(node: ts.NumericLiteral): string {
  const value = Number(node.text);
  return String(Number.isInteger(value) ? value + 1 : Math.round(value * 1000 + 50) / 1000);
}

/** The function around a node, and the child that it is about, as far as they have names: `addQueueAlarms DeadLettersAlarm `. */
function placeOf(node: ts.Node): string {
  const names: string[] = [];
  for (let current: ts.Node | undefined = node.parent; current; current = current.parent) {
    if (ts.isCallExpression(current) || ts.isNewExpression(current)) {
      const id = current.arguments?.slice(0, 2).filter((argument) => ts.isStringLiteral(argument)).find(({ text }) => /^[A-Z]\w*$/.test(text));
      names.unshift(...(id ? [id.text] : []));
    } else if ((ts.isFunctionDeclaration(current) || ts.isMethodDeclaration(current) || ts.isClassDeclaration(current)) && current.name) {
      names.unshift(current.name.getText());
    }
  }
  return names.map((name) => `${name} `).join('');
}

function shortText(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ').replace(/;$/, '');
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/**
 * Puts all insertions into the text. A constant of the module is computed when the module is loaded, which happens once, so it becomes a variable that is
 * computed anew whenever another mutant wakes. So does one that is computed from others, or by a function: the mutant may be there.
 */
function insert(source: ts.SourceFile, insertions: readonly Insertion[]): string {
  const print = (start: number, end: number, within: readonly Insertion[]): string => {
    const outer = within.filter(({ node }) => !within.some((other) => other.node !== node && isInside(node, other.node)));
    let text = '';
    let position = start;
    for (const [node, around] of group(outer)) {
      const inner = within.filter((insertion) => insertion.node !== node && isInside(insertion.node, node));
      text += source.text.slice(position, node.getStart());
      text += around.map(({ before }) => before).join('') + print(node.getStart(), node.end, inner) + around.map(({ after }) => after).reverse().join('');
      position = node.end;
    }
    return text + source.text.slice(position, end);
  };
  return source.statements.map((statement) => {
    const within = insertions.filter(({ node }) => isInside(node, statement));
    const text = print(statement.getFullStart(), statement.end, within);
    if (!ts.isVariableStatement(statement)) {
      return text;
    }
    const again = statement.declarationList.declarations.flatMap(({ name, initializer }) => {
      const inside = within.filter(({ node }) => initializer && isInside(node, initializer));
      const isConstant = statement.declarationList.getText().startsWith('const ');
      const isOpen = initializer && ts.isIdentifier(name) && (inside.length > 0 || (isConstant && isComputed(initializer)));
      return isOpen ? [`${name.text} = ${print(initializer.getStart(), initializer.end, inside)};`] : [];
    });
    return again.length === 0 ? text : `${text.replace(/\bconst\b/, 'let')} __whenMutantWakes(() => { ${again.join(' ')} });`;
  }).join('') + source.text.slice(source.endOfFileToken.getFullStart());
}

/** Collections and symbols of a module keep what a whole process shares, so they must stay the same ones. */
const SHARED = ['Map', 'Set', 'WeakMap', 'WeakSet', 'Symbol'];

/** Whether a constant is computed, when its module is loaded, from other constants or by a function. */
function isComputed(node: ts.Node): boolean {
  if (ts.isFunctionLike(node) || ts.isTypeNode(node)) {
    return false;
  }
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    return !SHARED.includes(node.expression.getText().split('.')[0] ?? '');
  }
  return (ts.isIdentifier(node) && isConstantName(node.text)) || (ts.forEachChild(node, isComputed) ?? false);
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return node.getStart() >= outer.getStart() && node.end <= outer.end;
}

/** By node, in the order of the text. */
function group(insertions: readonly Insertion[]): [ts.Node, Insertion[]][] {
  const groups = new Map<ts.Node, Insertion[]>();
  insertions.forEach((insertion) => groups.set(insertion.node, [...(groups.get(insertion.node) ?? []), insertion]));
  return [...groups].sort(([a], [b]) => a.getStart() - b.getStart());
}
