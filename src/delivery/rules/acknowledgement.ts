import type { Rule } from './rule';

/** What is known of an acknowledgement of a finding. */
export interface AcknowledgementFacts {
  /** The resource or the construct that it stands at. */
  readonly path: string;
  readonly id: string;
  readonly reason?: string | undefined;
  /** Whether there is a rule of this id. */
  readonly isRule: boolean;
  /** Whether it matched a finding. */
  readonly isUsed: boolean;
}

const METADATA_PAGE = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-metadata.html';

/**
 * What is true of an acknowledgement that says something about the template as it is.
 */
export const ACKNOWLEDGEMENT_RULES: readonly Rule<AcknowledgementFacts>[] = [
  {
    id: 'acknowledgementUnknown',
    severity: 'warning',
    why: 'An acknowledgement of what no rule finds hides nothing, and makes readers believe that it does.',
    source: METADATA_PAGE,
    finding: ({ path, id, isRule }) => (isRule ? undefined : {
      what: `'${path}' acknowledges '${id}', but there is no rule of this id`,
      fix: 'take the id from the finding, or remove the acknowledgement',
    }),
  },
  {
    id: 'acknowledgementStale',
    severity: 'warning',
    why: 'An acknowledgement that matches nothing would hide the next finding of its id, which nobody has looked at.',
    source: METADATA_PAGE,
    finding: ({ path, id, isRule, isUsed }) => (!isRule || isUsed ? undefined : {
      what: `'${path}' acknowledges '${id}', which is not found there any more`,
      fix: 'remove the acknowledgement',
    }),
  },
  {
    id: 'acknowledgementWithoutReason',
    severity: 'warning',
    why: 'Whoever reads the template later must be able to tell whether the reason still holds.',
    source: METADATA_PAGE,
    finding: ({ path, id, reason, isUsed }) => (!isUsed || (reason ?? '').trim() !== '' ? undefined : {
      what: `'${path}' acknowledges '${id}' without a reason`,
      fix: 'say why the finding does not matter here',
    }),
  },
];
