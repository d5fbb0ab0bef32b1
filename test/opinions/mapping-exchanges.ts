import {
  acceptAnswer, acceptRefusal, acceptRequest, cancelAnswer, cancelRefusal, cancelRequest, JobOwner, statusAnswer, statusRefusal, statusRequest,
} from '../../src/jobs/private/job-templates';
import type { Cors } from '../../src/private/apigateway/cors';
import { echoOrigin } from '../../src/private/apigateway/cors';
import { problemJson } from '../../src/private/apigateway/problem-details';

/** What a mapping template is rendered with. */
export interface Exchange {
  readonly template: string;
  readonly context: object;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Exchanges that differ in a text that a client, a worker or DynamoDB chooses, and must be answered alike whatever the text. The first
 * one is harmless.
 */
export interface Group {
  readonly name: string;
  readonly exchanges: readonly Exchange[];
}

const NOW = 1_700_000_000;
const MAX_BODY_BYTES = 3000;
const RETRY_AFTER = 7;
const ROLE = 'arn:aws:sts::111122223333:assumed-role/Shop';
const CONTEXT = {
  identity: { userArn: `${ROLE}/session`, cognitoIdentityId: '' },
  authorizer: { principalId: 'alice', claims: { sub: 'b5b0' } },
  extendedRequestId: 'JKJ+aX/mPLv_HcE=',
  requestTimeEpoch: NOW * 1000 + 789,
  path: '/prod/jobs',
};

const HARMLESS = 'plain';

/** Texts that break a template which puts them in as they are, or that an engine could take for its own. */
const HOSTILE = [
  'say "hi"', '"', '""', "it's 'here'", "'", "\\'", "\\\\'", '\\', '\\\\', 'C:\\temp\\', '\\"', '/', '//', '</script>', ']]>', 'a\r\n\tb',
  'Grüße 你好 🚀', '\u2028\u2029', '\u0085\u00a0\ufeff', '\u007f',
  ...Array.from({ length: 32 }, (_, code) => `a${String.fromCharCode(code)}b`),
  '#end', '#end#end', '#set($x = 1)', '#set($owner = "mallory")', '#if(true)', '#else', '#foreach($z in [1..9])', '#stop', '#break',
  '#[[', ']]#', '#[[$owner]]#', '##', '#*', '*#', '#**', '#include("pom.xml")', '#parse("pom.xml")', '#macro(m)', '#evaluate("$owner")',
  '#define($d)', '\\#end', '\\$owner', '$owner', '$!owner', '${owner}', '$!{owner}', '$', '$$', '$1', '\\1', '$input.body',
  '$context.identity.userArn', '$util.base64Encode("a")', '$context.responseOverride.status',
  '"}}', '"}, "x": {"S": "', '1}"}, ":owner": {"S": "mallory"}, "x": {"S": "', '{"a": 1}', '[]', 'null', '%22', '+', '&quot;',
];

/** Text that only JSON can carry; HTTP carries bytes. */
const ONLY_IN_JSON = ['\ud83d', '\ude80', '\ude80\ud83d'];

const exchange = (template: string, rest: Partial<Exchange> = {}): Exchange => (
  { template, context: CONTEXT, headers: {}, path: {}, body: '{}', ...rest }
);
const accepted = (owner: JobOwner) => (
  acceptRequest({ tableName: 'T', owner, maxBodyBytes: MAX_BODY_BYTES, timeout: 900, retentionPeriod: 86_400 })
);
const texts = [HARMLESS, ...HOSTILE];
const textsInJson = [...texts, ...ONLY_IN_JSON];
const filled = (bytes: number, sign: string) => sign.repeat(Math.floor(bytes / Buffer.byteLength(sign)));

/** Contexts in which the owner of a job has a name of the client's choice. */
const OWNERS: readonly [JobOwner, string, (name: string) => object][] = [
  [JobOwner.IAM, 'a role', (name) => ({ identity: { userArn: `arn:aws:sts::1:assumed-role/${name}/session` } })],
  [JobOwner.IAM, 'an identity', (name) => ({ identity: { userArn: `${ROLE}/session`, cognitoIdentityId: name } })],
  [JobOwner.COGNITO, 'a subject', (name) => ({ authorizer: { claims: { sub: name } } })],
  [JobOwner.CUSTOM, 'a principal', (name) => ({ authorizer: { principalId: name } })],
];

type Attributes = Readonly<Record<string, object>>;

const item = (attributes: Attributes) => ({
  jobId: { S: 'k-abc' },
  jobStatus: { S: 'PENDING' },
  acceptedAt: { N: `${NOW - 10}` },
  deadline: { N: `${NOW + 890}` },
  expiresAt: { N: `${NOW + 86_390}` },
  ...attributes,
});

/** The job as it is in each state, and as it expires and runs out of time. */
const JOBS: Readonly<Record<string, Attributes>> = {
  'pending': {},
  'running': { jobStatus: { S: 'RUNNING' } },
  'running, with progress': { jobStatus: { S: 'RUNNING' }, jobProgress: { N: '40' } },
  'about to run out of time': { deadline: { N: `${NOW + 1}` } },
  'out of time now': { deadline: { N: `${NOW}` } },
  'out of time': { jobStatus: { S: 'RUNNING' }, deadline: { N: `${NOW - 1}` } },
  'about to expire': { expiresAt: { N: `${NOW + 1}` } },
  'expired now': { expiresAt: { N: `${NOW}` } },
  'expired': { expiresAt: { N: `${NOW - 1}` } },
  'succeeded without a result': { jobStatus: { S: 'SUCCEEDED' } },
  'failed': { jobStatus: { S: 'FAILED' }, failureCode: { S: 'FAILED' } },
  'failed without a code': { jobStatus: { S: 'FAILED' } },
  'stopped': { jobStatus: { S: 'FAILED' }, failureCode: { S: 'STOPPED' } },
  'timed out': { jobStatus: { S: 'FAILED' }, failureCode: { S: 'TIMEOUT' } },
  'cancelled': { jobStatus: { S: 'CANCELLED' } },
  'cancelled while it was running': { jobStatus: { S: 'CANCELLED' }, jobProgress: { N: '40' }, jobResult: { S: '{}' } },
};

/** Results are JSON, which is put in as it is. */
const RESULTS = [
  ...textsInJson.map((text) => JSON.stringify(text)),
  'null', 'true', '17', '-1.5e300', '[]', '[[1]]', '{}', '{"#end": {"$owner": "#set($x = 1)"}}',
];

const refusal = (name: string, rest: object = {}) => (
  JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'a reason', ...rest })
);
const REFUSALS = [
  refusal('ConditionalCheckFailedException'), refusal('ConditionalCheckFailedException', { Item: item({}) }),
  refusal('ConditionalCheckFailedException', { Item: item({ expiresAt: { N: `${NOW}` } }) }),
  refusal('ValidationException'), refusal('ThrottlingException'), refusal('ProvisionedThroughputExceededException'),
  refusal('RequestLimitExceeded'), refusal('AccessDeniedException'), refusal('ResourceNotFoundException'), '{"message": "a reason"}', '{}',
];

