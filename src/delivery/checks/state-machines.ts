import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { documentOf } from '../graph/reading';
import { ALARM, RULE, STATE_MACHINE } from '../graph/resource-types';
import type { State, Task } from '../graph/state-machines';
import { argumentsOf, attemptsOf, definitionOf, isDistributed, isExpress, statesOf, targetOf, tasksOf } from '../graph/state-machines';
import type { ErrorNamesFacts } from '../rules/error-names';
import { ERROR_NAMES_RULES } from '../rules/error-names';
import type { StateMachineFacts, TaskFacts } from '../rules/state-machine';
import { LAMBDA_SERVICE_ERRORS, STATE_MACHINE_RULES, TASK_RULES, waitsWithoutEnd } from '../rules/state-machine';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { isUnknown } from '../template/symbols';

export const STATE_MACHINE_CHECKS = [
  check(STATE_MACHINE_RULES, readStateMachines),
  check(TASK_RULES, readTasks),
  check(ERROR_NAMES_RULES, readErrorNames),
];

function* readTasks(graph: DeliveryGraph): Iterable<Reading<TaskFacts>> {
  for (const machine of graph.app.ofType(STATE_MACHINE)) {
    const executionHasTimeout = hasTimeout(definitionOf(machine));
    yield* tasksOf(graph, machine).map((task) => ({ at: machine, facts: { ...taskFacts(machine, task), executionHasTimeout } }));
  }
}

function taskFacts({ path }: Resource, { name, props, express, around, waiting, integration, invokesFunction }: Task): TaskFacts {
  const retriers = [props, ...around].map((state) => state.items('Retry'));
  return {
    stateMachine: path,
    state: name,
    waiting,
    integration,
    express,
    invokesFunction,
    retriesServiceErrors: retriers.includes(undefined) ? undefined : retriers.flatMap((some) => some ?? []).some(retriesServiceErrors),
    ...patienceOf({ props }),
    timeoutSeconds: props.number('TimeoutSeconds'),
    heartbeatSeconds: props.number('HeartbeatSeconds'),
    schedulesWithDeadLetters: integration === 'aws-sdk:scheduler:createSchedule' ? schedulesWithDeadLetters(argumentsOf({ props })) : undefined,
  };
}

/** What a path or an expression leads to is known only while it runs. */
function schedulesWithDeadLetters(schedule: Props): boolean | undefined {
  const stated = schedule.part('Target').names();
  return stated === undefined || stated.length === 0 ? undefined : stated.includes('DeadLetterConfig') || stated.includes('DeadLetterConfig.$');
}

function patienceOf({ props }: Pick<Task, 'props'>): Pick<TaskFacts, 'hasTimeout' | 'hasHeartbeat'> {
  return { hasTimeout: hasTimeout(props), hasHeartbeat: isGiven(props, 'HeartbeatSeconds') };
}

function hasTimeout(state: Props | undefined): boolean | undefined {
  return state && isGiven(state, 'TimeoutSeconds');
}

/** What a path leads to is known only while it runs. */
function isGiven(state: Props, name: string): boolean | undefined {
  return state.has(`${name}Path`) === false ? state.has(name) : undefined;
}

/** States.TaskFailed stands for all errors but timeouts. */
function retriesServiceErrors(retrier: Props): boolean {
  return attemptsOf(retrier) > 0 && names(retrier, ['States.ALL', 'States.TaskFailed', ...LAMBDA_SERVICE_ERRORS]);
}

function names(rule: Props, errors: readonly string[]): boolean {
  return rule.list('ErrorEquals')?.some((error) => errors.includes(String(error)) || isUnknown(error)) ?? true;
}

function* readErrorNames(graph: DeliveryGraph): Iterable<Reading<ErrorNamesFacts>> {
  for (const machine of graph.app.ofType(STATE_MACHINE)) {
    for (const { name, props } of statesOf(machine)) {
      for (const field of ['Retry', 'Catch']) {
        const errors = (props.items(field) ?? []).map((member) => (member.list('ErrorEquals') ?? []).map(String).filter((error) => !isUnknown(error)));
        yield { at: machine, facts: { stateMachine: machine.path, state: name, field, names: errors } };
      }
    }
  }
}

