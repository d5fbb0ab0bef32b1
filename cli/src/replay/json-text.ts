/*
 * Parts of a JSON text as they are written. What is parsed and written again is not always the same: a number beyond 2^53 is another one afterwards.
 */

/** The members of an object, each as its text. @param text valid JSON */
export function membersOf(text: string): ReadonlyMap<string, string> {
  return new Map(partsOf(text, '{').map((part) => {
    const end = endOfString(part, 0);
    return [JSON.parse(part.slice(0, end)) as string, part.slice(part.indexOf(':', end) + 1).trim()];
  }));
}

/** The elements of an array, each as its text. @param text valid JSON */
export function elementsOf(text: string): readonly string[] {
  return partsOf(text, '[');
}

/** A text of JSON, or undefined if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textAt(value: unknown, key: string): string | undefined {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

function partsOf(whole: string, opening: '{' | '['): string[] {
  const text = whole.trim();
  if (!text.startsWith(opening)) {
    return [];
  }
  const parts: string[] = [];
  let [depth, from] = [0, 1];
  for (let at = 1; at < text.length - 1; at += 1) {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at) - 1;
    } else if (char === '{' || char === '[') {
      depth += 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
    } else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from, -1).trim();
  return last === '' ? parts : [...parts, last];
}

/** Where the string that begins at a position has ended. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') {
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}
