import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { Definition } from './private/definition';
import { hardened } from './private/hardening';
import { newMachine } from './private/machine';
import { withSaga } from './private/saga';
import { unsuccessfulEnds } from './private/unsuccessful-ends';
import { machineByAlias, newVersion, preferenceOf } from './private/workflow-version';
import type { ResilientWorkflowAlarmOptions, ResilientWorkflowAlarms } from './resilient-workflow.alarms';
import { COMPENSATION_ALARMS, VERSION_ALARMS, WORKFLOW_ALARMS } from './resilient-workflow.alarms';
import type { TrafficShift, WorkflowMachine } from './resilient-workflow.late-rules';
import { checkAtSynthesis } from './resilient-workflow.late-rules';
import type { WorkflowPart } from './resilient-workflow.rules';
import { planOf } from './resilient-workflow.rules';
import type { WorkflowTrafficShift } from './workflow-traffic-shift';
import type { IAlarmed } from '../alarms/alarmed';
import { listed } from '../private/alarms/alarm-table';
import { byProps } from '../private/checks/derived-values';
import { queueTarget } from '../private/events/event-delivery';
import { RoleGrants } from '../private/iam/role-grants';
import { LOG_RETENTION } from '../private/log-groups/vended-log-group';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';

/**
 * Properties of a `ResilientWorkflow`.
 */
export interface ResilientWorkflowProps {
  /**
   * The states: a chain of `aws-stepfunctions`, as for a `StateMachine`. What a state says itself (a timeout, retriers, catchers) stays as it is; what it does not say it gets from the workflow.
   */
  readonly definition: sfn.IChainable;

  /**
   * How long an execution may take, from 10 seconds to 1 year. An execution that reaches it catches nothing, so the timeouts of its tasks are below it.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * How long a task may take that states no timeout itself, if all that it waits for is the response to its request. A task that waits for a callback or for the end of a job states its own.
   *
   * @default - half of `timeout`, but at most 16 minutes
   */
  readonly taskTimeout?: Duration;

  /**
   * What undoes the tasks of the workflow, by the id of the task. When an execution fails, the compensations of exactly those tasks run that it has completed, the last one first, each with the output of its task
   * for its input.
   *
   * @default - none
   */
  readonly compensations?: { readonly [step: string]: sfn.IChainable };

  /**
   * The query language of the states that do not state theirs.
   *
   * @default sfn.QueryLanguage.JSON_PATH
   */
  readonly queryLanguage?: sfn.QueryLanguage;

  /**
   * Has each deployment of other states publish a version, to which an alias moves new executions step by step, and which it takes back when its executions fail. Executions must be started by `alias`.
   *
   * @default - no versions and no alias: each new execution runs the newest states
   */
  readonly trafficShift?: WorkflowTrafficShift;

  /**
   * Customer-managed key for the definition, the data of executions and the queues.
   *
   * @default - encrypted with keys that AWS owns
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long the logs are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: ResilientWorkflowAlarmOptions;

  /**
   * Removal policy of the queues.
   *
   * @default - deleted with the stack, but kept when CloudFormation replaces them, because there may be messages in them
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A Step Functions workflow that loses nothing: each execution succeeds, or is tried again, or is undone, and one that failed, hung or was stopped is set aside where an alarm watches.
 *
 * Creates a Standard state machine, another for the compensations, a rule that sets aside the ends of executions that did not succeed, the queues and the alarms.
 * https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
 *
 * @example
 * const reserve = new tasks.LambdaInvoke(this, 'Reserve', { lambdaFunction: handler, payloadResponseOnly: true });
 * const pay = new tasks.LambdaInvoke(this, 'Pay', { lambdaFunction: handler, payloadResponseOnly: true });
 * const release = new tasks.LambdaInvoke(this, 'Release', { lambdaFunction: handler });
 * new ResilientWorkflow(this, 'Order', { definition: reserve.next(pay), compensations: { Reserve: release } });
 */
@propertyInjectable
export class ResilientWorkflow extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.workflows.ResilientWorkflow';

  /**
   * The state machine that runs the workflow.
   */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * The state machine that runs the compensations, an execution for each one of the workflow that failed. Undefined without `compensations`.
   */
  public readonly compensation?: sfn.StateMachine;

  /**
   * The state machine by its alias, with `trafficShift`: start executions by its ARN. What it grants is granted on the state machine, as AWS asks it of aliases. Undefined without `trafficShift`.
   */
  public readonly alias?: sfn.IStateMachine;

  /**
   * The queue with the ends of executions, of the workflow and of its compensations, that failed, reached their timeout or were stopped: the events of Step Functions, with the input of the execution.
   */
  public readonly deadLetterQueue: sqs.Queue;

  /**
   * The rule that sends these events to the dead-letter queue.
   */
  public readonly failureRule: events.Rule;

