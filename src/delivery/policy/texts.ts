import { ACCOUNT_SYMBOL, literal, REGION_SYMBOL } from '../template/symbols';

/** Whether something is so. Undefined: not known before the deployment. */
export type Known = boolean | undefined;

export function every(of: readonly Known[]): Known {
  return of.includes(false) ? false : of.includes(undefined) ? undefined : true;
}

export function some(of: readonly Known[]): Known {
  return of.includes(true) ? true : of.includes(undefined) ? undefined : false;
}

/** Whether a test holds for one of several things; it is asked no further than that. */
export function someOf<T>(of: readonly T[], test: (one: T) => Known): Known {
  let result: Known = false;
  for (const one of of) {
    const known = test(one);
    if (known === true) {
      return true;
    }
    result = known === undefined ? undefined : result;
  }
  return result;
}

export function not(known: Known): Known {
  return known === undefined ? undefined : !known;
}

/** What a policy variable stands for; undefined: not known, or none. */
export type Variables = (name: string) => readonly string[] | undefined;

/** A symbol, a wildcard, what nothing matches, or one character. */
type Token = string;

const ANY = 'any text';
const ONE = 'any character';
const NOTHING = 'nothing';

/** A physical id with an attribute after it may be any text. */
const PARTS = /\$\{([^}]+)\}|⟨[^⟩]*⟩(?:\.[A-Z][\w.]*)?|⟦[^⟧]*⟧|⟪[^⟫]*⟫|[\s\S]/g;
const PHYSICAL_ID = /^⟨[^⟩]*⟩$/;

/** Longer texts are not names that anybody writes; what takes long to compare is not known. */
const MOST_TOKENS = 500;

/**
 * Whether a text matches a pattern in which `*` and `?` are wildcards, also across colons. Symbols stand for texts that only the deployment knows: equal symbols are equal,
 * and two physical ids differ.
 */
export function like(value: string, pattern: string, variables?: Variables): Known {
  return compare(value, pattern, true, variables);
}

/** Whether two texts are the same. Wildcards are characters like others, variables are not. */
export function equal(value: string, wanted: string, variables?: Variables): Known {
  return compare(value, wanted, false, variables);
}

function compare(value: string, pattern: string, wildcards: boolean, variables: Variables = () => undefined): Known {
  if (value === pattern && !value.includes('$')) {
    return true;
  }
  const same = sameBeginning(value, pattern);
  // Most statements are about something else, which this tells soonest.
  if (same < value.length && ((!isOpen(value, same) && !isOpen(pattern, same)) || (isPhysicalId(value, same) && isPhysicalId(pattern, same)))) {
    return false;
  }
  const [given, wanted] = [value.slice(same), pattern.slice(same)];
  return (given === '' && wanted === '') || (wildcards && wanted === '*') ? true : matches(tokensOf(given, false), tokensOf(wanted, wildcards, variables));
}

