import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { FAILURE, JOB, STATUS } from './job-record';
import { LONGEST_EXPRESS_SECONDS } from '../../delivery/rules/queue-workflow';
import type { JobEngineBindOptions } from '../job-engine';

/*
 * The definitions of the two workflows, in JSONata. Bodies and results stay text on their way: a JSONata number has 64 bits, and its text
 * 15 digits.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */

/** The work itself, as a task of the workflow. */
export interface JobWork {
  /** The service integration, as in `aws-sdk:lambda:invoke`. */
  readonly service: string;
  /** The task's arguments; `job` is what the work gets for its input. */
  readonly arguments: (job: object) => object;
  /** JSONata that gives the result as JSON text, as the work wrote it. */
  readonly output: string;
  /** Errors of a call that was refused: worth another try for as long as the job has time. */
  readonly refusals: string[];
  /** Errors of a call that got no answer, so that the work may have begun. */
  readonly lostCalls: string[];
  readonly statements: iam.PolicyStatement[];
}

/** Whole seconds since the epoch. Not when the state was entered, which is long ago at its last attempt. */
const NOW = '$floor($millis() / 1000)';

const NOT_ENDED = `${JOB.status} IN (:pending, :running)`;

/** Whether the job may still come to another end than a timeout: from its deadline on, its client may have read that one. */
const OPEN = `${NOT_ENDED} AND ${JOB.deadline} > :now`;

const NOT_ENDED_VALUES = { ':pending': { S: STATUS.pending }, ':running': { S: STATUS.running } };
const OPEN_VALUES = { ...NOT_ENDED_VALUES, ':now': { N: `{% $string(${NOW}) %}` } };
const SET_FAILED = `SET ${JOB.status} = :failed, ${JOB.failureCode} = :code`;

export function workflowDefinition(
  scope: Construct, { table, timeout }: JobEngineBindOptions, work: JobWork, workflowType: sfn.StateMachineType,
): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'TakeJob',
    // The work's own limit comes first; this one is for what happens around it.
    TimeoutSeconds: workflowType === sfn.StateMachineType.EXPRESS ? LONGEST_EXPRESS_SECONDS : timeout.toSeconds() + GRACE_SECONDS,
    States: {
      TakeJob: {
        ...updateItem(scope, {
          TableName: table.tableName,
          // The pipe delivers an array, also of one.
          Key: { [JOB.key]: { S: '{% $states.input[0].job %}' } },
          // A delivery of the same job that comes second ends here, but not another try of this one, unless the job has ended: an
          // execution can be redriven, and Step Functions may run an Express one more than once.
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
        Retry: [
          retry(work.refusals, Math.max(LEAST_ATTEMPTS, Math.floor(timeout.toSeconds() / LONGEST_RETRY_SECONDS))),
          retry(work.lostCalls, ATTEMPTS_AFTER_LOST_CALLS),
        ],
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
        Catch: [{ ErrorEquals: [CONDITION_FAILED], Next: 'SeeIfCancelled' }],
        Next: 'TimedOut',
      },
      // A job that its owner cancelled is no failure, however its work ended. Changes nothing; says only whether it is so.
      SeeIfCancelled: {
        ...updateItem(scope, {
          TableName: table.tableName,
          Key: { [JOB.key]: { S: '{% $job %}' } },
          ConditionExpression: `${JOB.status} = :cancelled`,
          UpdateExpression: `SET ${JOB.status} = :cancelled`,
          ExpressionAttributeValues: { ':cancelled': { S: STATUS.cancelled } },
        }),
        Output: {},
        Catch: [{ ErrorEquals: [CONDITION_FAILED], Next: 'TimedOut' }],
        Next: 'NotOpen',
      },
      Failed: { Type: 'Fail', Error: RECORDED_ERRORS.failed },
      TimedOut: { Type: 'Fail', Error: RECORDED_ERRORS.timedOut },
      NotOpen: { Type: 'Succeed' },
    },
  };
}

/** What a workflow ends with that has recorded how its job ended. */
export const RECORDED_ERRORS = { failed: 'JobFailed', timedOut: 'JobTimedOut' } as const;

/**
 * Records that a job failed whose workflow came to no end of its own; what ended already stays as it is. The job is in the input of the
 * execution, which is in the event neither if it is large nor if the workflow is encrypted with a customer-managed key.
 * https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
 */
export function recorderDefinition(scope: Construct, { table }: JobEngineBindOptions): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'FindJob',
    TimeoutSeconds: 120,
    States: {
      FindJob: {
        ...task(scope, 'aws-sdk:sfn:describeExecution', { ExecutionArn: '{% $states.input.detail.executionArn %}' }, ['Sfn.SfnException', 'Sfn.SdkClientException']),
        Output: {
          job: '{% $parse($states.result.Input)[0].job %}',
          code: `{% $states.result.Status = 'ABORTED' ? '${FAILURE.stopped}' : '${FAILURE.failed}' %}`,
        },
        Next: 'RecordFailure',
      },
      RecordFailure: {
        ...updateItem(scope, failure(table.tableName, '{% $states.input.job %}', '{% $states.input.code %}')),
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

/**
 * What DynamoDB answers when it could not, rather than would not.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const PASSING_DYNAMODB_ERRORS = [
  'DynamoDB.InternalServerErrorException', 'DynamoDB.ProvisionedThroughputExceededException', 'DynamoDB.RequestLimitExceededException',
  'DynamoDB.SdkClientException', 'DynamoDB.ThrottlingException', 'DynamoDB.AmazonDynamoDBException',
];

function updateItem(scope: Construct, args: object): Task {
  return task(scope, 'dynamodb:updateItem', args, PASSING_DYNAMODB_ERRORS);
}

interface Task {
  readonly Type: string;
  readonly Resource: string;
  readonly Arguments: object;
  readonly Retry: object[];
}

function task(scope: Construct, service: string, args: object, passingErrors: string[]): Task {
  return { Type: 'Task', Resource: `arn:${Stack.of(scope).partition}:states:::${service}`, Arguments: args, Retry: [retry(passingErrors, LEAST_ATTEMPTS)] };
}

/** A minute in all. */
const LEAST_ATTEMPTS = 6;
/** Few, because each may do the work once more. */
const ATTEMPTS_AFTER_LOST_CALLS = 2;
const LONGEST_RETRY_SECONDS = 30;

/** Spread out, so that what failed together does not come back together. */
function retry(errors: string[], maxAttempts: number): object {
  return { ErrorEquals: errors, IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: maxAttempts, MaxDelaySeconds: LONGEST_RETRY_SECONDS, JitterStrategy: 'FULL' };
}

/** What the states around the work may take beyond the job's own time limit. */
const GRACE_SECONDS = 300;
