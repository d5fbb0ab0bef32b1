import type { DeliveryProblem } from './checks/check';
import { problemsAt } from './checks/check';
import type { AcknowledgementFacts } from './rules/acknowledgement';
import { ACKNOWLEDGEMENT_RULES } from './rules/acknowledgement';
import type { Resource, TemplateApp } from './template/app';

/** The member of a resource's `Metadata` that has acknowledgements: `{ acknowledge: [{ id, reason }] }`. */
export const METADATA_KEY = 'cdk-serverless-patterns';

/** One acknowledgement as it stands at a resource. */
export interface AcknowledgementEntry {
  readonly id: string;
  readonly reason?: string | undefined;
  /** The path of the construct for which it was given, if that has several resources: one acknowledgement then stands at each of them. */
  readonly scope?: string | undefined;
}

/** Takes out what is acknowledged, and adds what is wrong with the acknowledgements. */
export function acknowledged(app: TemplateApp, problems: readonly DeliveryProblem[], ruleIds: ReadonlySet<string>): DeliveryProblem[] {
  const entries = app.resources.flatMap((at) => (at.mayHaveMetadata(METADATA_KEY) ? entriesOf(at).map((entry) => ({ at, entry })) : []));
  if (entries.length === 0) {
    return [...problems];
  }
  const used = new Set<string>();
  const open = problems.filter(({ at, id }) => {
    const matching = entriesOf(at).filter((entry) => entry.id === id);
    matching.forEach((entry) => used.add(keyOf(at, entry)));
    return matching.length === 0;
  });
  const single = new Map(entries.map((one) => [keyOf(one.at, one.entry), one]));
  return [...open, ...[...single].flatMap(([key, { at, entry: { id, reason, scope } }]) => {
    const facts: AcknowledgementFacts = { path: scope ?? at.path, id, reason, isRule: ruleIds.has(id), isUsed: used.has(key) };
    return problemsAt(at, ACKNOWLEDGEMENT_RULES, facts);
  })];
}

function keyOf({ stack, logicalId }: Resource, { id, scope }: AcknowledgementEntry): string {
  return JSON.stringify(scope === undefined ? [id, stack.name, logicalId] : [id, scope]);
}

function entriesOf({ attributes }: Resource): AcknowledgementEntry[] {
  return (attributes.part('Metadata').part(METADATA_KEY).items('acknowledge') ?? []).flatMap((entry) => {
    const id = entry.text('id');
    return id === undefined ? [] : [{ id, reason: entry.text('reason'), scope: entry.text('scope') }];
  });
}