/** A group of one exchange for each value. */
function group<T>(name: string, values: readonly T[], exchangeOf: (value: T) => Exchange): Group {
  return { name, exchanges: values.map(exchangeOf) };
}

const EACH_OWNER = Object.values(JobOwner);

const requestsByOwner = EACH_OWNER.flatMap((owner): Group[] => [
  group(`accept, ${owner}, bodies`, texts, (body) => exchange(accepted(owner), { body })),
  group(`accept, ${owner}, keys`, texts, (key) => exchange(accepted(owner), { headers: { 'Accept': '*/*', 'Idempotency-Key': key } })),
  group(`accept, ${owner}, header names`, texts, (name) => exchange(accepted(owner), { headers: { [name]: 'x', 'idempotency-KEY': 'abc' } })),
  ...([['read', statusRequest], ['cancel', cancelRequest]] as const).map(([kind, request]) => (
    group(`${kind}, ${owner}, ids`, [...texts, 'k-YWJj', 'r-abc', 'k-', 'k-a/b', '../k-a', 'k-a\n'], (id) => exchange(request('T', owner), { path: { id } }))
  )),
  group(
    `accept, ${owner}, no owner`,
    [{ identity: {} }, { identity: { userArn: '', cognitoIdentityId: '' } }, { authorizer: {} }, { authorizer: { claims: {} } }],
    (nobody) => exchange(accepted(owner), { context: { ...CONTEXT, identity: {}, authorizer: {}, ...nobody } }),
  ),
]);

const requestsByName = OWNERS.flatMap(([owner, what, context]): Group[] => {
  const from = (name: string) => ({ context: { ...CONTEXT, ...context(name) }, headers: { 'Idempotency-Key': 'abc' }, path: { id: 'k-YWJj' } });
  return [
    group(`accept, ${what}`, texts, (name) => exchange(accepted(owner), from(name))),
    group(`read, ${what}`, texts, (name) => exchange(statusRequest('T', owner), from(name))),
    group(`cancel, ${what}`, texts, (name) => exchange(cancelRequest('T', owner), from(name))),
  ];
});

