import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { FAILURE, JOB, STATUS } from './job-record';
import { JOB_WORKFLOW_ALARMS } from './job-workflow-alarms';
import type { JobWorkflowAlarmOptions } from '../../alarms/alarm-options';
import { Problems } from '../../private/checks/problems';
import { allowRule, RULE_RETRY_POLICY } from '../../private/events/event-delivery';
import type { JobEngineBindOptions, JobEngineConfig } from '../job-engine';

/**
 * What a state of a workflow takes and gives is at most 256 KiB of JSON. A body stands in it as text, where a quotation mark or a line break takes two bytes, so that
 * half of it, less some for the rest, is safe for every body.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
export const WORKFLOW_BODY_KIBIBYTES = 120;

/** The work itself, as a task of the workflow. */
export interface JobWork {
  /** The service integration, as in `arn:aws:states:::lambda:invoke`. */
  readonly service: string;
  /** The task's arguments; `job` is what the work gets for its input. */
  readonly arguments: (job: object) => object;
  /** JSONata that gives the result as JSON text. */
  readonly output: string;
  /** What is worth another try. */
  readonly retriedErrors: string[];
  readonly statements: iam.PolicyStatement[];
}

/**
 * JSONata that gives a value as JSON text. `$string` alone gives a string as it is, without quotation marks, but one inside an object as JSON: this takes the object off again.
 * https://docs.jsonata.org/string-functions#string
 */
export function jsonText(value: string): string {
  return `($text := $string({"value": ${value}}); $substring($text, ${'{"value":'.length}, $length($text) - ${'{"value":}'.length}))`;
}

/**
 * A workflow around the work on a job, which records the outcome whatever happens: it takes the job, does the work within what is left of its time, and records the result or the failure.
 * If it cannot (it was aborted, or broke), a rule starts another workflow that does.
 *
 * The definitions are in JSONata. https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function newJobWorkflow(
  scope: Construct,
  options: JobEngineBindOptions,
  work: JobWork,
  alarms: JobWorkflowAlarmOptions = {},
): JobEngineConfig {
  const problems = new Problems(scope, 'JobEngine');
  JOB_WORKFLOW_ALARMS.check(problems, {}, alarms);
  problems.throwIfAny();

  const workflow = newMachine(scope, 'Workflow', sfn.StateMachineType.STANDARD, options, workflowDefinition(scope, options, work));
  work.statements.forEach((statement) => workflow.addToRolePolicy(statement));
  workflow.grantStartExecution(options.pipeRole);
  recordEndsOf(workflow, scope, options);

  return {
    targetArn: workflow.stateMachineArn,
    targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'FIRE_AND_FORGET' } },
    alarms: JOB_WORKFLOW_ALARMS.add(scope, { path: scope.node.path, workflow }, alarms) as JobEngineConfig['alarms'],
  };
}

function newMachine(scope: Construct, id: string, type: sfn.StateMachineType, options: JobEngineBindOptions, definition: object): sfn.StateMachine {
  const machine = new sfn.StateMachine(scope, id, {
    stateMachineType: type,
    definitionBody: sfn.DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    tracingEnabled: true,
    // Errors only, without the data of executions.
    logs: { destination: new logs.LogGroup(scope, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }) },
  });
  options.table.grant(machine, 'dynamodb:UpdateItem');
  options.encryptionKey?.grantEncryptDecrypt(machine);
  return machine;
}

/** Whole seconds since the epoch, when the state was entered. */
const NOW = '$floor($toMillis($states.context.State.EnteredTime) / 1000)';

const NOT_ENDED = `${JOB.status} IN (:pending, :running)`;

/** Whether the job may still come to another end than a timeout: from its deadline on, its client may have read that one. */
const OPEN = `${NOT_ENDED} AND ${JOB.deadline} > :now`;

const NOT_ENDED_VALUES = { ':pending': { S: STATUS.pending }, ':running': { S: STATUS.running } };
const OPEN_VALUES = { ...NOT_ENDED_VALUES, ':now': { N: `{% $string(${NOW}) %}` } };
const SET_FAILED = `SET ${JOB.status} = :failed, ${JOB.failureCode} = :code`;

