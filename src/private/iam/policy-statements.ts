/** A statement of a policy, as a template has it. */
interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Principal?: { readonly Service?: unknown } | string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Whether the statements of a policy allow all that some others do, in whichever statements: CDK merges some, and senders share one.
 *
 * What the others do not name (a resource, a service, a source) may be anything.
 */
export function allowsAll(found: unknown, value: unknown): boolean {
  const allowing = (list(found ?? []) as Statement[]).filter(({ Effect }) => Effect === 'Allow');
  return (list(value) as Statement[]).every((needed) => list(needed.Action).every((action) => {
    const forAction = allowing.filter((statement) => list(statement.Action).includes(action))
      .filter((statement) => covers(servicesIn(statement), servicesIn(needed)) && covers(sourcesIn(statement), sourcesIn(needed)));
    return forAction.length > 0 && covers(forAction.flatMap(resourcesIn), resourcesIn(needed));
  }));
}

function covers(all: readonly string[], some: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}

function resourcesIn({ Resource }: Statement): string[] {
  return texts(Resource);
}

function servicesIn({ Principal }: Statement): string[] {
  return typeof Principal === 'object' ? texts(Principal.Service) : [];
}

function sourcesIn({ Condition }: Statement): string[] {
  return texts(Condition?.ArnEquals?.['aws:SourceArn']);
}

function texts(value: unknown): string[] {
  return value === undefined ? [] : list(value).map((one) => JSON.stringify(one));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
