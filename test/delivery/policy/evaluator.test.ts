import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Context } from '../../../src/delivery/policy/conditions';
import { conditionsHold, conditionsOf } from '../../../src/delivery/policy/conditions';
import type { Caller, Policies, Policy, Verdict } from '../../../src/delivery/policy/evaluator';
import { evaluate } from '../../../src/delivery/policy/evaluator';
import { Statement, statementsOf } from '../../../src/delivery/policy/statement';

type Values = Readonly<Record<string, string | readonly string[]>>;

interface RequestCase {
  readonly page: string;
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
  readonly identity?: readonly object[];
  readonly policy?: readonly object[];
  readonly context?: Values;
  readonly resourceAccount?: string;
  readonly resourcePolicyDecides?: boolean;
  readonly allowed: boolean;
}

interface ConditionCase {
  readonly page: string;
  readonly operator: string;
  readonly expected: readonly string[];
  readonly given: string | readonly string[] | null;
  readonly holds: boolean;
}

/** Cases from the pages on which AWS documents how policies are evaluated. Another evaluator, in Python, has them too. */
const cases: { readonly requests: Readonly<Record<string, RequestCase>>; readonly conditions: readonly ConditionCase[] } =
  JSON.parse(fs.readFileSync(path.join(__dirname, 'policy-cases.json'), 'utf8'));

/** A request that has these values and no others. */
function only(values: Values): Context {
  const named = new Map(Object.entries(values).map(([key, value]) => [key.toLowerCase(), [value].flat()]));
  return (key) => named.get(key.toLowerCase()) ?? [];
}

const nothingKnown: Context = () => undefined;

function policyOf(statements: readonly object[], place = 'policy'): Policy {
  return { statements: statementsOf({ Statement: statements }, place), complete: true };
}

function callerOf(name: string): Caller {
  return name.endsWith('.amazonaws.com') ? { service: name } : { arn: name };
}

const NONE = policyOf([]);
const SNS: Caller = { service: 'sns.amazonaws.com' };
const ROLE: Caller = { arn: 'arn:aws:iam::⟦Account⟧:role/⟨S|Role⟩' };
const QUEUE = 'arn:aws:sqs:⟦Region⟧:⟦Account⟧:⟨S|Queue⟩';
const TOPIC = 'arn:aws:sns:⟦Region⟧:⟦Account⟧:⟨S|Topic⟩';

/** The verdict on a message to the queue. */
function verdict(caller: Caller, policies: Partial<Policies>, context: Context = nothingKnown): Verdict {
  return evaluate({ caller, action: 'sqs:SendMessage', resource: QUEUE, context }, { identity: NONE, resource: NONE, account: '⟦Account⟧', ...policies }).verdict;
}

const allow = (different: object = {}) => ({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE, ...different });
const ofQueue = (different: object = {}): Partial<Policies> => ({ resource: policyOf([allow({ Principal: { Service: 'sns.amazonaws.com' }, ...different })]) });
const ofRole = (different: object = {}): Partial<Policies> => ({ identity: policyOf([allow(different)]) });

test.each(Object.entries(cases.requests))('%s', (_, { caller, action, resource, identity = [], policy = [], context = {}, resourceAccount, resourcePolicyDecides, allowed }) => {
  const name = callerOf(caller);
  const { verdict: decided } = evaluate({ caller: name, action, resource, context: only(context) }, {
    identity: policyOf(identity),
    resource: policyOf(policy),
    account: resourceAccount ?? caller.split(':')[4],
    ...(resourcePolicyDecides && { resourceDecides: true }),
  });
  expect(decided).toBe(allowed ? 'allowed' : 'denied');
});

/** Operators of which no service sends anything. */
const NOT_UNDERSTOOD = /Numeric|Date|IpAddress/;

test.each(cases.conditions)('$operator of $expected and $given is $holds', ({ operator, expected, given, holds }) => {
  const context = only(given === null ? {} : { 'aws:Key': given });
  expect(conditionsHold(conditionsOf({ [operator]: { 'AWS:key': expected } }), context)).toBe(NOT_UNDERSTOOD.test(operator) ? undefined : holds);
});

test('the cases are there', () => {
  expect(Object.keys(cases.requests).length).toBeGreaterThan(35);
  expect(cases.conditions.length).toBeGreaterThan(40);
});