function workflowDefinition(scope: Construct, { table, timeout }: JobEngineBindOptions, work: JobWork): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'TakeJob',
    // The work's own limit comes first; this one is for what happens around it.
    TimeoutSeconds: timeout.toSeconds() + GRACE_SECONDS,
    States: {
      TakeJob: {
        ...updateItem(scope, {
          TableName: table.tableName,
          // The pipe delivers an array, also of one.
          Key: { [JOB.key]: { S: '{% $states.input[0].job %}' } },
          // A delivery of the same job that comes second ends here, but not another try of this one, unless the job has ended: an execution can be redriven.
          ConditionExpression: `(${JOB.status} = :pending OR (${JOB.status} = :running AND ${JOB.worker} = :worker)) AND ${JOB.deadline} > :now`,
          UpdateExpression: `SET ${JOB.status} = :running, ${JOB.worker} = :worker`,
          ExpressionAttributeValues: { ...OPEN_VALUES, ':worker': { S: '{% $states.context.Execution.Id %}' } },
          ReturnValues: 'ALL_NEW',
        }),
        Assign: {
          job: `{% $states.result.Attributes.${JOB.key}.S %}`,
          id: `{% $states.result.Attributes.${JOB.id}.S %}`,
          deadline: `{% $number($states.result.Attributes.${JOB.deadline}.N) %}`,
        },
        Output: `{% $states.result.Attributes.${JOB.body}.S %}`,
        Catch: [{ ErrorEquals: [CONDITION_FAILED], Next: 'NotOpen' }],
        Next: 'Work',
      },
      Work: {
        Type: 'Task',
        Resource: `arn:${Stack.of(scope).partition}:states:::${work.service}`,
        Arguments: work.arguments({ table: table.tableName, job: '{% $job %}', id: '{% $id %}', deadline: '{% $deadline %}', body: '{% $parse($states.input) %}' }),
        TimeoutSeconds: `{% $max([1, $deadline - ${NOW}]) %}`,
        Output: `{% ${work.output} %}`,
        // Throttling may last; a job that still has time is no failure yet.
        Retry: [retry(work.retriedErrors, Math.max(LEAST_ATTEMPTS, Math.floor(timeout.toSeconds() / LONGEST_RETRY_SECONDS)))],
        Catch: [
          { ErrorEquals: ['States.Timeout'], Next: 'RecordTimeout' },
          // Too large a result; the wildcard does not match it.
          { ErrorEquals: ['States.DataLimitExceeded'], Next: 'RecordFailure' },
          { ErrorEquals: ['States.ALL'], Next: 'RecordFailure' },
        ],
        Next: 'RecordResult',
      },
      RecordResult: {
        ...updateItem(scope, {
          TableName: table.tableName,
          Key: { [JOB.key]: { S: '{% $job %}' } },
          ConditionExpression: OPEN,
          UpdateExpression: `SET ${JOB.status} = :succeeded, ${JOB.result} = :result`,
          ExpressionAttributeValues: { ...OPEN_VALUES, ':succeeded': { S: STATUS.succeeded }, ':result': { S: '{% $states.input %}' } },
        }),
        Output: {},
        Catch: [
          { ErrorEquals: [CONDITION_FAILED], Next: 'RecordTimeout' },
          { ErrorEquals: ['States.ALL'], Next: 'RecordFailure' },
        ],
        End: true,
      },
      RecordFailure: {
        ...updateItem(scope, failure(table.tableName, '{% $job %}', FAILURE.failed)),
        Catch: [{ ErrorEquals: [CONDITION_FAILED], Next: 'RecordTimeout' }],
        Next: 'Failed',
      },
      // The job reads as timed out already; this has the table say so too.
      RecordTimeout: {
        ...updateItem(scope, {
          TableName: table.tableName,
          Key: { [JOB.key]: { S: '{% $job %}' } },
          ConditionExpression: NOT_ENDED,
          UpdateExpression: SET_FAILED,
          ExpressionAttributeValues: { ...NOT_ENDED_VALUES, ':failed': { S: STATUS.failed }, ':code': { S: FAILURE.timeout } },
        }),
        Catch: [{ ErrorEquals: [CONDITION_FAILED], Next: 'TimedOut' }],
        Next: 'TimedOut',
      },
      Failed: { Type: 'Fail', Error: 'JobFailed' },
      TimedOut: { Type: 'Fail', Error: 'JobTimedOut' },
      NotOpen: { Type: 'Succeed' },
    },
  };
}

