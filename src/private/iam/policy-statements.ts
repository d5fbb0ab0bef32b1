/** A statement of a policy that allows a service something. */
interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Principal?: { readonly Service?: unknown } | string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Whether the statements of a policy allow a service all that a statement does, in whichever statements: CDK merges some, and all rules share one.
 */
export function allowsAll(found: unknown, value: unknown): boolean {
  const { Action: actions, Principal: principal, Condition: condition } = value as Statement;
  const [service] = servicesIn(principal);
  const [source] = sourcesIn(condition);
  const allowed = (list(found ?? []) as Statement[])
    .filter(({ Effect, Principal }) => Effect === 'Allow' && servicesIn(Principal).includes(service))
    .filter(({ Condition }) => source === undefined || sourcesIn(Condition).includes(source))
    .flatMap(({ Action }) => list(Action));
  return list(actions).every((action) => allowed.includes(action));
}

function servicesIn(principal: Statement['Principal']): unknown[] {
  return typeof principal === 'object' ? list(principal.Service) : [];
}

function sourcesIn(condition: Statement['Condition']): string[] {
  return list(condition?.ArnEquals?.['aws:SourceArn'] ?? []).map((arn) => JSON.stringify(arn));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