/** How far two texts are the same, whatever the symbols in them stand for. */
function sameBeginning(value: string, pattern: string): number {
  let at = 0;
  while (at < value.length && value.charCodeAt(at) === pattern.charCodeAt(at) && !isWild(value.charCodeAt(at))) {
    if (isOpen(value, at)) {
      const end = endOfSymbol(value, at);
      if (end === undefined || !pattern.startsWith(value.slice(at, end), at) || value[end] === '.' || pattern[end] === '.') {
        break;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  return at;
}

const ASTERISK = '*'.charCodeAt(0);
const QUESTION_MARK = '?'.charCodeAt(0);
const DOLLAR = '$'.charCodeAt(0);
/** The brackets of symbols come one after the other. */
const FIRST_BRACKET = '⟦'.charCodeAt(0);
const LAST_BRACKET = '⟫'.charCodeAt(0);
const CLOSING = /[⟩⟧⟫]/g;

function isWild(code: number): boolean {
  return code === ASTERISK || code === QUESTION_MARK || code === DOLLAR;
}

/** Whether what begins here may stand for something else. */
function isOpen(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return isWild(code) || (code >= FIRST_BRACKET && code <= LAST_BRACKET);
}

/** Whether a physical id begins here, and not an attribute of a resource, which may be any text. */
function isPhysicalId(text: string, at: number): boolean {
  return text[at] === '⟨' && !text.startsWith('.', endOfSymbol(text, at));
}

/** Undefined: it has none. */
function endOfSymbol(text: string, start: number): number | undefined {
  CLOSING.lastIndex = start;
  return CLOSING.test(text) ? CLOSING.lastIndex : undefined;
}

/** As `like`, but each of the six parts of an ARN by itself: a wildcard does not reach across the colons between them. */
export function arnLike(value: string, pattern: string, variables?: Variables): Known {
  if (value === pattern) {
    return true;
  }
  const [given, wanted] = [partsOf(value), partsOf(pattern)];
  return given.length === 6 && wanted.length === 6 ? every(given.map((part, index) => like(part, wanted[index] ?? '', variables)))
    // A symbol may be a whole ARN.
    : [...given, ...wanted].some((part) => /[⟨⟪]/.test(part)) ? undefined : false;
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}

function tokensOf(text: string, wildcards: boolean, variables?: Variables): Token[] {
  return [...text.matchAll(PARTS)].flatMap(([part, variable]): Token[] => {
    if (variable === undefined || variables === undefined) {
      return variable === undefined ? [wildcards && part === '*' ? ANY : wildcards && part === '?' ? ONE : part] : [...part];
    }
    return /^[*?$]$/.test(variable) ? [variable] : variableTokens(variable, variables);
  });
}

/**
 * A variable that has no value and no default matches nothing. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function variableTokens(variable: string, variables: Variables): Token[] {
  const [name = '', given] = variable.split(',', 2);
  const values = variables(name.trim());
  const value = values === undefined ? `⟪|${literal(variable)}⟫` : values[0] ?? given?.trim().replace(/^'|'$/g, '');
  return value === undefined ? [NOTHING] : tokensOf(value, false);
}

function matches(value: readonly Token[], pattern: readonly Token[]): Known {
  if (certainly(value, pattern)) {
    return true;
  }
  if (![...value, ...pattern].some(isSymbol)) {
    return false;
  }
  return value.length + pattern.length > MOST_TOKENS || possibly(value, pattern) ? undefined : false;
}

function isSymbol(token: Token): boolean {
  return /^[⟨⟦⟪]/.test(token);
}

/** Whatever the symbols stand for. */
function certainly(value: readonly Token[], pattern: readonly Token[]): boolean {
  let [at, inPattern] = [0, 0];
  let wildcard: { readonly next: number; at: number } | undefined;
  while (at < value.length) {
    const [given, wanted] = [value[at], pattern[inPattern]];
    if (wanted === ANY) {
      inPattern += 1;
      wildcard = { next: inPattern, at };
    } else if (given === wanted || (wanted === ONE && given?.length === 1)) {
      at += 1;
      inPattern += 1;
    } else if (wildcard !== undefined) {
      // The wildcard takes one more.
      wildcard.at += 1;
      at = wildcard.at;
      inPattern = wildcard.next;
    } else {
      return false;
    }
  }
  return pattern.slice(inPattern).every((rest) => rest === ANY);
}

/** For some texts that the symbols may stand for. */
function possibly(value: readonly Token[], pattern: readonly Token[]): boolean {
  const seen = new Set<number>();
  const from = (at: number, inPattern: number): boolean => {
    const state = at * MOST_TOKENS + inPattern;
    if (seen.has(state)) {
      return false;
    }
    seen.add(state);
    const [given, wanted] = [value[at], pattern[inPattern]];
    if (given === undefined && wanted === undefined) {
      return true;
    }
    if (wanted === ANY && (from(at, inPattern + 1) || (given !== undefined && from(at + 1, inPattern)))) {
      return true;
    }
    if (given !== undefined && wanted !== undefined && (given === wanted || (wanted === ONE && given.length === 1)) && from(at + 1, inPattern + 1)) {
      return true;
    }
    return (given !== undefined && isSymbol(given) && endsOf(given, pattern, inPattern).some((end) => from(at + 1, end)))
      || (wanted !== undefined && isSymbol(wanted) && endsOf(wanted, value, at).some((end) => from(end, inPattern + 1)));
  };
  return from(0, 0);
}

/** How far a symbol may reach into what stands on the other side. */
function endsOf(symbol: Token, other: readonly Token[], start: number): number[] {
  const ends: number[] = [];
  for (let end = start; end <= other.length; end += 1) {
    // No region, account or name of a resource has a colon.
    if (other[end - 1] === ':' && end > start && symbol.startsWith('⟦')) {
      break;
    }
    if (mayBe(symbol, other.slice(start, end))) {
      ends.push(end);
    }
  }
  return ends;
}

function mayBe(symbol: Token, tokens: readonly Token[]): boolean {
  if (tokens.includes(NOTHING)) {
    return false;
  }
  if (!symbol.startsWith('⟦') && !PHYSICAL_ID.test(symbol)) {
    return true;
  }
  if (tokens.some((token) => token.startsWith('⟦') || PHYSICAL_ID.test(token))) {
    // Known to be something else.
    return false;
  }
  if (tokens.some((token) => token.length > 1)) {
    return true;
  }
  const text = tokens.join('');
  return symbol === REGION_SYMBOL ? /^[a-z]+(?:-[a-z]+)+-\d+$/.test(text) : symbol === ACCOUNT_SYMBOL ? /^\d{12}$/.test(text) : isGenerated(text);
}

/** Whether CloudFormation or a service may have made up a name: with random characters, as no name has that people make up. */
function isGenerated(text: string): boolean {
  return /[A-Za-z0-9]{8,}/.test(text) && /\d/.test(text);
}
