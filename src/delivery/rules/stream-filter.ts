import type { Rule } from './rule';
import type { StreamKind } from './stream-consumer';

/** What the filters of an event source ask for. */
export interface FilterFacts {
  /** The fields of a record that no record has. */
  readonly unknownFields: readonly string[];
  /** The attributes of items that are compared without their types. */
  readonly untypedAttributes: readonly string[];
  /** The attributes of items whose numbers are compared with numbers; a stream has them as texts. */
  readonly plainNumbers: readonly string[];
  /** The images of items that the stream does not have. */
  readonly missingImages: readonly string[];
  /** Whether they look into the data of records. */
  readonly ofData: boolean;
  /** Whether they tell deletes by TTL from others. */
  readonly ofTtl: boolean;
}

/** What is known of an event source or a pipe that filters records. */
export interface FilteredReadFacts {
  /** What texts call it by, such as `event source 'Shop/Mapping'`. */
  readonly name: string;
  readonly kind?: StreamKind | undefined;
  /** Undefined: it has no filters. */
  readonly filters?: FilterFacts | undefined;
  /** Whether Lambda counts the records that they keep out. */
  readonly counted?: boolean | undefined;
  /** Whether the table has replicas. */
  readonly replicated?: boolean | undefined;
  /** Whether the texts name props of a pattern, rather than properties of a template. */
  readonly byProps?: boolean;
}

const TABLE_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html';
const STREAM_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html';

/**
 * What is true of filters that let through what they are meant to. Lambda and EventBridge Pipes discard what no filter matches.
 */
export const STREAM_FILTER_RULES: readonly Rule<FilteredReadFacts>[] = [
  {
    id: 'streamFilterUnknownField',
    severity: 'warning',
    why: 'A filter on a field that no record has matches nothing, and what no filter matches is discarded.',
    source: STREAM_PAGE,
    finding: ({ kind, filters, ...facts }) => (
      filters === undefined || filters.unknownFields.length === 0 ? undefined
        : {
          what: `${called(facts)} for '${filters.unknownFields.join('\', \'')}', which no record of a ${kind} has, so that filter lets nothing through`,
          fix: `filter by '${kind === 'table' ? 'dynamodb' : 'data'}'`,
        }
    ),
  },
  {
    id: 'tableFilterUntyped',
    severity: 'warning',
    why: 'A stream of DynamoDB has attributes with their types, so a filter without them matches nothing.',
    source: TABLE_PAGE,
    finding: ({ filters, ...facts }) => (
      filters === undefined || filters.untypedAttributes.length === 0 ? undefined
        : {
          what: `${called(facts)} for '${filters.untypedAttributes.join('\', \'')}' without the type of the attribute, so that filter lets nothing through`,
          fix: 'write the type as DynamoDB does, such as { "S": ["value"] }, and numbers as texts in { "N": ["1"] }',
        }
    ),
  },
  {
    id: 'tableFilterPlainNumber',
    severity: 'warning',
    why: 'A stream of DynamoDB has numbers as texts, so a filter with a number matches nothing.',
    source: TABLE_PAGE,
    finding: ({ filters, ...facts }) => (
      filters === undefined || filters.plainNumbers.length === 0 ? undefined
        : {
          what: `${called(facts)} for '${filters.plainNumbers.join('\', \'')}' by a number, which the stream has as a text, so that filter lets nothing through`,
          fix: 'write the number as a text, as in { "N": ["1"] }',
        }
    ),
  },
  {
    id: 'tableFilterImageMissing',
    severity: 'warning',
    why: 'Records have only the images of an item that the view type of the stream says.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html',
    finding: ({ filters, ...facts }) => (
      filters === undefined || filters.missingImages.length === 0 ? undefined
        : {
          what: `${called(facts)} for '${filters.missingImages.join('\', \'')}', which the StreamViewType of the table leaves out, so that filter lets nothing through`,
          fix: 'filter by what the stream has, or set StreamViewType: NEW_AND_OLD_IMAGES, which makes a new stream',
        }
    ),
  },
  {
    id: 'tableTtlFilterReplicated',
    severity: 'warning',
    why: 'A delete by TTL is marked as one only in the region in which it took place, and looks like any other in the replicas.',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html',
    finding: ({ filters, replicated, ...facts }) => (
      !filters?.ofTtl || !replicated ? undefined
        : {
          what: `${called(facts)} for deletes by TTL, but the table has replicas, and of a delete by TTL in another region the stream does not say so`,
          fix: 'read the stream in the region in which items expire, or tell them in the function by their TTL attribute',
        }
    ),
  },
  {
    id: 'streamFilterDropsOtherData',
    severity: 'note',
    why: 'Under a filter on its data, Lambda drops a record that is not valid JSON without a trace.',
    source: STREAM_PAGE,
    finding: ({ name, kind, filters, counted }) => (
      kind !== 'stream' || !filters?.ofData || counted !== false ? undefined
        : {
          what: `${name} filters by data without the metrics of EventCount (MetricsConfig), so Lambda silently drops records that are not JSON, and nothing counts them`,
          fix: 'set MetricsConfig.Metrics: [EventCount] and watch FilteredOutEventCount, or filter in the function',
        }
    ),
  },
];

