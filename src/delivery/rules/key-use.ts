import type { Problem, Rule } from './rule';

/** What somebody needs to do with the key of something that is encrypted. */
export interface KeyUseFacts {
  /** What is encrypted, such as `queue 'Orders'`. */
  readonly encrypted: string;
  /** Whether the key is the AWS-managed one, which no service may use. */
  readonly awsManaged?: boolean | undefined;
  /** The path of a customer-managed key. */
  readonly key?: string | undefined;
  /** A service, such as `sns.amazonaws.com`, or the path of a role. */
  readonly caller: string;
  readonly isService: boolean;
  /** The actions that are denied. Undefined: not known. */
  readonly denied?: readonly string[] | undefined;
  /** The policy that denies them explicitly; undefined if they only lack a statement. */
  readonly deniedBy?: string | undefined;
  /** The account for which the service delivers, if it is known. */
  readonly account?: string | undefined;
}

/** What is known of one delivery: what its name is in texts, and the keys that it needs. */
export interface HopKeyFacts {
  readonly hop: string;
  readonly deliver?: KeyUseFacts | undefined;
  readonly setAside?: KeyUseFacts | undefined;
  readonly read?: KeyUseFacts | undefined;
}

const QUEUE_KEY_PAGE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html';
const KEY_POLICY_PAGE = 'https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html';

/**
 * What is true of the keys on the way of a delivery.
 */
export const KEY_USE_RULES: readonly Rule<HopKeyFacts>[] = [
  {
    id: 'deliveryKeyNotAllowed',
    severity: 'error',
    why: 'A service that sends to something encrypted must be allowed to use its key.',
    source: QUEUE_KEY_PAGE,
    finding: ({ hop, deliver }) => notAllowed(`${hop} cannot deliver`, deliver, 'so nothing arrives'),
  },
  {
    id: 'deadLettersKeyNotAllowed',
    severity: 'error',
    why: 'What a service may not encrypt for a dead-letter queue or a failure destination is lost, although there is one.',
    source: QUEUE_KEY_PAGE,
    finding: ({ hop, setAside }) => notAllowed(`${hop} cannot set aside what it does not deliver`, setAside, 'so that is lost'),
  },
  {
    id: 'readingKeyNotAllowed',
    severity: 'error',
    why: 'What reads from something encrypted must be allowed to decrypt with its key.',
    source: KEY_POLICY_PAGE,
    finding: ({ hop, read }) => notAllowed(`${hop} cannot read from its source`, read, 'so nothing is processed'),
  },
  {
    id: 'deliveryAwsManagedKey',
    severity: 'error',
    why: 'The policy of an AWS-managed key cannot be changed, and does not let services use the key.',
    source: QUEUE_KEY_PAGE,
    finding: ({ hop, deliver }) => awsManaged(`${hop} cannot deliver`, deliver, 'so nothing arrives'),
  },
  {
    id: 'deadLettersAwsManagedKey',
    severity: 'error',
    why: 'The policy of an AWS-managed key cannot be changed, and does not let services use the key.',
    source: QUEUE_KEY_PAGE,
    finding: ({ hop, setAside }) => awsManaged(`${hop} cannot set aside what it does not deliver`, setAside, 'so that is lost'),
  },
];

function notAllowed(what: string, facts: KeyUseFacts | undefined, consequence: string): Problem | undefined {
  const { denied = [], caller, isService, key, encrypted, deniedBy, account } = facts ?? {};
  if (denied.length === 0) {
    return undefined;
  }
  // All data keys of KMS have an action of their own.
  const actions = denied.map((action) => action.replace(/DataKey$/, 'DataKey*')).join(', ');
  const who = isService ? caller : `role '${caller}'`;
  return {
    what: `${what}, because ${encrypted} is encrypted with key '${key}', and ${deniedBy === undefined ? 'no statement allows' : `a statement of '${deniedBy}' denies`} ${who} ` +
      `the action ${actions} on it, ${consequence}`,
    fix: deniedBy !== undefined ? `except ${who} from the statement with Effect Deny in '${deniedBy}'`
      : isService ? `add to the KeyPolicy of key '${key}' a statement with Effect Allow, Principal { Service: ${caller} }, Action ${actions}, Resource '*' ` +
        `and Condition { StringEquals: { aws:SourceAccount: ${account} } }`
        : `add to a policy of role '${caller}' a statement with Effect Allow, Action ${actions} and the ARN of the key as its Resource, ` +
        'and see that the KeyPolicy leaves it to the account (Principal { AWS: arn:aws:iam::<account>:root }, Action kms:*) or names the role',
  };
}

function awsManaged(what: string, facts: KeyUseFacts | undefined, consequence: string): Problem | undefined {
  return !facts?.awsManaged ? undefined : {
    what: `${what}, because ${facts.encrypted} is encrypted with the AWS-managed key of its service, which ${facts.caller} may not use, ${consequence}`,
    fix: `set KmsMasterKeyId to a customer-managed key whose KeyPolicy allows kms:GenerateDataKey* and kms:Decrypt to ${facts.caller}, or leave it out`,
  };
}
