import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { compensationGraph } from './private/compensation-graph';
import type { Definition, PlacedState } from './private/definition';
import { statesOf } from './private/definition';
import type { Hardening } from './private/hardening';
import { knownAmount, taskFacts } from './private/task-facts';
import type { ResilientWorkflowProps } from './resilient-workflow';
import { COMPENSATION_ALARMS, VERSION_ALARMS, WORKFLOW_ALARMS } from './resilient-workflow.alarms';
import type { Place } from '../delivery/rules/rule';
import { findings, knownToDiffer } from '../delivery/rules/rule';
import { TASK_RULES, waitsWithoutEnd } from '../delivery/rules/state-machine';
import { placeByArn, placeOf } from '../private/app/environments';
import { Problems, wholeOrNot } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownSeconds } from '../private/checks/prop-bounds';

// What is derived from the props.

const DEFAULT_TIMEOUT = Duration.hours(1);

/** Just above what the longest function takes, whose own timeout then comes first. https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LONGEST_FUNCTION_SECONDS = 960;

/** Compensations wait for what is down to be up again. */
const COMPENSATION_TIMEOUT = Duration.days(1);

/** How much of an execution's time a task may wait, so that it fails in time to be caught. */
const WAITING_SHARE = 0.9;

/** A graph of states, as it was when the workflow was made. */
export interface WorkflowPart {
  readonly graph: sfn.StateGraph;
  readonly definition: Definition;
  readonly timeout: Duration;
  readonly hardening: Hardening;
}

/** The values that are derived from the props. */
export interface WorkflowPlan {
  readonly workflow: WorkflowPart;
  readonly compensation?: WorkflowPart;
}

// What is wrong with the props, before anything is made.

/** An execution of a Standard workflow may run for a year. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const YEAR = 31_536_000;
const KNOWN = 'the timeouts of tasks are compared with it';

export const RESILIENT_WORKFLOW_BOUNDS: PropBounds<ResilientWorkflowProps> = {
  'timeout': { unit: 'seconds', min: 10, max: YEAR, fix: 'leave it out for 1 hour', known: KNOWN },
  'taskTimeout': ({ timeout }) => ({
    unit: 'seconds',
    min: 1,
    // An execution that reaches its timeout catches nothing.
    max: (knownSeconds(timeout) ?? DEFAULT_TIMEOUT.toSeconds()) - 1,
    fix: 'leave it out for half of timeout, at most 16 minutes, or raise timeout',
    known: KNOWN,
  }),
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html
  'trafficShift.percentage': { unit: 'number', min: 1, max: 99, fix: 'leave it out for 10 percent' },
  // An alarm needs up to three minutes: for the event, its metric, and the evaluation.
  'trafficShift.interval': { unit: 'minutes', min: 3, max: 2100, fix: 'leave it out for 10 minutes' },
};

/** Binds the states to graphs, derives the plan and checks both; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: ResilientWorkflowProps): WorkflowPlan {
  const problems = new Problems(scope, 'ResilientWorkflow');
  const { timeout = DEFAULT_TIMEOUT, compensations = {}, alarms } = props;
  problems.checkBounds(props, RESILIENT_WORKFLOW_BOUNDS);
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave it out for keys that AWS owns');
  WORKFLOW_ALARMS.check(problems, {}, alarms);
  VERSION_ALARMS.check(problems, {}, alarms);
  checkShift(problems, scope, props);
  COMPENSATION_ALARMS.check(problems, {}, alarms);
  // The states cannot be looked at against a timeout that is not known.
  problems.throwIfAny();

  const workflow = bound(scope, props, props.definition, timeout, false);
  checkStates(problems, scope, workflow);
  const steps = Object.keys(compensations);
  checkSteps(problems, workflow.definition, steps);
  checkEnds(problems, compensations);
  if (steps.length > 0) {
    checkChoices(problems, workflow.definition);
  }
  if (alarms?.compensationsFailed && alarms.compensationsFailed.enabled !== false && steps.length === 0) {
    problems.add('alarms.compensationsFailed is set, but there are no compensations: leave it out, or state compensations');
  }
  problems.throwIfAny();

  if (steps.length === 0) {
    return { workflow };
  }
  const compensation = bound(scope, props, compensationGraph(scope, compensations), COMPENSATION_TIMEOUT, true);
  checkStates(problems, scope, compensation);
  problems.throwIfAny();
  return { workflow, compensation };
}

function bound(
  scope: Construct, { queryLanguage, taskTimeout }: ResilientWorkflowProps, states: sfn.IChainable, timeout: Duration, retriesAll: boolean,
): WorkflowPart {
  const seconds = timeout.toSeconds();
  return wholeOrNot(scope, () => {
    const graph = new sfn.StateGraph(states.startState, `states of ResilientWorkflow '${scope.node.path}'`);
    return {
      graph,
      definition: graph.toGraphJson(queryLanguage) as Definition,
      timeout,
      hardening: {
        taskSeconds: taskTimeout?.toSeconds() ?? Math.min(LONGEST_FUNCTION_SECONDS, Math.floor(seconds / 2)),
        waitSeconds: Math.floor(seconds * WAITING_SHARE),
        retriesAll,
      },
    };
  });
}

function checkStates(problems: Problems, scope: Construct, { definition, timeout }: WorkflowPart): void {
  for (const placed of statesOf(definition)) {
    if (placed.state.Type === 'Task') {
      checkTask(problems, scope, placed, timeout.toSeconds());
    }
    if (placed.state.Type === 'Wait') {
      checkWait(problems, placed, timeout.toSeconds());
    }
  }
}

/** What is true of every task, and warned of elsewhere, is an error here. A task gets its retriers, and a timeout if it does not wait, only afterwards. */
function checkTask(problems: Problems, scope: Construct, placed: PlacedState, seconds: number): void {
  const facts = taskFacts(scope, scope.node.path, placed);
  findings(TASK_RULES, facts).forEach(({ text }) => problems.add(text));
  const task = `task '${placed.name}'`;
  if (facts.waiting === 'job' && waitsWithoutEnd(facts)) {
    problems.add(
      `${task} waits for the end of ${facts.integration}, but has no timeout of its own, so a job that hangs ends the whole execution, which catches nothing then: ` +
      'state taskTimeout of the task, the longest time that the job may take',
    );
  }
  if (facts.timeoutSeconds !== undefined && facts.timeoutSeconds >= seconds) {
    problems.add(`${task} may take ${facts.timeoutSeconds} seconds, but its execution ends after ${seconds}, and catches nothing then: state a taskTimeout of less than ${seconds} seconds${raise(seconds)}`);
  }
}

