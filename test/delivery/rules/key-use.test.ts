import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { HopKeyFacts, KeyUseFacts } from '../../../src/delivery/rules/key-use';
import { KEY_USE_RULES } from '../../../src/delivery/rules/key-use';
import { findings } from '../../../src/delivery/rules/rule';

interface Facts {
  readonly deliver?: Partial<KeyUseFacts>;
  readonly setAside?: Partial<KeyUseFacts>;
  readonly read?: Partial<KeyUseFacts>;
}

function facts({ deliver, setAside, read }: Facts = {}): HopKeyFacts {
  const byService: KeyUseFacts = { encrypted: "queue 'Q'", awsManaged: false, key: 'K', caller: 'sns.amazonaws.com', isService: true, denied: [], account: '111122223333' };
  return {
    hop: "subscription 'S'",
    deliver: { ...byService, ...deliver },
    setAside: { ...byService, ...setAside },
    read: { ...byService, caller: 'R', isService: false, ...read },
  };
}

const decrypt = { denied: ['kms:GenerateDataKey', 'kms:Decrypt'] };
const unknown = { denied: undefined };

const cases: RuleCases<Facts> = {
  deliveryKeyNotAllowed: { breaks: [{ deliver: decrypt }], keeps: [{ deliver: unknown }] },
  deadLettersKeyNotAllowed: { breaks: [{ setAside: decrypt }], keeps: [{ setAside: unknown }] },
  readingKeyNotAllowed: { breaks: [{ read: { denied: ['kms:Decrypt'] } }], keeps: [{ read: unknown }] },
  deliveryAwsManagedKey: { breaks: [{ deliver: { awsManaged: true } }], keeps: [{ deliver: { awsManaged: undefined } }] },
  deadLettersAwsManagedKey: { breaks: [{ setAside: { awsManaged: true } }], keeps: [{ setAside: { awsManaged: undefined } }] },
};

checkRules({ rules: () => KEY_USE_RULES, facts, unknown: { hop: 'H' }, cases });

test.each<[string, Facts, string, string]>([
  [
    'to a service', { deliver: decrypt },
    "subscription 'S' cannot deliver, because queue 'Q' is encrypted with key 'K', and no statement allows sns.amazonaws.com the action kms:GenerateDataKey*, kms:Decrypt on it, so nothing arrives",
    "add to the KeyPolicy of key 'K' a statement with Effect Allow, Principal { Service: sns.amazonaws.com }, Action kms:GenerateDataKey*, kms:Decrypt, Resource '*' " +
    'and Condition { StringEquals: { aws:SourceAccount: 111122223333 } }',
  ],
  [
    'to a role', { read: { denied: ['kms:Decrypt'] } },
    "subscription 'S' cannot read from its source, because queue 'Q' is encrypted with key 'K', and no statement allows role 'R' the action kms:Decrypt on it, so nothing is processed",
    "add to a policy of role 'R' a statement with Effect Allow, Action kms:Decrypt and the ARN of the key as its Resource, " +
    'and see that the KeyPolicy leaves it to the account (Principal { AWS: arn:aws:iam::<account>:root }, Action kms:*) or names the role',
  ],
  [
    'that another denies', { setAside: { ...decrypt, deniedBy: 'K' } },
    "subscription 'S' cannot set aside what it does not deliver, because queue 'Q' is encrypted with key 'K', and a statement of 'K' denies sns.amazonaws.com " +
    'the action kms:GenerateDataKey*, kms:Decrypt on it, so that is lost',
    "except sns.amazonaws.com from the statement with Effect Deny in 'K'",
  ],
  [
    'that nobody can add', { deliver: { awsManaged: true } },
    "subscription 'S' cannot deliver, because queue 'Q' is encrypted with the AWS-managed key of its service, which sns.amazonaws.com may not use, so nothing arrives",
    'set KmsMasterKeyId to a customer-managed key whose KeyPolicy allows kms:GenerateDataKey* and kms:Decrypt to sns.amazonaws.com, or leave it out',
  ],
])('it names the statement that is missing: %s', (_, different, what, fix) => {
  expect(findings(KEY_USE_RULES, facts(different))).toMatchObject([{ what, fix }]);
});
