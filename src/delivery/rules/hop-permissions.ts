import type { Problem, Rule } from './rule';

/** What somebody needs to be allowed. */
export interface PermissionFacts {
  /** A service, such as `sns.amazonaws.com`, or the path of a role. */
  readonly caller: string;
  readonly isService: boolean;
  /** The actions that are denied. Undefined: not known. */
  readonly denied?: readonly string[] | undefined;
  /** The policy that denies them explicitly; undefined if they only lack a statement. */
  readonly deniedBy?: string | undefined;
  /** What they are denied on, such as `queue 'Orders'`, and its ARN as a statement must have it. */
  readonly on: string;
  readonly arn: string;
  /** The type of its policies; undefined if it has none by which a service is let in. */
  readonly policyType?: string | undefined;
  /** The ARN for which the service delivers. */
  readonly sourceArn?: string | undefined;
}

/** What is known of one delivery: what its name is in texts, and what it needs to be allowed. */
export interface HopPermissionFacts {
  readonly hop: string;
  readonly deliver?: PermissionFacts | undefined;
  readonly setAside?: PermissionFacts | undefined;
  readonly read?: PermissionFacts | undefined;
}

/** What is known of a role and of a service that is to use it. */
export interface RoleUseFacts {
  /** What names the role, such as `function 'Handler'`. */
  readonly user: string;
  readonly role: string;
  readonly service: string;
  /** Whether the trust policy of the role lets the service assume it. */
  readonly assumable?: boolean | undefined;
}

/**
 * What a delivery needs to be allowed.
 */
export const HOP_PERMISSION_RULES: readonly Rule<HopPermissionFacts>[] = [
  {
    id: 'deliveryNotAllowed',
    severity: 'error',
    why: 'A service delivers only what the policy of the target, or the role by which it delivers, allows.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
    finding: ({ hop, deliver }) => problem(`${hop} cannot deliver`, deliver, 'so nothing arrives'),
  },
  {
    id: 'deadLettersNotAllowed',
    severity: 'error',
    why: 'What a service may not write to a dead-letter queue or a failure destination is lost, although there is one.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html',
    finding: ({ hop, setAside }) => problem(`${hop} cannot set aside what it does not deliver`, setAside, 'so that is lost'),
  },
  {
    id: 'readingNotAllowed',
    severity: 'error',
    why: 'Lambda and EventBridge Pipes read from a queue or a stream by a role, which must be allowed to.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html',
    finding: ({ hop, read }) => problem(`${hop} cannot read from its source`, read, 'so nothing is processed'),
  },
];

/**
 * What is true of a role that a service uses.
 */
export const ROLE_USE_RULES: readonly Rule<RoleUseFacts>[] = [
  {
    id: 'roleNotAssumable',
    severity: 'error',
    why: 'A service can use a role only if the trust policy of the role lets the service assume it.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html',
    finding: ({ user, role, service, assumable }) => (
      assumable !== false ? undefined : {
        what: `${user} has role '${role}', whose AssumeRolePolicyDocument does not let ${service} assume it`,
        fix: `add a statement with Effect Allow, Principal { Service: ${service} } and Action sts:AssumeRole to the AssumeRolePolicyDocument`,
      }
    ),
  },
];

function problem(what: string, facts: PermissionFacts | undefined, consequence: string): Problem | undefined {
  const { denied = [], caller, isService, deniedBy, on } = facts ?? {};
  if (facts === undefined || denied.length === 0) {
    return undefined;
  }
  const actions = denied.join(', ');
  const who = isService ? caller : `role '${caller}'`;
  return {
    what: `${what}, because ${deniedBy === undefined ? 'no statement allows' : `a statement of '${deniedBy}' denies`} ${who} the action ${actions} on ${on}, ${consequence}`,
    fix: deniedBy === undefined ? missing(facts, actions) : `except ${who} from the statement with Effect Deny in '${deniedBy}'`,
  };
}

/** The statement that is missing. */
function missing({ caller, isService, on, arn, policyType, sourceArn }: PermissionFacts, actions: string): string {
  if (!isService) {
    return `add to a policy of role '${caller}' a statement with Effect Allow, Action ${actions} and Resource ${arn}`;
  }
  return policyType === 'AWS::Lambda::Permission'
    ? `add an AWS::Lambda::Permission with Action ${actions}, FunctionName ${arn}, Principal ${caller}${sourceArn === undefined ? '' : ` and SourceArn ${sourceArn}`}`
    : `add to the ${policyType} of ${on} a statement with Effect Allow, Principal { Service: ${caller} }, Action ${actions}, Resource ${arn}` +
      (sourceArn === undefined ? '' : ` and Condition { ArnEquals: { aws:SourceArn: ${sourceArn} } }`);
}