function* readStateMachines(graph: DeliveryGraph): Iterable<Reading<StateMachineFacts>> {
  const watched = watchedMachines(graph);
  for (const machine of graph.app.ofType(STATE_MACHINE)) {
    const { path, props } = machine;
    const [states, tasks] = [statesOf(machine), tasksOf(graph, machine)];
    yield {
      at: machine,
      facts: {
        path,
        express: isExpress(machine),
        logs: props.has('LoggingConfiguration') === true ? props.literal('LoggingConfiguration.Level', 'OFF') !== 'OFF' : props.has('LoggingConfiguration'),
        hasTimeout: hasTimeout(definitionOf(machine)),
        waitsWithoutEnd: tasks.some((task) => waitsWithoutEnd({ ...task, ...patienceOf(task) })),
        uncaughtTask: tasks.find(isUncaught)?.name,
        failuresWatched: graph.isComplete ? watched(machine) : undefined,
        stateWithoutDataLimit: states.find(missesDataLimit)?.name,
        distributedMap: states.find(({ props: state, express }) => express && isDistributed(state.part('ItemProcessor')))?.name,
      },
    };
  }
}

function isUncaught({ props, around }: State): boolean {
  return [props, ...around].every((state) => state.has('Catch') === false);
}

/** The result of a state that only reads or sends is as small as it always is; that of a function, of an execution or of many states may grow. */
function missesDataLimit({ props }: State): boolean {
  const catchers = props.items('Catch') ?? [];
  const resultMayGrow = props.text('Type') !== 'Task' || /:lambda:|:(states|sfn):start/.test(props.text('Resource') ?? '');
  return resultMayGrow && catchers.some((catcher) => names(catcher, ['States.ALL'])) && !catchers.some((catcher) => names(catcher, ['States.DataLimitExceeded']));
}

const METRICS = 'AWS/States';
const EVENTS = 'aws.states';

/** The state machines of whose failures somebody learns: by an alarm on any of their metrics, by a rule on their executions, or because another one waits for the end of their executions. */
function watchedMachines(graph: DeliveryGraph): (machine: Resource) => boolean {
  const texts = [...alarmedMachines(graph), ...ruledMachines(graph), ...awaitedMachines(graph)];
  const known = new Set(texts);
  // A machine that is not known may be any.
  const any = texts.some((text) => text === undefined || isUnknown(text));
  return ({ arn }) => any || known.has(arn);
}

function* alarmedMachines(graph: DeliveryGraph): Iterable<string | undefined> {
  for (const { props } of graph.app.ofType(ALARM)) {
    const metrics = [props, ...(props.items('Metrics') ?? []).map((metric) => metric.part('MetricStat.Metric'))];
    for (const metric of metrics.filter((one) => one.text('Namespace') === METRICS)) {
      const dimensions = metric.items('Dimensions');
      yield* dimensions === undefined ? [undefined] : dimensions.filter((dimension) => dimension.text('Name') === 'StateMachineArn').map((dimension) => dimension.text('Value'));
    }
  }
}

function* ruledMachines(graph: DeliveryGraph): Iterable<string | undefined> {
  for (const { props } of graph.app.ofType(RULE)) {
    const pattern = documentOf(props, 'EventPattern');
    if (pattern.list('source')?.some((source) => source === EVENTS || typeof source === 'object') ?? true) {
      const machines = pattern.list('detail.stateMachineArn') ?? [];
      yield* machines.length === 0 ? [undefined] : machines.map((machine) => (typeof machine === 'string' ? machine : undefined));
    }
  }
}

function* awaitedMachines(graph: DeliveryGraph): Iterable<string | undefined> {
  for (const machine of graph.app.ofType(STATE_MACHINE)) {
    for (const task of tasksOf(graph, machine).filter(({ waiting }) => waiting === 'job')) {
      yield* [targetOf(graph, task)].flatMap(({ resource }) => (resource?.type === STATE_MACHINE ? [resource.arn] : []));
    }
  }
}
