import type { Rule } from './rule';
import { LAMBDA_SERVICE_ERRORS } from './state-machine';

/** What a state says of errors. */
export interface ErrorNamesFacts {
  readonly stateMachine: string;
  readonly state: string;
  /** `Retry` or `Catch`. */
  readonly field: string;
  /** The names in each of its members, as far as they are known. */
  readonly names: readonly (readonly string[])[];
}

const PAGE = 'https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html';
const ALL = 'States.ALL';

/** All that Step Functions itself reports; others may not begin with `States.`. */
const STATES_ERRORS: readonly string[] = [
  ALL, 'States.BranchFailed', 'States.DataLimitExceeded', 'States.ExceedToleratedFailureThreshold', 'States.HeartbeatTimeout', 'States.Http.Socket', 'States.IntrinsicFailure',
  'States.ItemReaderFailed', 'States.NoChoiceMatched', 'States.ParameterPathFailure', 'States.Permissions', 'States.QueryEvaluationError', 'States.ResultPathMatchFailure',
  'States.ResultWriterFailed', 'States.Runtime', 'States.TaskFailed', 'States.Timeout',
];
/** With the status of the response. */
const HTTP_ERROR = /^States\.Http\.StatusCode\.\d{3}$/;
const KNOWN = [...STATES_ERRORS, ...LAMBDA_SERVICE_ERRORS, 'Lambda.TooManyRequestsException', 'Lambda.Unknown'];

/**
 * What is true of the errors that a state tries again or catches.
 */
export const ERROR_NAMES_RULES: readonly Rule<ErrorNamesFacts>[] = [
  {
    id: 'errorNameUnknown',
    severity: 'warning',
    why: 'Names of errors are compared letter by letter, so one that Step Functions never reports matches nothing.',
    source: PAGE,
    finding: ({ stateMachine, state, field, names }) => {
      const name = names.flat().find(isUnknownName);
      const meant = KNOWN.find((known) => known.toLowerCase() === name?.toLowerCase());
      return name === undefined ? undefined : {
        what: `${field} of state '${state}' of state machine '${stateMachine}' is for '${name}', which Step Functions never reports, so it does nothing`,
        fix: meant === undefined ? 'name an error that is reported, such as States.TaskFailed or States.Timeout' : `write '${meant}'`,
      };
    },
  },
  {
    id: 'errorWildcardNotLast',
    severity: 'error',
    why: 'The wildcard for all errors must stand alone, and in the last member.',
    source: PAGE,
    finding: ({ stateMachine, state, field, names }) => (
      !names.some((some, index) => some.includes(ALL) && (some.length > 1 || index < names.length - 1)) ? undefined : {
        what: `${field} of state '${state}' of state machine '${stateMachine}' has ${ALL} beside other names or before other members, so Step Functions refuses the definition`,
        fix: `put ${ALL} into a member of its own at the end of ${field}`,
      }
    ),
  },
];

function isUnknownName(name: string): boolean {
  return !KNOWN.includes(name) && !HTTP_ERROR.test(name) && (name.startsWith('States.') || KNOWN.some((known) => known.toLowerCase() === name.toLowerCase()));
}
