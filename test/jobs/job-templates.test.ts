import { arbitraryJson, JSON_TEXTS } from './arbitrary-json';
import { render } from './mapping-template';
import {
  acceptAnswer, acceptRefusal, acceptRequest, cancelAnswer, cancelRefusal, cancelRequest, JobOwner, statusAnswer, statusRefusal, statusRequest,
} from '../../src/jobs/private/job-templates';

const NOW = 1_700_000_000;
const LIMIT = 262_144;
const ROLE = 'arn:aws:sts::111122223333:assumed-role/Shop';

const CONTEXT = {
  identity: { userArn: `${ROLE}/session-1`, cognitoIdentityId: '' },
  authorizer: { principalId: 'alice', claims: { sub: 'b5b0' } },
  extendedRequestId: 'JKJ+aX/mPLv_HcE=',
  // Milliseconds, which must not get into the times of a job.
  requestTimeEpoch: NOW * 1000 + 789,
  path: '/prod/jobs',
};

/** Texts that break a template which puts them in as they are. */
const HOSTILE = [
  ['quotation marks', '{"a": "say \\"hi\\""}'],
  ['apostrophes', '{"a": "it\'s \'here\'"}'],
  ['line breaks', '{\r\n\t"a": 1\n}'],
  ['backslashes', '{"a": "C:\\\\temp\\\\", "b": "\\\\\'"}'],
  ['slashes', '{"a": "</script>"}'],
  ['unicode', '{"a": "Grüße 你好 🚀 \u2028\u2029"}'],
  ['an end of the JSON string', '{"a": 1}"}, ":owner": {"S": "mallory"}, "x": {"S": "'],
  ['VTL', '{"a": "$context.identity.userArn #set($x = 1) ${y} #end #foreach($z in [1..9])"}'],
  ['control characters', '{"a": "\u0000\u0001\u001f\u007f"}'],
  ['an empty object', '{}'],
] as const;

interface Accept {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly context?: object;
  readonly owner?: JobOwner;
}

function accept({ body = '{}', headers = {}, context = CONTEXT, owner = JobOwner.IAM }: Accept = {}): any {
  const template = acceptRequest({ tableName: 'T', owner, maxBodyBytes: LIMIT, timeout: 900, retentionPeriod: 86_400 });
  return JSON.parse(render(template, { context, headers, body }).text);
}

function readRequest(id: string, owner = JobOwner.IAM, context: object = CONTEXT): any {
  return JSON.parse(render(statusRequest('T', owner), { context, path: { id } }).text);
}

function cancellation(id: string, owner = JobOwner.IAM, context: object = CONTEXT): any {
  return JSON.parse(render(cancelRequest('T', owner), { context, path: { id } }).text);
}

const jobItem = (attributes: Record<string, object> = {}) => ({
  jobId: { S: 'k-abc' },
  jobStatus: { S: 'PENDING' },
  acceptedAt: { N: `${NOW - 10}` },
  deadline: { N: `${NOW + 890}` },
  expiresAt: { N: `${NOW + 86_390}` },
  ...attributes,
});

function answer(template: string, body: object, context: object = CONTEXT) {
  const { text, status, headers } = render(template, { context, body: JSON.stringify(body) });
  return { status, headers, body: JSON.parse(text) as any };
}

const read = (attributes: Record<string, object> = {}) => answer(statusAnswer(7, JobOwner.IAM), { Item: jobItem(attributes) });

