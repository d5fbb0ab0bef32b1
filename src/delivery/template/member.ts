/** What stands at a path of a template; undefined if there is nothing. What objects inherit is no member. */
export function member(content: unknown, ...names: readonly string[]): unknown {
  return names.reduce(ownMember, content);
}

export function ownMember(content: unknown, name: string): unknown {
  return typeof content === 'object' && content !== null && Object.hasOwn(content, name) ? (content as Record<string, unknown>)[name] : undefined;
}
