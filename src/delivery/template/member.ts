/** What stands at a path of a template; undefined if there is nothing. What objects inherit is no member. */
export function member(content: unknown, ...names: readonly string[]): unknown {
  let value = content;
  for (const name of names) {
    value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}