const requestsByTime = [['accept', accepted(JobOwner.IAM)], ['cancel', cancelRequest('T', JobOwner.IAM)]].map(([kind, template]) => (
  group(`${kind}, milliseconds`, [0, 1, 499, 500, 999], (milliseconds) => (
    exchange(template!, { context: { ...CONTEXT, requestTimeEpoch: NOW * 1000 + milliseconds }, path: { id: 'k-YWJj' } })
  ))
));

const requestsBySize = ['x', 'ü', '你', '🚀'].flatMap((sign): Group[] => {
  const sized = (more: number) => exchange(accepted(JobOwner.IAM), { body: filled(MAX_BODY_BYTES + more, sign) });
  return [group(`accept, the largest bodies of ${sign}`, [-8, -1, 0], sized), group(`accept, too large bodies of ${sign}`, [7, 8, 300], sized)];
});

const ANSWERS = [['accepted', acceptAnswer(RETRY_AFTER), 'Attributes'], ['read', statusAnswer(RETRY_AFTER, JobOwner.IAM), 'Item']] as const;

const answers = ANSWERS.flatMap(([kind, template, key]): Group[] => {
  const job = (attributes: Attributes) => exchange(template, { body: JSON.stringify({ [key]: item(attributes) }) });
  return [
    ...Object.entries(JOBS).map(([state, attributes]) => (
      group(`${kind}, ${state}`, [attributes, { ...attributes, requestBody: { S: '#end"' } }], job)
    )),
    ...RESULTS.map((result) => group(`${kind}, the result ${result}`, [{ jobStatus: { S: 'SUCCEEDED' }, jobResult: { S: result } }], job)),
    group(`${kind}, locations`, textsInJson, (S) => job({ jobStatus: { S: 'SUCCEEDED' }, resultLocation: { S } })),
    group(`${kind}, failure codes`, textsInJson, (S) => job({ jobStatus: { S: 'FAILED' }, failureCode: { S } })),
    group(`${kind}, failure reasons`, textsInJson, (S) => job({ jobStatus: { S: 'FAILED' }, failureCode: { S: 'X' }, failureReason: { S } })),
  ];
});

const REFUSAL_TEMPLATES = [...EACH_OWNER.flatMap((owner) => [acceptRefusal(MAX_BODY_BYTES, owner), cancelRefusal(owner)]), statusRefusal()];

const refusals: Group[] = [
  group<Attributes>('cancelled', [{}, { requestBody: { S: '#end"' }, jobResult: { S: '#end"' } }], (attributes) => (
    exchange(cancelAnswer(), { body: JSON.stringify({ Attributes: item({ jobStatus: { S: 'CANCELLED' }, ...attributes }) }) })
  )),
  ...REFUSALS.flatMap((body) => REFUSAL_TEMPLATES.map((template) => (
    group(`refused, ${body}`, [template], () => exchange(template, { body }))
  ))),
  group('refused, messages', textsInJson, (message) => (
    exchange(acceptRefusal(MAX_BODY_BYTES, JobOwner.IAM), { body: refusal('ValidationException', { message }) })
  )),
  ...EACH_OWNER.map((owner) => group(`nothing there, ${owner}`, [statusAnswer(RETRY_AFTER, owner)], (template) => exchange(template))),
];

/** Pages of two origins may call the API, of which the second is echoed. */
const CORS: Cors = { allowOrigins: ['https://a.example.com', 'https://b.example.com'], allowHeaders: [] };

const ECHOED = [
  acceptAnswer(RETRY_AFTER), acceptAnswer(RETRY_AFTER, 'https://www.example.com/api/v1/reports'), ...EACH_OWNER.map((owner) => statusAnswer(RETRY_AFTER, owner)),
  ...REFUSAL_TEMPLATES, cancelAnswer(), problemJson({ status: 503, title: 'Service Unavailable' }),
].map((template) => `${echoOrigin(CORS)}${template}`);

const fromPages = ECHOED.flatMap((template, index): Group[] => {
  const job = { Attributes: item({}), Item: item({}) };
  const from = (Origin: string) => exchange(template, { headers: { Origin }, body: JSON.stringify({ __type: 'x#ValidationException', ...job }) });
  return [
    group(`page ${index}, origins that are not echoed`, [...texts, 'https://a.example.com', 'https://b.example.com.evil', 'https://bxexample.com'], from),
    group(`page ${index}, the origin that is echoed`, ['https://b.example.com'], from),
    group(`page ${index}, in whatever case the header is`, ['ORIGIN', 'origin'], (name) => (
      exchange(template, { headers: { [name]: 'https://b.example.com' }, body: JSON.stringify({ __type: 'x#ValidationException', ...job }) })
    )),
  ];
});

export const GROUPS: readonly Group[] = [
  ...requestsByOwner, ...requestsByName, ...requestsByTime, ...requestsBySize, ...answers, ...refusals, ...fromPages,
];