/** Records that a job failed whose workflow came to no end of its own; what ended already stays as it is. */
function recorderDefinition(scope: Construct, { table }: JobEngineBindOptions): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'RecordFailure',
    TimeoutSeconds: 60,
    States: {
      RecordFailure: {
        ...updateItem(scope, failure(
          table.tableName,
          '{% $parse($states.input.detail.input)[0].job %}',
          `{% $states.input.detail.status = 'ABORTED' ? '${FAILURE.stopped}' : '${FAILURE.failed}' %}`,
        )),
        Output: {},
        Catch: [{ ErrorEquals: [CONDITION_FAILED], Next: 'NotOpen' }],
        End: true,
      },
      NotOpen: { Type: 'Succeed' },
    },
  };
}

function failure(tableName: string, job: string, code: string): object {
  return {
    TableName: tableName,
    Key: { [JOB.key]: { S: job } },
    ConditionExpression: OPEN,
    UpdateExpression: SET_FAILED,
    ExpressionAttributeValues: { ...OPEN_VALUES, ':failed': { S: STATUS.failed }, ':code': { S: code } },
  };
}

const CONDITION_FAILED = 'DynamoDB.ConditionalCheckFailedException';

/** What DynamoDB answers when it could not, rather than would not. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const PASSING_DYNAMODB_ERRORS = [
  'DynamoDB.InternalServerErrorException', 'DynamoDB.ProvisionedThroughputExceededException', 'DynamoDB.RequestLimitExceededException',
  'DynamoDB.SdkClientException', 'DynamoDB.ThrottlingException', 'DynamoDB.AmazonDynamoDBException',
];

function updateItem(scope: Construct, args: object): { Type: string; Resource: string; Arguments: object; Retry: object[] } {
  return {
    Type: 'Task',
    Resource: `arn:${Stack.of(scope).partition}:states:::dynamodb:updateItem`,
    Arguments: args,
    Retry: [retry(PASSING_DYNAMODB_ERRORS, LEAST_ATTEMPTS)],
  };
}

/** A minute in all. */
const LEAST_ATTEMPTS = 6;
const LONGEST_RETRY_SECONDS = 30;

/** Spread out, so that what failed together does not come back together. */
function retry(errors: string[], maxAttempts: number): object {
  return { ErrorEquals: errors, IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: maxAttempts, MaxDelaySeconds: LONGEST_RETRY_SECONDS, JitterStrategy: 'FULL' };
}

/** What the states around the work may take beyond the job's own time limit. */
const GRACE_SECONDS = 300;

/** Starts the recorder when a workflow ends other than well. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
function recordEndsOf(workflow: sfn.StateMachine, scope: Construct, options: JobEngineBindOptions): void {
  const recorder = newMachine(scope, 'Recorder', sfn.StateMachineType.EXPRESS, options, recorderDefinition(scope, options));
  const role = new iam.Role(scope, 'RuleRole', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
  recorder.grantStartExecution(role);
  const rule = new events.Rule(scope, 'EndRule', {
    description: 'Records the failure of a job whose workflow could not.',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [workflow.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
  });
  (rule.node.defaultChild as events.CfnRule).targets = [{
    id: 'Recorder',
    arn: recorder.stateMachineArn,
    roleArn: role.roleArn,
    deadLetterConfig: { arn: options.deadLetterQueue.queueArn },
    retryPolicy: RULE_RETRY_POLICY,
  }];
  // Without the key the dead letter itself would be lost. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
  allowRule(scope, rule.ruleArn, options.deadLetterQueue);
}