describe('what is not known leaves the verdict open:', () => {
  test.each<[string, Caller, Partial<Policies>]>([
    ['a condition on a key that nobody knows', SNS, ofQueue({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } })],
    ['an operator', SNS, ofQueue({ Condition: { StringAlmostEquals: { 'aws:SourceAccount': '1' } } })],
    ['conditions that are a parameter', SNS, ofQueue({ Condition: '⟪S|Conditions⟫' })],
    ['keys of a condition that are a parameter', SNS, ofQueue({ Condition: { StringEquals: '⟪S|Keys⟫' } })],
    ['an element', SNS, ofQueue({ Actions: 'sqs:*' })],
    ['an effect', SNS, ofQueue({ Effect: '⟪S|Effect⟫' })],
    ['a kind of principal', SNS, ofQueue({ Principal: { Federated: 'accounts.example.com' } })],
    ['a principal of an unknown form', SNS, ofQueue({ Principal: '⟪S|Principal⟫' })],
    ['a principal that is no text', SNS, ofQueue({ Principal: { AWS: [{}] } })],
    ['the name of a service', SNS, ofQueue({ Principal: { Service: '⟪S|Service⟫' } })],
    ['the name of a service in a region', SNS, ofQueue({ Principal: { Service: 'sns.us-east-1.amazonaws.com' } })],
    ['an identity that may be everybody', SNS, ofQueue({ Principal: { AWS: '⟪S|Everybody⟫' } })],
    ['a resource', SNS, ofQueue({ Resource: '⟪S|Resource⟫' })],
    ['an action', SNS, ofQueue({ Action: '⟪S|Actions⟫' })],
    ['an action that is no text', SNS, ofQueue({ Action: [{}] })],
    ['no action', SNS, ofQueue({ Action: undefined })],
    ['a statement', SNS, { resource: policyOf(['⟪S|Statement⟫' as unknown as object]) }],
    ['a statement that may deny', SNS, { resource: policyOf([allow({ Principal: '*' }), '⟪S|Statement⟫' as unknown as object]) }],
    ['a policy of the queue', SNS, { resource: { statements: [], complete: false } }],
    ['a policy of the role', ROLE, { identity: { statements: [], complete: false } }],
    ['the account of the queue', ROLE, { ...ofRole(), account: undefined }],
    ['whether an account is that of the queue', ROLE, { ...ofRole(), account: '111122223333' }],
    ['a session of the role', ROLE, ofQueue({ Principal: { AWS: 'arn:aws:sts::⟦Account⟧:assumed-role/⟨S|Role⟩/session' } })],
    ['a role that a parameter names', ROLE, ofQueue({ Principal: { AWS: '⟪S|RoleArn⟫' } })],
    ['a pattern that a generated name may match', ROLE, ofRole({ Resource: 'arn:aws:sqs:*:*:orders*' })],
    ['a name that may have been generated', ROLE, ofRole({ Resource: 'arn:aws:sqs:*:*:Orders-Queue-1A2B3C4D5E6F' })],
    ['a region', ROLE, ofRole({ Resource: 'arn:aws:sqs:eu-west-1:⟦Account⟧:⟨S|Queue⟩' })],
    ['an account', ROLE, ofRole({ Resource: 'arn:aws:sqs:⟦Region⟧:111122223333:⟨S|Queue⟩' })],
    ['a policy variable', ROLE, ofRole({ Resource: 'arn:aws:sqs:*:*:${aws:PrincipalTag/queue}' })],
    ['an attribute of a resource', ROLE, ofRole({ Resource: '⟨S|Queue⟩.Something' })],
  ])('%s', (_, caller, policies) => {
    expect(verdict(caller, policies)).toBe('unknown');
  });
});