describe('the request that accepts a job', () => {
  test('is one conditional UpdateItem that changes nothing the second time', () => {
    expect(accept({ body: '{"a":1}', headers: { 'Idempotency-Key': 'abc' } })).toEqual({
      TableName: 'T',
      Key: { jobKey: { S: `${ROLE}/k-YWJj` } },
      ConditionExpression: 'attribute_not_exists(jobKey) OR requestBody = :requestBody',
      UpdateExpression: 'SET jobId = if_not_exists(jobId, :jobId), requestBody = if_not_exists(requestBody, :requestBody), jobStatus = if_not_exists(jobStatus, :jobStatus), ' +
        'acceptedAt = if_not_exists(acceptedAt, :acceptedAt), deadline = if_not_exists(deadline, :deadline), expiresAt = if_not_exists(expiresAt, :expiresAt)',
      ExpressionAttributeValues: {
        ':jobId': { S: 'k-YWJj' },
        ':requestBody': { S: '{"a":1}' },
        ':jobStatus': { S: 'PENDING' },
        ':acceptedAt': { N: `${NOW}` },
        ':deadline': { N: `${NOW + 900}` },
        ':expiresAt': { N: `${NOW + 86_400}` },
      },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test.each(HOSTILE)('keeps a body with %s as it is, and as a text', (_, body) => {
    const request = accept({ body });
    expect(request.ExpressionAttributeValues[':requestBody']).toEqual({ S: body });
    expect(Object.keys(request.ExpressionAttributeValues)).toHaveLength(6);
  });

  test.each([...JSON_TEXTS, ...arbitraryJson(200)])('keeps the body %j byte for byte', (body) => {
    expect(accept({ body }).ExpressionAttributeValues[':requestBody']).toEqual({ S: body });
  });

  test.each(HOSTILE)('makes an id for a path of a key with %s', (_, key) => {
    const { S: id } = accept({ headers: { 'Idempotency-Key': key } }).ExpressionAttributeValues[':jobId'];
    expect(id).toMatch(/^k-[\w-]+$/);
    expect(Buffer.from(id.slice(2), 'base64url').toString()).toBe(key);
  });

  test.each(['Idempotency-Key', 'idempotency-key', 'IDEMPOTENCY-KEY'])('reads the header %s', (name) => {
    expect(accept({ headers: { Accept: '*/*', [name]: 'abc', X: 'y' } }).Key.jobKey.S).toBe(`${ROLE}/k-YWJj`);
  });

  test.each<Record<string, string>>([{}, { 'Idempotency-Key': '' }])('takes the id of the request that the client cannot choose, with the headers %j', (headers) => {
    expect(accept({ headers }).Key.jobKey.S).toBe(`${ROLE}/r-JKJaXmPLv_HcE`);
  });

  describe.each([
    ['one byte for each character', 'x'],
    ['two bytes for each character', 'ü'],
    ['three bytes for each character', '你'],
    ['four bytes for each character', '🚀'],
  ])('measures the body in bytes, with %s', (_, sign) => {
    const filled = (bytes: number) => sign.repeat(Math.floor(bytes / Buffer.byteLength(sign)));

    test('and takes the largest', () => {
      expect(accept({ body: filled(LIMIT) }).Key.jobKey.S).toMatch(/^arn:/);
    });

    test('and refuses a larger one by a condition that fails without a job', () => {
      // Base64 comes in steps of three bytes.
      expect(accept({ body: filled(LIMIT + 3 + Buffer.byteLength(sign)) })).toEqual({
        TableName: 'T', Key: { jobKey: { S: '-' } }, ConditionExpression: 'attribute_exists(jobKey)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    });
  });
});

describe('the owner of a job', () => {
  const keyOf = (owner: JobOwner, context: object) => accept({ owner, context: { ...CONTEXT, ...context }, headers: { 'Idempotency-Key': 'abc' } }).Key.jobKey.S;

  test.each([
    ['a role, whatever the session', JobOwner.IAM, { identity: { userArn: `${ROLE}/session-2` } }, ROLE],
    ['a user', JobOwner.IAM, { identity: { userArn: 'arn:aws:iam::111122223333:user/team/bob' } }, 'arn:aws:iam::111122223333:user/team/bob'],
    ['an identity of an identity pool', JobOwner.IAM, { identity: { userArn: `${ROLE}/CognitoIdentityCredentials`, cognitoIdentityId: 'eu-west-1:42' } }, 'eu-west-1:42'],
    ['the subject of a token', JobOwner.COGNITO, {}, 'b5b0'],
    ['the principal of a Lambda authorizer', JobOwner.CUSTOM, {}, 'alice'],
    ['a principal with quotation marks', JobOwner.CUSTOM, { authorizer: { principalId: 'al"ice\'s' } }, 'al"ice\'s'],
  ] as const)('is %s', (_, owner, context, expected) => {
    expect(keyOf(owner, context)).toBe(`${expected}/k-YWJj`);
    expect(readRequest('k-YWJj', owner, { ...CONTEXT, ...context }).Key.jobKey.S).toBe(`${expected}/k-YWJj`);
    expect(cancellation('k-YWJj', owner, { ...CONTEXT, ...context }).Key.jobKey.S).toBe(`${expected}/k-YWJj`);
  });

  describe.each([
    [JobOwner.IAM, { identity: {} }],
    [JobOwner.COGNITO, { authorizer: {} }],
    [JobOwner.CUSTOM, {}],
  ])('that is not known (%s)', (owner, context) => {
    const unknown = { ...CONTEXT, authorizer: undefined, ...context };
    const forbidden = {
      status: 403,
      headers: { 'Content-Type': 'application/problem+json' },
      body: {
        type: expect.stringMatching(/polling-status-api\.md#errors$/),
        title: 'Forbidden',
        status: 403,
        detail: 'The request is authorized, but does not tell who sends it, and a job belongs to somebody.',
      },
    };

    test('submits no job, and is told why', () => {
      expect(accept({ owner, context: unknown })).toEqual({
        TableName: 'T', Key: { jobKey: { S: '-' } }, ConditionExpression: 'attribute_exists(jobKey)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      expect(answer(acceptRefusal(LIMIT, owner), { __type: 'ConditionalCheckFailedException' }, unknown)).toEqual(forbidden);
    });

    test('reads no job, and is told why', () => {
      expect(readRequest('k-YWJj', owner, unknown).Key.jobKey.S).toBe('-');
      expect(answer(statusAnswer(7, owner), {}, unknown)).toEqual(forbidden);
      expect(answer(statusAnswer(7, owner), { Item: jobItem() }, unknown)).toEqual(forbidden);
    });

    test('cancels no job, and is told why', () => {
      expect(cancellation('k-YWJj', owner, unknown).Key.jobKey.S).toBe('-');
      expect(answer(cancelRefusal(owner), { __type: 'ConditionalCheckFailedException' }, unknown)).toEqual(forbidden);
    });
  });
});

describe('the answer to an accepted job', () => {
  test('says where it is and when to ask', () => {
    expect(answer(acceptAnswer(7), { Attributes: jobItem({ requestBody: { S: '{}' } }) })).toEqual({
      status: undefined,
      headers: { 'Location': '/prod/jobs/k-abc', 'Retry-After': '7' },
      body: { id: 'k-abc', status: 'PENDING', acceptedAt: NOW - 10, deadline: NOW + 890, expiresAt: NOW + 86_390 },
    });
  });

  test('has no doubled slash after a path that ends with one', () => {
    expect(answer(acceptAnswer(7), { Attributes: jobItem() }, { ...CONTEXT, path: '/prod/jobs/' }).headers.Location).toBe('/prod/jobs/k-abc');
  });

  test('is the job as it stands, when it was accepted before', () => {
    const { status, headers, body } = answer(acceptAnswer(7), { Attributes: jobItem({ jobStatus: { S: 'SUCCEEDED' }, jobResult: { S: '[1]' } }) });
    expect({ status, headers, body }).toEqual({
      status: undefined,
      headers: { Location: '/prod/jobs/k-abc' },
      body: expect.objectContaining({ status: 'SUCCEEDED', result: [1] }),
    });
  });

  test.each([0, 1])('is 422 for a key whose job expired %d seconds ago and is still in the table', (seconds) => {
    const { status, headers, body } = answer(acceptAnswer(7), { Attributes: jobItem({ expiresAt: { N: `${NOW - seconds}` } }) });
    expect(status).toBe(422);
    expect(headers).toEqual({ 'Content-Type': 'application/problem+json' });
    expect(body).toEqual({
      type: expect.stringMatching(/#idempotency-keys$/),
      title: 'Idempotency-Key was used for a job that has expired',
      status: 422,
      detail: 'Send the request with a new key.',
    });
  });
});

describe('the answer to a job that was not accepted', () => {
  const refused = (body: object) => answer(acceptRefusal(LIMIT, JobOwner.IAM), body);
  const type = (name: string) => ({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'table arn:aws:dynamodb:secret' });

  test.each([
    ['another body', { ...type('ConditionalCheckFailedException'), Item: jobItem() }, 422, 'Idempotency-Key was used with another body'],
    ['a body that is too large', type('ConditionalCheckFailedException'), 413, 'Content Too Large'],
    ['a key that is too long', type('ValidationException'), 400, 'Bad Request'],
    ['throttling', type('ThrottlingException'), 503, 'Service Unavailable'],
    ['throttling of the table', type('ProvisionedThroughputExceededException'), 503, 'Service Unavailable'],
    ['throttling of the account', type('RequestLimitExceeded'), 503, 'Service Unavailable'],
    ['a missing permission', type('AccessDeniedException'), 500, 'Internal Server Error'],
    ['something without a type', { message: 'secret' }, 500, 'Internal Server Error'],
  ])('is for %s a problem that tells no more than it must', (_, body, status, title) => {
    const { headers, ...problem } = refused(body);
    expect(problem).toMatchObject({ status, body: { status, title } });
    expect(headers).toEqual({ 'Content-Type': 'application/problem+json', ...(status === 503 ? { 'Retry-After': '1' } : {}) });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  test.each([
    [
      { ...type('ConditionalCheckFailedException'), Item: jobItem() },
      'Idempotency-Key was used with another body',
      'Send the request with a new key, or with the body that the key was used with.',
    ],
    [type('ValidationException'), 'Bad Request', 'The Idempotency-Key cannot be used. It is too long.'],
  ])('says what to do about a key (%#)', (body, title, detail) => {
    expect(refused(body).body).toEqual({ type: expect.stringMatching(/polling-status-api\.md#idempotency-keys$/), title, detail, status: expect.any(Number) });
  });

  test('points to the claim check where a body is too large', () => {
    expect(refused(type('ConditionalCheckFailedException')).body).toEqual({
      type: expect.stringMatching(/polling-status-api\.md#large-bodies$/),
      title: 'Content Too Large',
      status: 413,
      detail: 'The body has more than 262144 bytes. Store it (claim check, as with ClaimCheckBucket) and send where it is.',
    });
  });
});

const NO_IDS = ['', '-', 'abc', 'x-abc', 'k-', 'k-a/b', '../k-a', 'bob/k-YWJj', 'k-a b', 'k-"}, "x": {"S": "', 'k-$context', 'k-a\nb', 'k-a\n', 'k-ü'];

describe('the request that reads a job', () => {
  test('is one GetItem that asks for all but the body', () => {
    expect(readRequest('k-YWJj')).toEqual({
      TableName: 'T',
      ConsistentRead: true,
      Key: { jobKey: { S: `${ROLE}/k-YWJj` } },
      ProjectionExpression: 'jobId, jobStatus, jobProgress, jobResult, resultLocation, failureCode, failureReason, acceptedAt, deadline, expiresAt',
    });
  });

  test.each(NO_IDS)('looks for no job with the id %j', (id) => {
    expect(readRequest(id, JobOwner.CUSTOM).Key.jobKey.S).toBe('-');
  });
});

describe('the answer with a job', () => {
  test('is 404 for one that is not there', () => {
    expect(answer(statusAnswer(7, JobOwner.IAM), {})).toEqual({
      status: 404,
      headers: { 'Content-Type': 'application/problem+json' },
      body: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'There is no such job, or it has expired.' },
    });
  });

  test.each([0, 1])('is 404 for one that expired %d seconds ago and is still in the table', (seconds) => {
    expect(read({ expiresAt: { N: `${NOW - seconds}` } })).toEqual(answer(statusAnswer(7, JobOwner.IAM), {}));
  });

  test('is pending until it is taken', () => {
    expect(read()).toEqual({
      status: undefined,
      headers: { 'Retry-After': '7' },
      body: { id: 'k-abc', status: 'PENDING', acceptedAt: NOW - 10, deadline: NOW + 890, expiresAt: NOW + 86_390 },
    });
  });

  test.each([[{}, undefined], [{ jobProgress: { N: '40' } }, 40]])('is running, with the attributes %j', (attributes, progress) => {
    const { headers, body } = read({ jobStatus: { S: 'RUNNING' }, ...attributes });
    expect(headers).toEqual({ 'Retry-After': '7' });
    expect([body.status, body.progress]).toEqual(['RUNNING', progress]);
  });

  test.each(['{"a": [1, null, "x"]}', '"text"', 'null', '17'])('has the result %s as JSON', (result) => {
    const { headers, body } = read({ jobStatus: { S: 'SUCCEEDED' }, jobResult: { S: result }, jobProgress: { N: '40' } });
    expect(headers).toEqual({});
    expect(body).toEqual(expect.objectContaining({ status: 'SUCCEEDED', result: JSON.parse(result) }));
    expect(body).not.toHaveProperty('progress');
  });

  test.each([...JSON_TEXTS, ...arbitraryJson(200)])('has the result %j byte for byte, and nothing is added by it', (result) => {
    const { text } = render(statusAnswer(7, JobOwner.IAM), { context: CONTEXT, body: JSON.stringify({ Item: jobItem({ jobStatus: { S: 'SUCCEEDED' }, jobResult: { S: result } }) }) });
    expect(text.trimEnd().endsWith(`, "result": ${result}}`)).toBe(true);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['id', 'status', 'acceptedAt', 'deadline', 'expiresAt', 'result']);
  });

  test.each(HOSTILE)('says where the result is, with %s', (_, location) => {
    expect(read({ jobStatus: { S: 'SUCCEEDED' }, resultLocation: { S: location } }).body).toMatchObject({ status: 'SUCCEEDED', resultLocation: location });
  });

  test.each(HOSTILE)('has a status that a worker made up as a text, with %s', (_, status) => {
    expect(read({ jobStatus: { S: status } }).body).toEqual({ id: 'k-abc', status, acceptedAt: NOW - 10, deadline: NOW + 890, expiresAt: NOW + 86_390 });
  });

  test.each(HOSTILE)('has a code and a reason that a worker made up as texts, with %s', (_, text) => {
    expect(read({ jobStatus: { S: 'FAILED' }, failureCode: { S: text }, failureReason: { S: text } }).body.error).toEqual({ code: text, message: text });
  });

  test('is cancelled, and has neither an error nor anything to wait for', () => {
    expect(read({ jobStatus: { S: 'CANCELLED' }, jobProgress: { N: '40' }, deadline: { N: `${NOW - 1}` } })).toEqual({
      status: undefined,
      headers: {},
      body: { id: 'k-abc', status: 'CANCELLED', acceptedAt: NOW - 10, deadline: NOW - 1, expiresAt: NOW + 86_390 },
    });
  });

  test('shows no result of a job that has not succeeded', () => {
    const hidden = { jobResult: { S: '"secret"' }, resultLocation: { S: 'secret' }, failureReason: { S: 'secret' } };
    expect(JSON.stringify(['PENDING', 'RUNNING', 'CANCELLED'].map((S) => read({ ...hidden, jobStatus: { S } })))).not.toContain('secret');
  });

  test.each([
    [{}, { code: 'FAILED', message: 'The job failed.' }],
    [{ failureCode: { S: 'FAILED' } }, { code: 'FAILED', message: 'The job failed.' }],
    [{ failureCode: { S: 'TIMEOUT' } }, { code: 'TIMEOUT', message: 'The job did not end in time.' }],
    [{ failureCode: { S: 'STOPPED' } }, { code: 'STOPPED', message: 'The job was stopped.' }],
    [{ failureCode: { S: 'NO_SUCH_CITY' }, failureReason: { S: 'No "city" has that name.' } }, { code: 'NO_SUCH_CITY', message: 'No "city" has that name.' }],
  ])('says why it failed, with the attributes %j', (attributes, error) => {
    const { headers, body } = read({ jobStatus: { S: 'FAILED' }, ...attributes });
    expect(headers).toEqual({});
    expect(body).toEqual(expect.objectContaining({ status: 'FAILED', error }));
  });

  test.each([
    ['PENDING', 1, 'PENDING', undefined],
    ['PENDING', 0, 'FAILED', 'TIMEOUT'],
    ['RUNNING', -1, 'FAILED', 'TIMEOUT'],
    ['SUCCEEDED', -1, 'SUCCEEDED', undefined],
    ['FAILED', -1, 'FAILED', 'BROKEN'],
  ])('of the status %s whose deadline is in %d seconds reads as %s', (stored, left, status, code) => {
    const { headers, body } = read({ jobStatus: { S: stored }, deadline: { N: `${NOW + left}` }, ...(stored === 'FAILED' ? { failureCode: { S: 'BROKEN' } } : {}) });
    expect([body.status, body.error?.code]).toEqual([status, code]);
    expect(headers).toEqual(status === 'PENDING' ? { 'Retry-After': '7' } : {});
  });
});

describe('the answer to a read that failed', () => {
  test.each([
    ['ValidationException', 404, {}],
    ['ProvisionedThroughputExceededException', 503, { 'Retry-After': '1' }],
    ['AccessDeniedException', 500, {}],
  ])('is for %s %d', (name, status, headers) => {
    const result = answer(statusRefusal(), { __type: name, message: 'secret' });
    expect(result).toMatchObject({ status, body: { status } });
    expect(result.headers).toEqual({ 'Content-Type': 'application/problem+json', ...headers });
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});

describe('the request that cancels a job', () => {
  test('is one conditional UpdateItem that changes nothing the second time', () => {
    expect(cancellation('k-YWJj')).toEqual({
      TableName: 'T',
      Key: { jobKey: { S: `${ROLE}/k-YWJj` } },
      ConditionExpression: '(jobStatus = :cancelled OR (jobStatus IN (:pending, :running) AND deadline > :now)) AND expiresAt > :now',
      UpdateExpression: 'SET jobStatus = :cancelled',
      ExpressionAttributeValues: { ':cancelled': { S: 'CANCELLED' }, ':pending': { S: 'PENDING' }, ':running': { S: 'RUNNING' }, ':now': { N: `${NOW}` } },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test.each(NO_IDS)('looks for no job with the id %j', (id) => {
    expect(cancellation(id, JobOwner.CUSTOM).Key.jobKey.S).toBe('-');
  });
});

describe('the answer to a job that is cancelled', () => {
  test('is the job, without a word of its result, and nothing to wait for', () => {
    expect(answer(cancelAnswer(), { Attributes: jobItem({ jobStatus: { S: 'CANCELLED' }, jobResult: { S: '1' }, failureReason: { S: 'x' }, jobProgress: { N: '4' } }) })).toEqual({
      status: undefined,
      headers: {},
      body: { id: 'k-abc', status: 'CANCELLED', acceptedAt: NOW - 10, deadline: NOW + 890, expiresAt: NOW + 86_390 },
    });
  });
});

describe('the answer to a job that was not cancelled', () => {
  const refused = (body: object) => answer(cancelRefusal(JobOwner.IAM), body);
  const failed = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'secret' };
  const unknown = {
    status: 404,
    headers: { 'Content-Type': 'application/problem+json' },
    body: { type: 'about:blank', title: 'Not Found', status: 404, detail: 'There is no such job, or it has expired.' },
  };

  test.each(['SUCCEEDED', 'FAILED', 'PENDING', 'RUNNING'])('is 409 for one that has ended, or is past its deadline (%s)', (S) => {
    expect(refused({ ...failed, Item: jobItem({ jobStatus: { S }, deadline: { N: `${NOW}` } }) })).toEqual({
      status: 409,
      headers: { 'Content-Type': 'application/problem+json' },
      body: {
        type: expect.stringMatching(/polling-status-api\.md#post-jobsidcancel$/),
        title: 'The job has ended',
        status: 409,
        detail: 'It came to another end before, and stays as it is.',
      },
    });
  });

  test('is 404 for one that is not there, also if it belongs to somebody else', () => {
    expect(refused(failed)).toEqual(unknown);
  });

  test.each([0, 1])('is 404 for one that expired %d seconds ago and is still in the table', (seconds) => {
    expect(refused({ ...failed, Item: jobItem({ jobStatus: { S: 'CANCELLED' }, expiresAt: { N: `${NOW - seconds}` } }) })).toEqual(unknown);
  });

  test.each([
    ['ValidationException', 404, {}],
    ['ProvisionedThroughputExceededException', 503, { 'Retry-After': '1' }],
    ['AccessDeniedException', 500, {}],
  ])('is for %s %d', (name, status, headers) => {
    const result = refused({ __type: name, message: 'secret' });
    expect(result).toMatchObject({ status, body: { status } });
    expect(result.headers).toEqual({ 'Content-Type': 'application/problem+json', ...headers });
    expect(JSON.stringify(result)).not.toContain('secret');
  });
});
