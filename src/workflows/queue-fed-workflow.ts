import type { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { ExecutionEnds } from './private/execution-ends';
import { newExecutionEnds } from './private/execution-ends';
import { starterDefinition } from './private/message-starter';
import type { QueueFedWorkflowAlarmOptions, QueueFedWorkflowAlarms } from './queue-fed-workflow.alarms';
import { DELIVERY_ALARMS, END_ALARMS } from './queue-fed-workflow.alarms';
import { checkAtSynthesis } from './queue-fed-workflow.late-rules';
import { planOf } from './queue-fed-workflow.rules';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import type { QueueFedProps } from '../messaging/queue-fed-props';
import { listed } from '../private/alarms/alarm-table';
import { RoleGrants } from '../private/iam/role-grants';
import { warnOfKeyByAlias } from '../private/kms/key-by-alias';
import { LOG_RETENTION } from '../private/log-groups/vended-log-group';
import { pipeLogs, pipeLogsId } from '../private/pipes/pipe-logs';
import { grantRedrive, newFedQueues } from '../private/sqs/fed-queues';
import { keyStatements, plainArn } from '../private/states/machine-facts';
import { encryptStateMachine, newStateMachine } from '../private/states/state-machine';

/**
 * Properties of a `QueueFedWorkflow`.
 */
export interface QueueFedWorkflowProps extends QueueFedProps {
  /**
   * The state machine that processes the messages: made here or imported, also by the ARN of an alias or a version, such as `alias` of a `ResilientWorkflow`.
   *
   * A Standard state machine has an execution for each message, whose input is the message as a pipe delivers it: `messageId`, `body` (a text), `attributes`, `messageAttributes` and more. The input of an
   * Express state machine is an array of them.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
   */
  readonly stateMachine: sfn.IStateMachine;

  /**
   * Whether the state machine is Standard or Express.
   *
   * @default - read from the state machine; required where it cannot be read, as for an imported one
   */
  readonly stateMachineType?: sfn.StateMachineType;

  /**
   * How long an execution of an Express state machine may take, from which the visibility timeout is derived.
   *
   * @default - the timeout in its definition; 5 minutes, the longest that it runs, if there is none or it cannot be read
   */
  readonly workflowTimeout?: Duration;

  /**
   * Maximum number of messages in the input of an Express execution, from 1 to 10. With more than 1, the output of the state machine must name the messages that failed (`batchItemFailures`), or all of a failed
   * execution are tried again.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
   *
   * @default 1
   */
  readonly batchSize?: number;

  /**
   * Whether the pipe runs. While it is stopped, messages wait in the queue, and the alarms on that fire in time.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Time for which a received message stays invisible, up to 12 hours. It must not be shorter than what the pipe waits for: an Express execution, or the start of a Standard one (30 seconds).
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-sqs.html
   *
   * @default - 6 x that time
   */
  readonly visibilityTimeout?: Duration;

  /**
   * How long the logs of the pipe and of the state machines that are created here are kept.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: QueueFedWorkflowAlarmOptions;
}

/**
 * An SQS queue that feeds a Step Functions workflow and loses nothing: every message is processed, or tried again, or moved whole to a dead-letter queue that an alarm watches.
 *
 * Creates the queue, its dead-letter queue, the pipe, its role and the alarms. The pipe waits for Express executions, so that one that fails counts as a receive. For a Standard state machine it also creates an
 * Express one that names each execution by its message, so that none is processed twice, and a rule that has the messages of executions set aside that failed, reached their timeout or were stopped.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html
 *
 * @example
 * const ship = new tasks.LambdaInvoke(this, 'Ship', { lambdaFunction: handler });
 * const stateMachine = new sfn.StateMachine(this, 'Shipping', { definitionBody: sfn.DefinitionBody.fromChainable(ship), timeout: Duration.hours(1) });
 *
 * new QueueFedWorkflow(this, 'Orders', { stateMachine });
 */
@propertyInjectable
export class QueueFedWorkflow extends Construct implements IQueueFed, IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.workflows.QueueFedWorkflow';

  /**
   * The state machine that processes the messages.
   */
  public readonly stateMachine: sfn.IStateMachine;

  /**
   * The queue that feeds the workflow.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The dead-letter queue: for messages that could not be processed, or whose execution could not be started, `maxReceiveCount` times, and for those of Standard executions that did not succeed.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * The Express state machine that starts an execution for each message. Undefined if the state machine is Express itself.
   */
  public readonly starter?: sfn.StateMachine;

  /**
   * The role of the pipe.
   */
  public readonly pipeRole: iam.Role;

  /**
   * The pipe from the queue.
   */
  public readonly pipe: pipes.CfnPipe;

  /**
   * The state machine that moves the message of an execution that did not succeed to the dead-letter queue. Undefined if the state machine is Express.
   */
  public readonly setAside?: sfn.StateMachine;

  /**
   * The rule that starts it. Undefined if the state machine is Express.
   */
  public readonly failureRule?: events.Rule;

  /**
   * The queue for events for which the rule could not start it. Undefined if the state machine is Express.
   */
  public readonly ruleDeadLetterQueue?: sqs.Queue;

  /**
   * The alarms on the queues, the pipe and the executions, by their names.
   */
  public readonly alarms: QueueFedWorkflowAlarms;

  constructor(scope: Construct, id: string, props: QueueFedWorkflowProps) {
    super(scope, id);
    const plan = planOf(this, props);
    const { encryptionKey, logRetention = LOG_RETENTION } = props;

    this.stateMachine = props.stateMachine;
    const { maximumMessageSize } = plan;
    const queues = newFedQueues(this, 'QueueFedWorkflow', { ...props, maximumMessageSize }, plan);
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;

    this.starter = plan.express ? undefined : this.newStarter(logRetention, props);
    this.pipeRole = new iam.Role(this, 'PipeRole', { assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com') });
    this.grantToPipe(props);
    this.pipe = new pipes.CfnPipe(this, 'Pipe', {
      description: 'Has the messages of the queue processed.',
      roleArn: this.pipeRole.roleArn,
      source: this.queue.queueArn,
      sourceParameters: { sqsQueueParameters: { batchSize: plan.batchSize } },
      target: (this.starter ?? this.stateMachine).stateMachineArn,
      targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'REQUEST_RESPONSE' } },
      desiredState: props.enabled === false ? 'STOPPED' : 'RUNNING',
      logConfiguration: pipeLogs(this, pipeLogsId('Pipe'), logRetention),
    });
    // EventBridge refuses a pipe whose role may not read the queue yet.
    this.pipe.node.addDependency(this.pipeRole);

    const { stateMachine, removalPolicy } = props;
    const ends = plan.express ? undefined : newExecutionEnds(this, { ...queues, stateMachine, encryptionKey, logRetention, removalPolicy });
    this.setAside = ends?.setAside;
    this.failureRule = ends?.rule;
    this.ruleDeadLetterQueue = ends?.ruleDeadLetterQueue;

    this.alarms = {
      ...DELIVERY_ALARMS.add(this, { ...plan, ...queues, path: this.node.path, pipe: this.pipe }, props.alarms),
      ...ends && this.alarmsOn(ends, props),
    };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, { plan, ends }) });
  }

  /**
   * The alarms on the queues, the pipe and the executions, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows `grantee` to send messages to the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`, and the use of its key.
   *
   * @param grantee who sends: a role, a function, a service
   */
  public grantSendMessages(grantee: iam.IGrantable): iam.Grant {
    return this.queue.grantSendMessages(new RoleGrants(this).to(grantee));
  }

  /**
   * Allows an operator to read the dead letters, and to move them back to the queue once the cause is fixed. The redrive must name the queue as its destination.
   *
   * On the dead-letter queue: `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`,
   * `sqs:StartMessageMoveTask`, `sqs:ListMessageMoveTasks`, `sqs:CancelMessageMoveTask`; on the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`;
   * and the use of their keys. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   *
   * @param grantee who redrives: an operator's role, or a function
   */
  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    return grantRedrive(this, this, grantee);
  }

  private newStarter(logRetention: logs.RetentionDays, { encryptionKey }: QueueFedWorkflowProps): sfn.StateMachine {
    const starter = newStateMachine(this, 'Starter', sfn.StateMachineType.EXPRESS, starterDefinition(this, this.stateMachine), logRetention);
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#connect-stepfunctions-iam
    starter.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [plainArn(this.stateMachine)] }));
    keyStatements(this.stateMachine, 'kms:GenerateDataKey', 'kms:Decrypt').forEach((statement) => starter.addToRolePolicy(statement));
    if (encryptionKey) {
      encryptStateMachine(this, starter, encryptionKey, 'the starter logs nothing');
    }
    return starter;
  }

  private grantToPipe({ encryptionKey }: QueueFedWorkflowProps): void {
    warnOfKeyByAlias(this, this.queue.encryptionMasterKey);
    this.queue.grantConsumeMessages(this.pipeRole);
    const target = this.starter ?? this.stateMachine;
    this.pipeRole.addToPolicy(new iam.PolicyStatement({ actions: ['states:StartSyncExecution'], resources: [plainArn(target)] }));
    // What an execution of an encrypted state machine takes of who starts it.
    if (this.starter) {
      encryptionKey?.grant(this.pipeRole, 'kms:GenerateDataKey', 'kms:Decrypt');
    } else {
      keyStatements(this.stateMachine, 'kms:GenerateDataKey', 'kms:Decrypt').forEach((statement) => this.pipeRole.addToPolicy(statement));
    }
  }

  private alarmsOn({ setAside, rule, ruleDeadLetterQueue }: ExecutionEnds, { alarms }: QueueFedWorkflowProps): QueueFedWorkflowAlarms {
    const subject = { path: this.node.path, stateMachineArn: plainArn(this.stateMachine), setAside, rule, ruleDeadLetterQueue };
    return END_ALARMS.add(this, subject, alarms);
  }
}
