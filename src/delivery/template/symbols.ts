/**
 * Texts of a template as far as they are known before deployment. What is not known stands in them as a symbol, so that two texts can be compared that have unknown parts in common:
 *
 * - `⟨stack|logicalId⟩`, the physical id of a resource, which differs from that of every other;
 * - `⟦Region⟧` and `⟦Account⟧`, where the stack is deployed, if nobody has said so: stacks of which this is not known are taken to be in one place;
 * - `⟪stack|…⟫`, anything else, such as a parameter. Equal symbols have equal values; different ones may.
 */
export const REGION_SYMBOL = '⟦Region⟧';
export const ACCOUNT_SYMBOL = '⟦Account⟧';

const BRACKETS = /[⟨⟩⟦⟧⟪⟫]/g;
const UNKNOWN = /⟪[^⟫]*⟫/;

export function physicalIdSymbol(stack: string, logicalId: string): string {
  return `⟨${plain(stack)}|${plain(logicalId)}⟩`;
}

/** The resource of which a text is the physical id, and nothing else. */
export function ofPhysicalId(text: string): { readonly stack: string; readonly logicalId: string } | undefined {
  const [, stack, logicalId] = /^⟨([^|⟩]*)\|([^|⟩]*)⟩$/.exec(text) ?? [];
  return stack === undefined || logicalId === undefined ? undefined : { stack, logicalId };
}

export function unknownSymbol(stack: string, what: string): string {
  return `⟪${plain(stack)}|${plain(what)}⟫`;
}

/** A text of the template, in which nothing can be mistaken for a symbol. A colon or slash in a symbol would be mistaken for one of an ARN. */
function plain(text: string): string {
  return literal(text).replace(/[:/]/g, '.');
}

export function literal(text: string): string {
  return text.replace(BRACKETS, '');
}

/** Whether a value is unknown, or a text of which a part is. */
export function isUnknown(value: unknown): boolean {
  // Most texts have none, which this tells soonest.
  return typeof value === 'string' && value.includes('⟪') && UNKNOWN.test(value);
}

/** Whether nothing in a text is left to the deployment, not even a physical id. */
export function isLiteral(value: unknown): value is string {
  return typeof value === 'string' && value.search(BRACKETS) === -1;
}

/** The parts of a text between delimiters; what stands in a symbol is none. */
export function splitAt(delimiter: string, text: string): string[] {
  const parts: string[] = [];
  let open = 0;
  for (const piece of text.split(delimiter)) {
    open > 0 ? parts.push(`${parts.pop()}${delimiter}${piece}`) : parts.push(piece);
    open += (piece.match(/[⟨⟦⟪]/g) ?? []).length - (piece.match(/[⟩⟧⟫]/g) ?? []).length;
  }
  return parts;
}

/** What people call it. */
export function shown(text: string): string {
  return text.replaceAll(REGION_SYMBOL, '${AWS::Region}').replaceAll(ACCOUNT_SYMBOL, '${AWS::AccountId}')
    .replace(/[⟨⟪][^|⟩⟫]*\|([^⟩⟫]*)[⟩⟫]/g, '${$1}');
}
