import { join } from 'node:path';
import type { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { JobFault, JobPlan } from './job-plan';
import { plannedEnds, plannedJobs } from './job-plan';
import type { PollingStatusApi } from '../../../src';
import type { AlarmExpectation } from '../alarm-drill';
import { expectAnswer } from '../drill';
import { newHandlerFunction } from '../handler-function';
import type { JobApi, TrafficAnswer, TrafficEvent, TrafficRequest } from '../handlers/job-client';
import type { Ledger } from '../ledger';

/** How long all jobs may take until they have ended. */
const ENDING = { totalTimeout: Duration.minutes(6), interval: Duration.seconds(5) };

export interface JobFunctionProps {
  readonly timeout?: Duration;
}

/** Makes a function of one of the modules in `handlers/`. */
export function newJobFunction(scope: Construct, id: string, module: string, props: JobFunctionProps = {}): lambda.Function {
  return newHandlerFunction(scope, id, { entry: join(__dirname, '..', 'handlers', `${module}.ts`), timeout: props.timeout ?? Duration.seconds(10) });
}

export interface PeekOptions {
  /** @default false */
  readonly unsigned?: boolean;
  readonly read: number;
  readonly submission: number;
  /** Whether the answers to the reads must be problems. @default true */
  readonly problems?: boolean;
}

export interface UseOptions {
  /** Whether the client is granted what it takes to submit jobs. @default true */
  readonly submit?: boolean;
  /** What an authorizer of the API knows the client by. @default - requests are signed */
  readonly token?: string;
  /** Of the jobs, below the root of the API. @default 'jobs' */
  readonly path?: string;
  /** The page that the client is. @default - none */
  readonly origin?: string;
}

export interface TrafficExpectation extends Omit<AlarmExpectation, 'streams'>, Partial<TrafficAnswer> {
  /** By run: what is sent each time that the watcher is asked. */
  readonly traffic: Readonly<Record<string, readonly TrafficRequest[]>>;
  readonly seconds: number;
  /** Queues that are emptied each time before: what is still on its way to one comes later. @default - none */
  readonly emptied?: readonly sqs.IQueue[];
}

/**
 * A client of job APIs, and the steps of a drill with it.
 */
export class JobClient extends Construct {
  readonly function: lambda.Function;
  private readonly apis: Record<string, JobApi> = {};

  constructor(scope: Construct, id: string, private readonly integ: () => IntegTest) {
    super(scope, id);
    const ends = new dynamodb.Table(this, 'Ends', {
      partitionKey: { name: 'job', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = newJobFunction(this, 'Function', 'job-client', { timeout: Duration.minutes(5) });
    this.function.addEnvironment('JOB_ENDS_TABLE', ends.tableName);
    ends.grantReadWriteData(this.function);
  }

  /** Lets the client look at an API, and submit jobs to it unless it is to be refused. */
  use(run: string, jobs: PollingStatusApi, { submit = true, token, path = 'jobs', origin }: UseOptions = {}): void {
    this.apis[run] = {
      run,
      apiId: jobs.api.restApiId,
      stage: jobs.api.deploymentStage.stageName,
      path,
      ...(origin === undefined ? {} : { origin }),
      tableName: jobs.table.tableName,
      deadLetterQueueUrl: jobs.deadLetterQueue.queueUrl,
      ...(token === undefined ? {} : { token }),
    };
    if (submit && token === undefined) {
      jobs.grantSubmit(this.function);
    }
    jobs.table.grantReadData(this.function);
    jobs.deadLetterQueue.grant(this.function, 'sqs:GetQueueAttributes');
  }

  /** Lets the client look at and stop any execution; an operator would have the right to stop these. */
  allowToStop(): void {
    this.function.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: ['*'] }));
  }

  /** Submits all jobs of a plan, each several times at once, and once more with another body. */
  submit(run: string, plan: JobPlan): IApiCall {
    const count = plannedJobs(plan).length;
    return this.expect({ action: 'submit', api: this.apis[run], plan }, { accepted: count, refusedWithOtherBody: count, wrong: {} });
  }

  /** Stops the executions of the jobs that are to be stopped. */
  abort(run: string, plan: JobPlan): IApiCall {
    return this.expect({ action: 'abort', api: this.apis[run], plan }, { aborted: (plan.abort ?? 0) + (plan.lost ?? 0) }).waitForAssertions({ totalTimeout: Duration.minutes(1) });
  }

  /** Waits until a worker has begun all jobs of a plan. */
  untilRunning(run: string, plan: JobPlan): IApiCall {
    return this.traces(run, plan, { begun: plannedJobs(plan).length, results: 0 }).waitForAssertions(ENDING);
  }

  /** Cancels the jobs of a plan that are to be cancelled, each twice, once it reads as stated. */
  cancel(run: string, plan: JobPlan, from: 'PENDING' | 'RUNNING'): IApiCall {
    return this.expectOfCancelling(run, plan, { fault: 'cancel', from, answer: 200 })
      .waitForAssertions({ totalTimeout: Duration.minutes(1), interval: Duration.seconds(1) });
  }

  /** Expects that the jobs of a plan that were done cannot be cancelled any more. */
  cannotCancel(run: string, plan: JobPlan): IApiCall {
    return this.expectOfCancelling(run, plan, { fault: 'none', from: 'SUCCEEDED', answer: 409 });
  }

  /** Waits until the workflows of the jobs that were cancelled have ended, and expects that none failed. */
  untilCancelledWithoutFailure(run: string, plan: JobPlan): IApiCall {
    return this.expect({ action: 'executions', api: this.apis[run], plan, fault: 'cancel' }, { executions: { SUCCEEDED: plan.cancel ?? 0 } }).waitForAssertions(ENDING);
  }

  /** Expects that workers took so many jobs of a plan, and that so many have a result or a failure. */
  traces(run: string, plan: JobPlan, expected: { begun: number; results: number }): IApiCall {
    return this.expect({ action: 'traces', api: this.apis[run], plan }, expected);
  }

  /** Waits until every job has ended as its fault leads to, and none ever otherwise. */
  untilEnded(run: string, plan: JobPlan): IApiCall {
    return this.expect({ action: 'read', api: this.apis[run], plan }, { open: 0, ends: plannedEnds(plan), wrong: {}, changed: [] }).waitForAssertions(ENDING);
  }

  /** Expects each bad request to be answered with the problem that it is. */
  refuses(run: string): IApiCall {
    const all = ['noJson', 'againstSchema', 'longKey', 'tooLarge', 'noJsonType', 'unknown', 'unlikeAnId', 'noMethod'];
    return this.expect({ action: 'refusals', api: this.apis[run] }, Object.fromEntries(all.map((name) => [name, true])));
  }

  /** Waits until something is set aside, or expects that nothing is. */
  untilSetAside(run: string, someSetAside: boolean): IApiCall {
    return this.expect({ action: 'dead-letters', api: this.apis[run] }, { someSetAside }).waitForAssertions(ENDING);
  }

  /** Expects all reads and cancellations of the jobs of a plan, and the submission of another job, to be answered with these statuses. */
  peeks(run: string, plan: JobPlan, { unsigned = false, ...expected }: PeekOptions): IApiCall {
    const { length: count } = plannedJobs(plan);
    const { read, submission, problems = true } = expected;
    const answers = { [read]: count };
    return this.expect({ action: 'peek', api: this.apis[run], plan, unsigned }, { reads: answers, cancellations: answers, submission, ...(problems ? { problems: count } : {}) });
  }

  /** Asks again and again, until this is the answer and the alarm is in this state. */
  untilAlarmIs(run: string, alarm: cloudwatch.Alarm, expected: { status: number; title: string; alarm: string }): IApiCall {
    return this.expect({ action: 'knock', api: this.apis[run], alarmName: alarm.alarmName }, expected)
      .waitForAssertions({ totalTimeout: Duration.minutes(15), interval: Duration.seconds(5) });
  }

  /** Lets the client see the states of alarms. */
  allowToSeeAlarms(): void {
    // Alarms cannot be named in a policy for this action.
    this.function.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
  }

  /** Has a workflow hang around its work from now on. */
  obstruct(workflow: sfn.StateMachine): IApiCall {
    const { stateMachineArn } = workflow;
    this.function.addToRolePolicy(new iam.PolicyStatement({ actions: ['states:DescribeStateMachine', 'states:UpdateStateMachine'], resources: [stateMachineArn] }));
    return this.expect({ action: 'obstruct', stateMachineArn }, { obstructed: true });
  }

  /** As `untilAlarmsAre`, with requests in place of messages: an alarm on an API has something to count only while there are requests. */
  untilAlarmsAre(ledger: Ledger, { traffic, seconds, emptied = [], within, ...expected }: TrafficExpectation): IApiCall {
    emptied.forEach((queue) => queue.grantPurge(this.function));
    ledger.watcher.grantInvoke(this.function);
    const event: TrafficEvent = {
      action: 'traffic',
      traffic: Object.entries(traffic).map(([run, requests]) => ({ api: this.apis[run]!, requests })),
      seconds,
      emptied: emptied.map(({ queueUrl }) => queueUrl),
      watcher: { functionName: ledger.watcher.functionName, event: { alarms: ledger.watchedAlarms, streams: [] } },
    };
    return this.expect(event, expected).waitForAssertions({ totalTimeout: within, interval: Duration.seconds(5) });
  }

  private expectOfCancelling(run: string, plan: JobPlan, how: { fault: JobFault; from: string; answer: number }): IApiCall {
    return this.expect({ action: 'cancel', api: this.apis[run], plan, ...how }, { answered: plan[how.fault] ?? 0, wrong: {} });
  }

  private expect(event: object, answer: object): IApiCall {
    return expectAnswer(this.integ(), this.function, event, answer);
  }
}
