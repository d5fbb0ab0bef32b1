/** Functions of metric math that have a datapoint only where what they are given has one. */
const TRANSPARENT = new Set(['ABS', 'CEIL', 'DIFF', 'FLOOR', 'LOG', 'LOG10', 'RATE', 'RUNNING_SUM']);

/** Queries of other languages, whose words are no ids. */
const OTHER_LANGUAGE = /^\s*SELECT\b|\bSEARCH\s*\(|\bSERVICE_QUOTA\s*\(|\bINSIGHT_RULE_METRIC\s*\(/i;

const TOKEN = /"[^"]*"|'[^']*'|[A-Za-z_]\w*|\d[\w.]*|\S/g;

/** The ids that an expression uses, each once. */
export function idsIn(expression: string): string[] {
  return OTHER_LANGUAGE.test(expression) ? [] : [...new Set(tokensOf(expression).filter((token, index, tokens) => isId(token) && tokens[index + 1] !== '('))];
}

/** The ids that are operands as they are, so that the expression has no value where one of them has none. */
export function exposedIds(expression: string): string[] {
  if (OTHER_LANGUAGE.test(expression)) {
    return [];
  }
  const tokens = tokensOf(expression);
  const exposed = new Set<string>();
  /** For each parenthesis that is open, whether what stands in it is covered by a function. */
  const covered: boolean[] = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1] ?? '';
    const isCovered = covered.at(-1) === true;
    if (token === '(' || token === '[') {
      covered.push(isCovered || token === '[' || (/^[A-Z]\w*$/.test(before) && !TRANSPARENT.has(before)));
    } else if (token === ')' || token === ']') {
      covered.pop();
    } else if (isId(token) && !isCovered) {
      exposed.add(token);
    }
  });
  return [...exposed];
}

function tokensOf(expression: string): string[] {
  return expression.match(TOKEN) ?? [];
}

function isId(token: string): boolean {
  return /^[a-z]\w*$/.test(token);
}
