import type { Rule } from './rule';

/** What is known of what an event pattern says. */
export interface EventPatternContent {
  /** How many fields of an event it looks at. */
  readonly fields?: number | undefined;
  /** The paths of fields for which it allows no value at all. */
  readonly emptyFields?: readonly string[] | undefined;
  /** The characters that it has at least. */
  readonly characters?: number | undefined;
  /** Whether it is for events of services of AWS, and no others. */
  readonly ofAwsServices?: boolean | undefined;
}

/** What is known of the event pattern of a rule. */
export interface EventPatternFacts extends EventPatternContent {
  /** What texts call it by, such as `eventPattern` or `EventPattern of rule 'Shop/Rule'`. */
  readonly name: string;
  /** Whether the rule is on another bus than the default one. */
  readonly onCustomBus?: boolean | undefined;
  /** Whether a rule is known that brings events from another bus to this one. */
  readonly receivesFromRules?: boolean | undefined;
}

const PATTERN_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html';

/** A quota that AWS raises on request. */
const MOST_CHARACTERS = 2048;

/**
 * What is true of an event pattern by which a rule gets the events that it is meant for.
 */
export const EVENT_PATTERN_RULES: readonly Rule<EventPatternFacts>[] = [
  {
    id: 'eventPatternEmpty',
    severity: 'error',
    why: 'EventBridge takes no rule whose pattern looks at nothing.',
    source: PATTERN_PAGE,
    finding: ({ name, fields }) => (
      fields !== 0 ? undefined : { what: `${name} is empty, and EventBridge takes no such rule`, fix: 'state which events are meant; for all of them { source: [{ prefix: \'\' }] }' }
    ),
  },
  {
    id: 'eventPatternWithEmptyField',
    severity: 'error',
    why: 'A field of a pattern lists the values that match, and EventBridge takes no rule with an empty list.',
    source: PATTERN_PAGE,
    finding: ({ name, emptyFields = [] }) => (
      emptyFields.length === 0 ? undefined
        : {
          what: `${name} has no value at ${emptyFields.join(', ')}, and EventBridge takes no rule with an empty list`,
          fix: 'state the values that match, or leave the field out',
        }
    ),
  },
  {
    id: 'eventPatternTooLong',
    severity: 'warning',
    why: 'The quota of a pattern is 2,048 characters, until AWS raises it.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html',
    finding: ({ name, characters }) => (
      characters === undefined || characters <= MOST_CHARACTERS ? undefined
        : {
          what: `${name} has at least ${characters} characters, but the quota is ${MOST_CHARACTERS}`,
          fix: 'match by fewer values (prefix, wildcard), add several consumers with a part of it each, or have the quota raised',
        }
    ),
  },
  {
    id: 'awsEventsOnCustomBus',
    severity: 'warning',
    why: 'Services of AWS send their events to the default event bus, so a rule on another bus gets them only if a rule of the default bus sends them there.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html',
    finding: ({ name, ofAwsServices, onCustomBus, receivesFromRules }) => (
      !ofAwsServices || !onCustomBus || receivesFromRules !== false ? undefined
        : {
          what: `${name} is for events of services of AWS, which send them to the default event bus, but the rule is on another bus, which no rule of this app sends them to`,
          fix: 'put the rule on the default event bus, or add a rule there that sends them to this bus',
        }
    ),
  },
];

/**
 * What an event pattern says, as it is written in JSON.
 *
 * @param pattern in which a part that is not known is undefined
 */
export function contentOfPattern(pattern: unknown): EventPatternContent {
  if (!isObject(pattern)) {
    return {};
  }
  return {
    fields: Object.keys(pattern).length,
    emptyFields: emptyFieldsIn(pattern),
    // What is not known may be the shortest text of all.
    characters: JSON.stringify(pattern, (_, value: unknown) => value ?? '').length,
    ofAwsServices: areAwsServices(pattern.source),
  };
}

function emptyFieldsIn(part: unknown, path: readonly string[] = []): string[] {
  if (Array.isArray(part)) {
    return part.length === 0 ? [path.join('.')] : [];
  }
  return isObject(part) ? Object.entries(part).flatMap(([name, inner]) => emptyFieldsIn(inner, [...path, name])) : [];
}

/** Partners send their events to buses of their own. */
function areAwsServices(sources: unknown): boolean | undefined {
  if (!Array.isArray(sources) || sources.length === 0) {
    return false;
  }
  const texts = sources.map((source: unknown) => (isObject(source) ? source.prefix : source));
  return texts.includes(undefined) ? undefined : texts.every((text) => typeof text === 'string' && text.startsWith('aws.') && !text.startsWith('aws.partner'));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
