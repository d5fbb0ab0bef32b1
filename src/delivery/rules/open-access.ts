import type { Rule } from './rule';

/** What is known of a statement that allows something, in the policy of a queue, a topic or a bucket. */
export interface AllowingStatementFacts {
  /** What texts call what the policy belongs to, such as `queue 'Orders'`. */
  readonly resource: string;
  readonly actions: readonly string[];
  /** Whether it is for anyone, with or without an account of AWS. */
  readonly anyone?: boolean | undefined;
  /** Whether a condition says who it really is for, or from where. */
  readonly narrowed?: boolean | undefined;
  /** Whether the bucket is a website, which anyone may read. */
  readonly website?: boolean | undefined;
}

const READING = ['s3:getobject', 's3:getobjectversion'];

/**
 * What is true of a policy that lets in only those it is for.
 */
export const ALLOWING_STATEMENT_RULES: readonly Rule<AllowingStatementFacts>[] = [
  {
    id: 'openToAnyone',
    severity: 'error',
    why: 'Who may send can fill what they send to with messages nobody meant, and who may receive or read takes them from those they are for.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html',
    finding: ({ resource, actions, anyone, narrowed, website }) => (
      !anyone || narrowed !== false || (website && actions.every((action) => READING.includes(action.toLowerCase()))) ? undefined : {
        what: `the policy of ${resource} lets anyone do ${actions.join(', ')}, because its Principal is * and no Condition says who that is`,
        fix: 'name the service, account or role that needs it as the Principal, with a Condition on aws:SourceArn or aws:SourceAccount for a service',
      }
    ),
  },
];

/** What is known of a queue, a topic or a bucket that is reached by HTTPS, and may be by HTTP. */
export interface TransportFacts {
  /** What texts call it, such as `queue 'Orders'`. */
  readonly resource: string;
  readonly refusesPlainHttp?: boolean | undefined;
}

/**
 * What is true of a queue, a topic or a bucket of which nobody can read along.
 */
export const TRANSPORT_RULES: readonly Rule<TransportFacts>[] = [
  {
    id: 'plainHttpAllowed',
    severity: 'note',
    why: 'AWS accepts requests by plain HTTP, which others can read on the way, unless a policy denies them.',
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html',
    finding: ({ resource, refusesPlainHttp }) => (
      refusesPlainHttp !== false ? undefined : {
        what: `no policy of ${resource} denies requests by plain HTTP`,
        fix: 'add a statement that denies all actions where aws:SecureTransport is false (enforceSSL: true in the CDK)',
      }
    ),
  },
];
