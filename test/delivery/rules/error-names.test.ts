import { checkRules } from './check-rules';
import type { ErrorNamesFacts } from '../../../src/delivery/rules/error-names';
import { ERROR_NAMES_RULES } from '../../../src/delivery/rules/error-names';
import { findings } from '../../../src/delivery/rules/rule';

/** What AWS documents, on the page of the rules and in the specification of the language. */
const DOCUMENTED = [
  'States.BranchFailed', 'States.DataLimitExceeded', 'States.ExceedToleratedFailureThreshold', 'States.HeartbeatTimeout', 'States.Http.Socket', 'States.Http.StatusCode.503',
  'States.IntrinsicFailure', 'States.ItemReaderFailed', 'States.NoChoiceMatched', 'States.ParameterPathFailure', 'States.Permissions', 'States.QueryEvaluationError',
  'States.ResultPathMatchFailure', 'States.ResultWriterFailed', 'States.Runtime', 'States.TaskFailed', 'States.Timeout', 'Lambda.Unknown', 'Lambda.TooManyRequestsException',
  'Lambda.SdkClientException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.ClientExecutionTimeoutException',
];
const facts = (different: Partial<ErrorNamesFacts> = {}): ErrorNamesFacts => ({ stateMachine: 'M', state: 'A', field: 'Retry', names: [DOCUMENTED, ['States.ALL']], ...different });

checkRules<ErrorNamesFacts, Partial<ErrorNamesFacts>>({
  rules: () => ERROR_NAMES_RULES,
  facts,
  unknown: { stateMachine: 'M', state: 'A', field: 'Retry', names: [] },
  cases: {
    errorNameUnknown: {
      breaks: [
        { names: [['States.TaskFailedId']] }, { names: [['Mine'], ['States.Timeout', 'States.timeout']] }, { names: [['Lambda.SdkclientException']] }, { names: [['States.Http.StatusCode.5XX']] },
        { names: [['States.Http.StatusCode.503x']] }, { names: [['States.Http.StatusCode.50']] }, { names: [['states.all']] },
      ],
      keeps: [{ names: [['java.lang.Exception', 'HandledError', 'Lambda.MyOwnException', 'MyStates.Failed']] }],
    },
    errorWildcardNotLast: {
      breaks: [{ names: [['States.ALL'], ['Mine']] }, { names: [['Mine', 'States.ALL']] }],
      keeps: [{ names: [['States.ALL']] }, { names: [[]] }],
    },
  },
  warnings: ['errorNameUnknown'],
});

test.each([
  ['States.taskfailed', /write 'States.TaskFailed'$/],
  ['Lambda.SdkclientException', /write 'Lambda.SdkClientException'$/],
  ['States.TaskFailedId', /name an error that is reported, such as/],
])('what to write instead of %s is said where it is known', (name, text) => {
  expect(findings(ERROR_NAMES_RULES, facts({ names: [[name]] })).map(({ fix }) => fix)).toEqual([expect.stringMatching(text)]);
});
