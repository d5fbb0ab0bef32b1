import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { HopPermissionFacts, PermissionFacts, RoleUseFacts } from '../../../src/delivery/rules/hop-permissions';
import { HOP_PERMISSION_RULES, ROLE_USE_RULES } from '../../../src/delivery/rules/hop-permissions';
import { findings } from '../../../src/delivery/rules/rule';

const byService: PermissionFacts = {
  caller: 'sns.amazonaws.com', isService: true, denied: [], on: "queue 'Q'", arn: 'arn:aws:sqs:::Q', policyType: 'AWS::SQS::QueuePolicy', sourceArn: 'arn:aws:sns:::T',
};
const byRole: PermissionFacts = { caller: 'R', isService: false, denied: [], on: "queue 'Q'", arn: 'arn:aws:sqs:::Q' };

interface Facts {
  readonly deliver?: Partial<PermissionFacts>;
  readonly setAside?: Partial<PermissionFacts>;
  readonly read?: Partial<PermissionFacts>;
}

function facts({ deliver, setAside, read }: Facts = {}): HopPermissionFacts {
  return { hop: "subscription 'S'", deliver: { ...byService, ...deliver }, setAside: { ...byService, ...setAside }, read: { ...byRole, ...read } };
}

const send = { denied: ['sqs:SendMessage'] };
const receive = { denied: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'] };
const unknown = { denied: undefined };

const cases: RuleCases<Facts> = {
  deliveryNotAllowed: { breaks: [{ deliver: send }, { deliver: { ...send, deniedBy: 'P' } }], keeps: [{ deliver: unknown }] },
  deadLettersNotAllowed: { breaks: [{ setAside: send }], keeps: [{ setAside: unknown }] },
  readingNotAllowed: { breaks: [{ read: receive }], keeps: [{ read: unknown }] },
};

checkRules({ rules: () => HOP_PERMISSION_RULES, facts, unknown: { hop: 'H' }, cases });

describe('a role that a service uses', () => {
  checkRules<RoleUseFacts, Partial<RoleUseFacts>>({
    rules: () => ROLE_USE_RULES,
    facts: (different) => ({ user: "function 'F'", role: 'R', service: 'lambda.amazonaws.com', assumable: true, ...different }),
    unknown: { user: "function 'F'", role: 'R', service: 'lambda.amazonaws.com' },
    cases: { roleNotAssumable: { breaks: [{ assumable: false }], keeps: [{ assumable: undefined }] } },
  });

  test('is told which statement lets the service in', () => {
    expect(findings(ROLE_USE_RULES, { user: "function 'F'", role: 'R', service: 'lambda.amazonaws.com', assumable: false }).map(({ text }) => text)).toEqual([
      "function 'F' has role 'R', whose AssumeRolePolicyDocument does not let lambda.amazonaws.com assume it: " +
      'add a statement with Effect Allow, Principal { Service: lambda.amazonaws.com } and Action sts:AssumeRole to the AssumeRolePolicyDocument',
    ]);
  });
});

test.each<[string, Facts, string, string]>([
  [
    'to a service', { deliver: send },
    "subscription 'S' cannot deliver, because no statement allows sns.amazonaws.com the action sqs:SendMessage on queue 'Q', so nothing arrives",
    "add to the AWS::SQS::QueuePolicy of queue 'Q' a statement with Effect Allow, Principal { Service: sns.amazonaws.com }, Action sqs:SendMessage, Resource arn:aws:sqs:::Q " +
    'and Condition { ArnEquals: { aws:SourceArn: arn:aws:sns:::T } }',
  ],
  [
    'to a service that may not be named', { setAside: { ...send, sourceArn: undefined } },
    "subscription 'S' cannot set aside what it does not deliver, because no statement allows sns.amazonaws.com the action sqs:SendMessage on queue 'Q', so that is lost",
    "add to the AWS::SQS::QueuePolicy of queue 'Q' a statement with Effect Allow, Principal { Service: sns.amazonaws.com }, Action sqs:SendMessage, Resource arn:aws:sqs:::Q",
  ],
  [
    'to invoke a function', { deliver: { denied: ['lambda:InvokeFunction'], on: "function 'F'", arn: 'arn:aws:lambda:::function:F:live', policyType: 'AWS::Lambda::Permission' } },
    "subscription 'S' cannot deliver, because no statement allows sns.amazonaws.com the action lambda:InvokeFunction on function 'F', so nothing arrives",
    'add an AWS::Lambda::Permission with Action lambda:InvokeFunction, FunctionName arn:aws:lambda:::function:F:live, Principal sns.amazonaws.com and SourceArn arn:aws:sns:::T',
  ],
  [
    'to invoke a function, for nobody in particular',
    { deliver: { denied: ['lambda:InvokeFunction'], on: "function 'F'", arn: 'arn:F', policyType: 'AWS::Lambda::Permission', sourceArn: undefined } },
    "subscription 'S' cannot deliver, because no statement allows sns.amazonaws.com the action lambda:InvokeFunction on function 'F', so nothing arrives",
    'add an AWS::Lambda::Permission with Action lambda:InvokeFunction, FunctionName arn:F, Principal sns.amazonaws.com',
  ],
  [
    'to a role', { read: receive },
    "subscription 'S' cannot read from its source, because no statement allows role 'R' the action sqs:ReceiveMessage, sqs:DeleteMessage on queue 'Q', so nothing is processed",
    "add to a policy of role 'R' a statement with Effect Allow, Action sqs:ReceiveMessage, sqs:DeleteMessage and Resource arn:aws:sqs:::Q",
  ],
  [
    'that another denies', { read: { ...receive, deniedBy: 'P' } },
    "subscription 'S' cannot read from its source, because a statement of 'P' denies role 'R' the action sqs:ReceiveMessage, sqs:DeleteMessage on queue 'Q', so nothing is processed",
    "except role 'R' from the statement with Effect Deny in 'P'",
  ],
])('it names the statement that is missing: %s', (_, different, what, fix) => {
  expect(findings(HOP_PERMISSION_RULES, facts(different))).toMatchObject([{ what, fix }]);
});