function checkWait(problems: Problems, { name, state }: PlacedState, seconds: number): void {
  const waits = knownAmount(state.Seconds);
  if (waits !== undefined && waits >= seconds) {
    problems.add(`state '${name}' waits for ${waits} seconds, but its execution ends after ${seconds}: let it wait for less${raise(seconds)}`);
  }
}

/** That of compensations is not for users to say. */
function raise(seconds: number): string {
  return seconds === COMPENSATION_TIMEOUT.toSeconds() ? '' : ', or raise timeout of the ResilientWorkflow';
}

/** A step is a task of the workflow itself: whether a part of a Parallel or Map state was completed cannot be known outside of it. */
function checkSteps(problems: Problems, definition: Definition, steps: readonly string[]): void {
  const tasks = Object.entries(definition.States).filter(([, { Type }]) => Type === 'Task').map(([name]) => name);
  const elsewhere = statesOf(definition).map(({ name }) => name);
  for (const step of steps.filter((name) => !tasks.includes(name))) {
    problems.add(
      elsewhere.includes(step)
        ? `compensations has '${step}', which is ${step in definition.States ? `a ${String(definition.States[step]!.Type)} state` : 'within a Parallel or Map state'}, but must be a task of the workflow itself: ` +
          'chain the tasks one after the other, or put them into a ResilientWorkflow of their own, which undoes itself'
        : `compensations has '${step}', but no state has this id: state the id of a task, one of ${tasks.map((name) => `'${name}'`).join(', ')}`,
    );
  }
}

/** A Choice state cannot catch that nothing matched. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
function checkChoices(problems: Problems, definition: Definition): void {
  for (const [name] of Object.entries(definition.States).filter(([, { Type, Default }]) => Type === 'Choice' && Default === undefined)) {
    problems.add(
      `Choice state '${name}' has no default, so that an execution for which nothing matches fails at once, where nothing is caught and nothing undone: ` +
      'add otherwise to it, with a Fail state if it is an error',
    );
  }
}

function checkEnds(problems: Problems, compensations: { readonly [step: string]: sfn.IChainable }): void {
  for (const [step] of Object.entries(compensations).filter(([, { endStates }]) => endStates.length === 0)) {
    problems.add(`compensations['${step}'] ends its execution itself, so that the steps before would not be undone: leave out the Succeed or Fail state at its end`);
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html */
const MOST_ALARMS = 100;

function checkShift(problems: Problems, scope: Construct, { trafficShift, alarms = {} }: ResilientWorkflowProps): void {
  const watches = alarms.newVersionFailed?.enabled !== false;
  if (trafficShift === undefined) {
    if (watches && alarms.newVersionFailed) {
      problems.add('alarms.newVersionFailed is set, but there is no trafficShift: leave it out, or state trafficShift');
    }
    return;
  }
  const { aliasName, rollbackAlarms = [] } = trafficShift;
  if (aliasName !== undefined && !Token.isUnresolved(aliasName) && !/^(?!\d+$)[a-zA-Z0-9_.-]{1,80}$/.test(aliasName)) {
    problems.add(`trafficShift.aliasName is '${aliasName}', but must have 1 to 80 letters, digits, hyphens, underscores and dots, and not digits only: leave it out for 'live'`);
  }
  const count = rollbackAlarms.length + (watches ? 1 : 0);
  if (count === 0) {
    problems.add(
      'alarms.newVersionFailed is switched off, and trafficShift.rollbackAlarms has no alarm, so nothing would take a version back that fails: ' +
      'leave the alarm on, state others, or leave out trafficShift',
    );
  }
  if (count > MOST_ALARMS) {
    problems.add(`trafficShift.rollbackAlarms has ${rollbackAlarms.length} alarms, but an alias watches ${MOST_ALARMS} at most, with alarms.newVersionFailed: compose some of them`);
  }
  const here = placeOf(Stack.of(scope));
  const isElsewhere = ({ account, region }: Place) => knownToDiffer(account, here.account) || knownToDiffer(region, here.region);
  for (const alarm of rollbackAlarms.filter((one) => isElsewhere(placeByArn(one, one.alarmArn)))) {
    problems.add(
      `alarm '${alarm.node.path}' in trafficShift.rollbackAlarms is in another account or region, where CloudFormation does not look for it, and takes it for OK: ` +
      'give an alarm that is made where the workflow is',
    );
  }
}
