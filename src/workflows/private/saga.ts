import type { Definition, StateJson } from './definition';

/*
 * The states that are added to a definition so that what it has done can be undone. They are in JSONata, whatever the others are in.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */

/** What is undone, and by what. */
export interface Saga {
  /** The names of the states that have a compensation. */
  readonly steps: readonly string[];
  /** The state machine that runs the compensations. */
  readonly compensationArn: string;
  readonly partition: string;
}

/** The variable with the steps that were completed, the last one first: each with its output, and with those before it. */
const COMPLETED = 'resilientWorkflowCompleted';

/** The longest name of a state. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const LONGEST_NAME = 80;

const BEGIN = 'ResilientWorkflow: begin';
const CHOOSE = 'ResilientWorkflow: anything to undo';
const UNDO = 'ResilientWorkflow: undo';
const FAIL = 'ResilientWorkflow: fail';

/**
 * Has a definition note which steps were completed, and start their compensation when it would fail. The compensation is an execution of its
 * own, which goes on when this one is stopped or reaches its timeout.
 */
export function withSaga<D extends Definition>(definition: D, saga: Saga): D {
  const { StartAt, States } = definition;
  const noted = Object.entries(States).flatMap(([name, state]) => [[name, caught(uncaughtFailure(state))] as const, ...noteOf(name, state, saga)]);
  const changed = Object.fromEntries(noted);
  for (const [index, name] of saga.steps.entries()) {
    const { Next: _, End: __, ...step } = changed[name]!;
    changed[name] = { ...step, Next: noteName(index, name) };
  }
  return { ...definition, StartAt: BEGIN, States: { [BEGIN]: assign({}, { Next: StartAt }), ...changed, ...endOf(saga) } };
}

/** A state that does nothing but assign the variable. */
function assign(value: object, next: object): StateJson {
  return { Type: 'Pass', QueryLanguage: 'JSONata', Assign: { [COMPLETED]: value }, ...next };
}

/** After the step. With this transition it is completed. */
function noteOf(name: string, { Next, End }: StateJson, { steps }: Saga): [string, StateJson][] {
  const index = steps.indexOf(name);
  const value = { step: name, output: '{% $states.input %}', before: `{% $${COMPLETED} %}` };
  return index < 0 ? [] : [[noteName(index, name), assign(value, Next === undefined ? { End } : { Next })]];
}

function noteName(index: number, name: string): string {
  return `ResilientWorkflow: completed ${index + 1} ${name}`.slice(0, LONGEST_NAME);
}

/** A state that would end the execution as failed hands its error on. */
function uncaughtFailure(state: StateJson): StateJson {
  if (state.Type !== 'Fail') {
    return state;
  }
  const { Error, ErrorPath, Cause, CausePath, QueryLanguage, Comment } = state;
  const members = (texts: object, paths: object) => Object.fromEntries(
    [...Object.entries(texts), ...Object.entries(paths).map(([name, path]) => [`${name}.$`, path] as const)].filter(([, value]) => value !== undefined),
  );
  const error = members({ Error, Cause }, { Error: ErrorPath, Cause: CausePath });
  const isPath = ErrorPath !== undefined || CausePath !== undefined;
  return { Type: 'Pass', QueryLanguage, Comment, ...isPath ? { Parameters: error } : { QueryLanguage: 'JSONata', Output: error }, Next: CHOOSE };
}

const CATCHING = ['Task', 'Parallel', 'Map'];

/** Errors that nothing catches otherwise. Their default output is the error. */
function caught(state: StateJson): StateJson {
  const catchers = (state.Catch ?? []) as readonly { readonly ErrorEquals: readonly string[] }[];
  const isCaught = (error: string) => catchers.some(({ ErrorEquals }) => ErrorEquals.includes(error));
  const missing = ['States.DataLimitExceeded', 'States.ALL'].filter((error) => !isCaught(error));
  return CATCHING.includes(String(state.Type)) && !isCaught('States.ALL')
    ? { ...state, Catch: [...catchers, ...missing.map((error) => ({ ErrorEquals: [error], Next: CHOOSE }))] }
    : state;
}

/** An error may have no cause. */
const ERROR = {
  Error: '{% $exists($states.input.Error) ? $states.input.Error : "" %}',
  Cause: '{% $exists($states.input.Cause) ? $states.input.Cause : "" %}',
};

const EXISTS = 'StepFunctions.ExecutionAlreadyExistsException';

function endOf({ compensationArn, partition }: Saga): Record<string, StateJson> {
  return {
    [CHOOSE]: {
      Type: 'Choice',
      QueryLanguage: 'JSONata',
      Choices: [{ Condition: `{% $exists($${COMPLETED}.step) %}`, Next: UNDO }],
      Default: FAIL,
    },
    [UNDO]: {
      Type: 'Task',
      QueryLanguage: 'JSONata',
      Resource: `arn:${partition}:states:::states:startExecution`,
      Arguments: {
        StateMachineArn: compensationArn,
        // By its name, a start that is repeated is known for the same one.
        Name: '{% $states.context.Execution.Name %}',
        Input: { execution: '{% $states.context.Execution.Id %}', ...ERROR, undo: `{% $${COMPLETED} %}` },
      },
      Output: '{% $states.input %}',
      TimeoutSeconds: 60,
      Retry: [
        { ErrorEquals: [EXISTS], MaxAttempts: 0 },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 8, MaxDelaySeconds: 60, JitterStrategy: 'FULL' },
      ],
      Catch: [{ ErrorEquals: [EXISTS], Output: '{% $states.input %}', Next: FAIL }],
      Next: FAIL,
    },
    [FAIL]: { Type: 'Fail', QueryLanguage: 'JSONata', ...ERROR },
  };
}