describe('what is known decides it, whatever the rest is:', () => {
  test.each<[string, Caller, Partial<Policies>, Verdict, Context?]>([
    ['equal symbols', SNS, ofQueue({ Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } } }), 'allowed', only({ 'aws:SourceArn': TOPIC })],
    ['no resource, as in the policy of a role', SNS, { resource: policyOf([{ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'sns.amazonaws.com' } }]) }, 'allowed'],
    ['another physical id', SNS, ofQueue({ Condition: { ArnEquals: { 'aws:SourceArn': `${TOPIC.slice(0, -3)}2⟩` } } }), 'denied', only({ 'aws:SourceArn': TOPIC })],
    ['a name that nobody generated', SNS, ofQueue({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:another' } } }), 'denied', only({ 'aws:SourceArn': TOPIC })],
    ['a wildcard', ROLE, ofRole({ Resource: '*' }), 'allowed'],
    ['a wildcard for the name', ROLE, ofRole({ Resource: 'arn:aws:sqs:⟦Region⟧:⟦Account⟧:*' }), 'allowed'],
    ['a wildcard for the place', ROLE, ofRole({ Resource: 'arn:aws:sqs:*:*:⟨S|Queue⟩' }), 'allowed'],
    ['another queue', ROLE, ofRole({ Resource: 'arn:aws:sqs:⟦Region⟧:⟦Account⟧:⟨S|Another⟩' }), 'denied'],
    ['a queue by its name, of another service', ROLE, ofRole({ Resource: 'arn:aws:sns:*:*:⟪S|Name⟫' }), 'denied'],
    ['no region where there is one', ROLE, ofRole({ Resource: 'arn:aws:sqs:nowhere:⟦Account⟧:⟨S|Queue⟩' }), 'denied'],
    ['no account where there is one', ROLE, ofRole({ Resource: 'arn:aws:sqs:⟦Region⟧:1234:⟨S|Queue⟩' }), 'denied'],
    ['another action, in a statement that is not understood', ROLE, ofRole({ Action: 'sqs:ReceiveMessage', Condition: '⟪S|Conditions⟫' }), 'denied'],
    ['a role by its ARN', ROLE, ofQueue({ Principal: { AWS: 'arn:aws:iam::⟦Account⟧:role/⟨S|Role⟩' } }), 'allowed'],
    ['another role', ROLE, ofQueue({ Principal: { AWS: 'arn:aws:iam::⟦Account⟧:role/⟨S|Other⟩' } }), 'denied'],
    ['a service is no role', ROLE, ofQueue(), 'denied'],
    ['a service that a wildcard does not name', SNS, ofQueue({ Principal: { Service: 'events.amazonaws.com' }, Condition: '⟪S|Conditions⟫' }), 'denied'],
    ['both accounts are not known to be the same', ROLE, { ...ofQueue({ Principal: '*' }), ...ofRole(), account: undefined }, 'allowed'],
    ['across accounts', ROLE, { ...ofRole(), account: '' }, 'denied'],
    ['whatever other policies the queue has', SNS, { resource: { ...policyOf([allow({ Principal: '*' })]), complete: false } }, 'allowed'],
    ['a statement that denies, in a policy of which more is not known', ROLE, {
      ...ofRole(), resource: { ...policyOf([allow({ Effect: 'Deny', Principal: '*' })]), complete: false },
    }, 'denied'],
  ])('%s', (_, caller, policies, decided, context = nothingKnown) => {
    expect(verdict(caller, policies, context)).toBe(decided);
  });
});

test('it says which policy denies a request', () => {
  const resource: Policy = { statements: [...statementsOf(allow({ Principal: '*' }), 'first'), ...statementsOf([allow({ Effect: 'Deny', Principal: '*' })], 'second')], complete: true };
  expect(evaluate({ caller: SNS, action: 'sqs:SendMessage', resource: QUEUE, context: nothingKnown }, { identity: NONE, resource })).toEqual({ verdict: 'denied', deniedBy: 'second' });
});

test('a statement that may deny leaves it open what another allows, and allows nothing itself', () => {
  const deny = allow({ Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } });
  expect(verdict(SNS, { resource: policyOf([allow({ Principal: '*' }), deny]) })).toBe('unknown');
  expect(verdict(SNS, { resource: policyOf([deny]) })).toBe('denied');
});

test('a document without statements allows nothing', () => {
  expect(statementsOf({}, 'policy')).toEqual([]);
});

test('texts that are too long to compare are not compared', () => {
  expect(verdict(ROLE, ofRole({ Resource: `*${'⟪S|a⟫*'.repeat(300)}` }))).toBe('unknown');
});

