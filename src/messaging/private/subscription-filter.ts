import * as sns from 'aws-cdk-lib/aws-sns';
import type { Problems } from '../../private/checks/problems';

/** https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html */
const MOST_KEYS = 5;
const MOST_COMBINATIONS = 150;
const MOST_BYTES = 256 * 1024;

export interface FilterPolicies {
  readonly filterPolicy?: { [attribute: string]: sns.SubscriptionFilter } | undefined;
  readonly filterPolicyWithMessageBody?: { [property: string]: sns.FilterOrPolicy } | undefined;
}

/** What one key of a filter policy allows, and how deep the key is nested. */
interface Condition {
  readonly key: string;
  readonly values: unknown[];
  readonly level: number;
}

/**
 * Notes what SNS would refuse in a filter policy.
 */
export function checkFilterPolicies(problems: Problems, { filterPolicy, filterPolicyWithMessageBody }: FilterPolicies): void {
  if (filterPolicy && filterPolicyWithMessageBody) {
    problems.add('filterPolicy and filterPolicyWithMessageBody are both set, but a subscription has one or the other: state what to look for in one of the two');
  }
  if (filterPolicy) {
    const conditions = Object.entries(filterPolicy).map(([key, filter]) => ({ key, values: filter.conditions as unknown[], level: 1 }));
    checkPolicy(problems, 'filterPolicy', 'attributes', conditions);
  }
  if (filterPolicyWithMessageBody) {
    checkPolicy(problems, 'filterPolicyWithMessageBody', 'properties', conditionsIn(filterPolicyWithMessageBody));
  }
}

function checkPolicy(problems: Problems, prop: string, keys: string, conditions: Condition[]): void {
  if (conditions.length < 1 || conditions.length > MOST_KEYS) {
    problems.add(`${prop} has ${conditions.length} ${keys}, but must have 1 to ${MOST_KEYS}: leave ${prop} out for every message, or let the consumer itself look at the rest`);
  }
  for (const { key } of conditions.filter(({ values }) => values.length === 0)) {
    problems.add(`${prop} states nothing for '${key}', which no message could match: state what it must be, or leave it out`);
  }
  // Nested keys weigh as much as they are deep.
  const combinations = conditions.reduce((product, { values, level }) => product * values.length * level, 1);
  if (combinations > MOST_COMBINATIONS) {
    problems.add(`${prop} has ${combinations} combinations of values (the numbers of values multiplied, and with their level of nesting), but may have ${MOST_COMBINATIONS}: use prefix or anything-but conditions, or fewer values`);
  }
  const bytes = Buffer.byteLength(JSON.stringify(conditions.map(({ key, values }) => [key, values])));
  if (bytes > MOST_BYTES) {
    problems.add(`${prop} has ${bytes} bytes, but may have ${MOST_BYTES}: use fewer or shorter values`);
  }
}

function conditionsIn(policy: { [property: string]: sns.FilterOrPolicy }, level = 1): Condition[] {
  return Object.entries(policy).flatMap(([key, entry]) => (
    entry.type === sns.FilterOrPolicyType.POLICY
      ? conditionsIn((entry as sns.Policy).policyDoc, level + 1)
      : [{ key, values: (entry as sns.Filter).filterDoc.conditions as unknown[], level }]
  ));
}

export function hasFilterPolicy({ filterPolicy, filterPolicyWithMessageBody }: FilterPolicies): boolean {
  return (filterPolicy ?? filterPolicyWithMessageBody) !== undefined;
}

/** The filter policy as SNS takes it. */
export function filterPolicyOf({ filterPolicy, filterPolicyWithMessageBody }: FilterPolicies): unknown {
  return filterPolicyWithMessageBody ? bodyPolicyOf(filterPolicyWithMessageBody)
    : filterPolicy && Object.fromEntries(Object.entries(filterPolicy).map(([key, filter]) => [key, filter.conditions]));
}

function bodyPolicyOf(policy: { [property: string]: sns.FilterOrPolicy }): Record<string, unknown> {
  return Object.fromEntries(Object.entries(policy).map(([key, entry]) => [
    key,
    entry.type === sns.FilterOrPolicyType.POLICY ? bodyPolicyOf((entry as sns.Policy).policyDoc) : (entry as sns.Filter).filterDoc.conditions,
  ]));
}
