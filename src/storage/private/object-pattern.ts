/** EventBridge compares no larger numbers, and a pattern with a comparison does not match them. https://github.com/aws/event-ruler */
export const LARGEST_COMPARED = 5_000_000_000;

/** Sizes that are compared. */
export const COMPARED = { unit: 'bytes', max: LARGEST_COMPARED, known: 'EventBridge compares numbers, and a token becomes text' } as const;

/**
 * Which keys a rule is for. EventBridge has no two conditions on one field, so a prefix and a suffix become one wildcard.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function keyPatterns(prefix: string | undefined, suffixes: readonly string[] = []): unknown[] | undefined {
  const escaped = (text: string) => text.replace(/[\\*]/g, '\\$&');
  if (suffixes.length > 0) {
    return suffixes.map((suffix) => prefix ? { wildcard: `${escaped(prefix)}*${escaped(suffix)}` } : { suffix });
  }
  return prefix ? [{ prefix }] : undefined;
}