function called({ name, byProps }: Pick<FilteredReadFacts, 'name' | 'byProps'>): string {
  return byProps ? 'filters ask' : `FilterCriteria of ${name} asks`;
}

/** What a filter may ask for: the fields of a record, where those of Kinesis come without what they are wrapped in. */
const RECORD_FIELDS: Readonly<Record<StreamKind, ReadonlySet<string>>> = {
  stream: new Set([
    'data', 'partitionKey', 'sequenceNumber', 'kinesisSchemaVersion', 'approximateArrivalTimestamp', 'eventSource', 'eventVersion', 'eventID', 'eventName',
    'invokeIdentityArn', 'awsRegion', 'eventSourceARN',
  ]),
  table: new Set(['dynamodb', 'eventID', 'eventName', 'eventVersion', 'eventSource', 'awsRegion', 'eventSourceARN', 'userIdentity']),
};
const IMAGES = ['Keys', 'NewImage', 'OldImage'];
const ATTRIBUTE_TYPES = new Set(['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL']);

/**
 * What filters ask for.
 *
 * @param patterns as JSON; what is not, or is not known, asks for nothing
 * @param viewType of the stream of a table
 */
export function filterFacts(kind: StreamKind, patterns: readonly (string | undefined)[], viewType?: string): FilterFacts | undefined {
  const parsed = patterns.map(parse);
  const fields = parsed.flatMap(Object.keys);
  const records = kind === 'table' ? parsed.map(({ dynamodb }) => asObject(dynamodb)) : [];
  const attributes = records.flatMap((record) => IMAGES.flatMap((image) => (
    Object.entries(asObject(record[image])).filter(([name]) => !name.startsWith('$')).map(([name, value]) => ({ name: `${image}.${name}`, value }))
  )));
  const namesOf = (wanted: (value: unknown) => boolean) => attributes.filter(({ value }) => wanted(value)).map(({ name }) => name);
  return patterns.length === 0 ? undefined : {
    unknownFields: fields.filter((field) => !RECORD_FIELDS[kind].has(field) && !field.startsWith('$')),
    untypedAttributes: namesOf(isUntyped),
    plainNumbers: namesOf(hasPlainNumber),
    missingImages: viewType === undefined ? [] : records.flatMap(Object.keys).filter((image) => lacks(viewType, image)),
    ofData: fields.includes('data'),
    ofTtl: fields.includes('userIdentity'),
  };
}

function parse(pattern: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(String(pattern)));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : {};
}

/** A list of values, or an object without any type, where there must be one. Matchers of a whole attribute are left alone. */
function isUntyped(value: unknown): boolean {
  return Array.isArray(value) ? value.some((one) => typeof one !== 'object')
    : typeof value === 'object' && value !== null && !Object.keys(value).some((key) => ATTRIBUTE_TYPES.has(key));
}

function hasPlainNumber(value: unknown): boolean {
  const { N: numbers } = asObject(value);
  return Array.isArray(numbers) && numbers.some((number) => typeof number === 'number');
}

function lacks(view: string, image: string): boolean {
  return (image === 'OldImage' && (view === 'NEW_IMAGE' || view === 'KEYS_ONLY')) || (image === 'NewImage' && (view === 'OLD_IMAGE' || view === 'KEYS_ONLY'));
}