describe('a long policy', () => {
  const others = (count: number) => Array.from({ length: count }, (_, index) => allow({
    Principal: { Service: 'sns.amazonaws.com' }, Resource: `${QUEUE.slice(0, -1)}${index}⟩`, Condition: { ArnEquals: { 'AWS:SourceArn': `${TOPIC.slice(0, -1)}${index}⟩` } },
  }));
  const long = (statements: readonly object[]): Policy => policyOf([...others(20), ...statements, ...others(20)]);

  test.each(Object.entries(cases.requests))('decides as a short one: %s', (_, of) => {
    const { caller, action, resource, identity, policy, context = {}, resourceAccount, resourcePolicyDecides } = of;
    const request = { caller: callerOf(caller), action, resource, context: only(context) };
    const decided = (made: (statements: readonly object[]) => Policy) => evaluate(request, {
      identity: identity ? made(identity) : NONE,
      resource: policy ? made(policy) : NONE,
      account: resourceAccount ?? '111122223333',
      resourceDecides: resourcePolicyDecides,
    });
    expect(decided(long)).toEqual(decided(policyOf));
  });

  const source = (arn: unknown, operator = 'ArnEquals') => ({ Principal: { Service: 'sns.amazonaws.com' }, Condition: { [operator]: { 'aws:SourceArn': arn } } });
  const another = `${TOPIC.slice(0, -1)}More⟩`;
  test.each<[string, object, Verdict]>([
    ['the source', source(TOPIC), 'allowed'],
    ['another source', source(another), 'denied'],
    ['several sources', source([another, TOPIC]), 'allowed'],
    ['a pattern of sources', source('arn:aws:sns:*:*:*', 'ArnLike'), 'allowed'],
    ['a source of another region', source(TOPIC.replace('⟦Region⟧', 'eu-west-1')), 'unknown'],
    ['a source that is not known', source('⟪S|Source⟫'), 'unknown'],
    ['a source other than another', source(another, 'ArnNotEquals'), 'allowed'],
    ['all actions', { ...source(TOPIC), Action: 'SQS:*' }, 'allowed'],
    ['the action in other letters', { ...source(TOPIC), Action: ['sqs:PurgeQueue', 'SQS:sendmessage'] }, 'allowed'],
    ['another action', { ...source(TOPIC), Action: 'sqs:PurgeQueue' }, 'denied'],
    ['all actions but another', { ...source(TOPIC), Action: undefined, NotAction: 'sqs:PurgeQueue' }, 'allowed'],
    ['the resource without a source', { Principal: '*' }, 'allowed'],
    ['another resource', { Principal: '*', Resource: `${QUEUE.slice(0, -1)}More⟩` }, 'denied'],
    ['another resource, or the resource', { Principal: '*', Resource: [`${QUEUE.slice(0, -1)}More⟩`, QUEUE] }, 'allowed'],
    ['what is in another resource', { Principal: '*', Resource: `${QUEUE.slice(0, -1)}More⟩/*` }, 'denied'],
    ['a resource with a name', { Principal: '*', Resource: QUEUE.replace('⟨S|Queue⟩', 'orders') }, 'denied'],
    ['a resource with a name that may be generated', { Principal: '*', Resource: QUEUE.replace('⟨S|Queue⟩', 'S-Queue-1A2B3C4D5E6F') }, 'unknown'],
    ['an attribute that is not known', { Principal: '*', Resource: '⟨S|Queue⟩.Arn' }, 'unknown'],
    ['all resources but another', { Principal: '*', Resource: undefined, NotResource: `${QUEUE.slice(0, -1)}More⟩` }, 'allowed'],
  ])('has among its statements one of %s', (_, different, expected) => {
    const context: Context = (key) => (key.toLowerCase() === 'aws:sourcearn' ? [TOPIC] : undefined);
    const statement = JSON.parse(JSON.stringify(allow(different))) as object;
    expect(verdict(SNS, { resource: policyOf([statement]) }, context)).toBe(expected);
    expect(verdict(SNS, { resource: long([statement]) }, context)).toBe(expected);
  });

  test('is read for the sources that are not known', () => {
    expect(verdict(SNS, { resource: long([allow(source(TOPIC))]) })).toBe('unknown');
  });

  test('names the first statement that denies', () => {
    const statements = [...others(20).map((content) => new Statement('other', content)), ...['first', 'second'].map((place) => new Statement(place, allow({ Effect: 'Deny' })))];
    const identity = { statements, complete: true };
    expect(evaluate({ caller: ROLE, action: 'sqs:SendMessage', resource: QUEUE, context: nothingKnown }, { identity, resource: NONE, account: '⟦Account⟧' })).toEqual({ verdict: 'denied', deniedBy: 'first' });
  });

  test('is looked at where it may match, however many statements it has', () => {
    const patterns: string[] = [];
    const statements = Array.from({ length: 1000 }, (_, index) => {
      const content = { Effect: 'Allow', Action: 'sqs:SendMessage', get Resource() { patterns.push(String(index)); return `${QUEUE.slice(0, -1)}${index}⟩`; } };
      return new Statement('policy', content);
    });
    const identity = { statements, complete: true };
    const ask = (index: number) => evaluate({ caller: ROLE, action: 'sqs:SendMessage', resource: `${QUEUE.slice(0, -1)}${index}⟩`, context: nothingKnown }, { identity, resource: NONE, account: '⟦Account⟧' });
    expect(ask(7).verdict).toBe('allowed');
    patterns.length = 0;
    expect(ask(8).verdict).toBe('allowed');
    expect(new Set(patterns)).toEqual(new Set(['8']));
  });
});