  /**
   * The queue for events that the rule could not deliver to the dead-letter queue.
   */
  public readonly ruleDeadLetterQueue: sqs.Queue;

  /**
   * The alarms on the executions, the compensations, the rule and the queues, by their names.
   */
  public readonly alarms: ResilientWorkflowAlarms;

  private readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: ResilientWorkflowProps) {
    super(scope, id);
    const plan = planOf(this, props);
    const { encryptionKey } = props;
    this.encryptionKey = encryptionKey;

    const compensation = plan.compensation && this.newMachine('Compensation', plan.compensation, plan.compensation.definition, props);
    this.compensation = compensation?.machine;
    const workflow = this.newMachine('StateMachine', plan.workflow, this.workflowDefinition(plan.workflow.definition, props.compensations), props);
    this.stateMachine = workflow.machine;
    this.compensation?.grantStartExecution(this.stateMachine);
    const machines = [workflow, ...compensation ? [compensation] : []];

    const newQueue = (queueId: string) => newPatternQueue(this, queueId, {
      retentionPeriod: DEAD_LETTER_RETENTION,
      encryptionKey,
      removalPolicy: props.removalPolicy,
      instead: byProps('ResilientWorkflow', ['encryptionKey', 'removalPolicy'], 'ends of executions wait there for people, so leave the queue as it is made'),
    });
    this.deadLetterQueue = newQueue('DeadLetterQueue');
    this.ruleDeadLetterQueue = newQueue('RuleDeadLetterQueue');
    const eventPattern = unsuccessfulEnds(['FAILED', 'TIMED_OUT', 'ABORTED'], { stateMachineArn: machines.map(({ machine }) => machine.stateMachineArn) });
    this.failureRule = new events.Rule(this, 'FailureRule', {
      description: 'Sets aside the ends of executions that did not succeed.',
      eventPattern,
      targets: [queueTarget(this, this.deadLetterQueue, this.ruleDeadLetterQueue)],
    });

    const { stateMachine, deadLetterQueue, failureRule: rule, ruleDeadLetterQueue } = this;
    const subject = { path: this.node.path, stateMachine, deadLetterQueue, rule, ruleDeadLetterQueue };
    const shift = props.trafficShift && this.addTrafficShift(workflow, props.trafficShift, props.alarms);
    this.alias = shift?.machine;
    this.alarms = {
      ...WORKFLOW_ALARMS.add(this, subject, props.alarms),
      ...this.compensation ? COMPENSATION_ALARMS.add(this, { path: this.node.path, compensation: this.compensation }, props.alarms) : {},
      ...shift?.alarms,
    };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, { machines, eventPattern, shift }) });
  }

  /**
   * The alarms on the executions, the compensations, the rule and the queues, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows `grantee` to start executions, by the alias too: `states:StartExecution` on the state machine, and `kms:GenerateDataKey` and `kms:Decrypt` on its key.
   *
   * @param grantee who starts executions: a role, a function, a service
   */
  public grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    const starter = new RoleGrants(this).to(grantee);
    this.encryptionKey?.grant(starter, 'kms:GenerateDataKey', 'kms:Decrypt');
    return this.stateMachine.grantStartExecution(starter);
  }

  /** The definition with what undoes it. */
  private workflowDefinition(definition: Definition, compensations: object = {}): Definition {
    const { partition } = Stack.of(this);
    return this.compensation
      ? withSaga(definition, { steps: Object.keys(compensations), compensationArn: this.compensation.stateMachineArn, partition })
      : definition;
  }

  /** The version of the states, and the alias that shifts to it. */
  private addTrafficShift(
    { machine, definition }: WorkflowMachine, options: WorkflowTrafficShift, tuned?: ResilientWorkflowAlarmOptions,
  ): TrafficShift {
    const published = newVersion(this, machine, definition);
    const alarms = VERSION_ALARMS.add(published.scope, { path: this.node.path, rule: published.rule }, tuned);
    const { aliasName = 'live', rollbackAlarms = [] } = options;
    const preference = preferenceOf(published.version, options, [...listed({ ...alarms }), ...rollbackAlarms]);
    const alias = new sfn.CfnStateMachineAlias(this, 'Alias', { name: aliasName, deploymentPreference: preference });
    return { ...published, alarms, preference, alias, machine: machineByAlias(this, 'MachineByAlias', machine, alias.attrArn) };
  }

  private newMachine(id: string, part: WorkflowPart, states: Definition, props: ResilientWorkflowProps): WorkflowMachine {
    const { queryLanguage, logRetention = LOG_RETENTION, encryptionKey } = props;
    const { graph, timeout, hardening } = part;
    const definition = { QueryLanguage: queryLanguage, ...hardened(this, states, hardening), TimeoutSeconds: timeout.toSeconds() };
    return { id, part, definition, machine: newMachine(this, id, { definition, graph, logRetention, encryptionKey }) };
  }
}
