import type { Duration, Size } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { JobApiProps } from './job-api-props';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import { POLLING_STATUS_API_ALARMS } from './polling-status-api.alarms';
import type { PollingStatusApiAlarmOptions, PollingStatusApiAlarms } from './polling-status-api.alarms';
import { checkAtSynthesis } from './polling-status-api.late-rules';
import { planOf } from './polling-status-api.rules';
import type { JobPlan } from './polling-status-api.rules';
import type { IAlarmed } from '../alarms/alarmed';
import { stageOf } from './private/job-api-facts';
import { addJobMethods } from './private/job-methods';
import { newJobPipe } from './private/job-pipe';
import { JOB } from './private/job-record';
import { listed } from '../private/alarms/alarm-table';
import { newProblemApi } from '../private/apigateway/problem-api';
import { redeployOnChange } from '../private/apigateway/redeployment';
import { byProps } from '../private/checks/derived-values';
import { wholeOrNot } from '../private/checks/problems';
import { RoleGrants } from '../private/iam/role-grants';
import { warnOfKeyByAlias } from '../private/kms/key-by-alias';
import { LOG_RETENTION } from '../private/log-groups/vended-log-group';
import { claimDeadLetters } from '../private/sqs/dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';

/**
 * Properties of a `PollingStatusApi`.
 */
export interface PollingStatusApiProps extends JobApiProps {
  /**
   * Engine that does the jobs: `StateMachineEngine`, `FunctionEngine`, `QueueEngine`, or one of your own.
   */
  readonly engine: IJobEngine;

  /**
   * JSON schema (draft 4) of the body of a job. A body that does not match is refused with 400 before anything is written.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
   *
   * @default - any JSON object
   */
  readonly bodySchema?: apigateway.JsonSchema;

  /**
   * Size of the largest body, at most 256 KiB. A larger one is refused with 413.
   *
   * @default - the most that the engine can work with
   */
  readonly maxBodySize?: Size;

  /**
   * Time that a job may take after it is accepted, from one minute to 30 days, in whole seconds. A job that has not ended by then reads
   * as failed.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * Time that a job can be read after it is accepted, up to 365 days, in whole seconds. Its idempotency key is valid for as long. Must be
   * longer than `timeout`.
   *
   * @default - 7 days, or twice `timeout` if that is longer
   */
  readonly retentionPeriod?: Duration;

  /**
   * Time that a client is told to wait before it asks again (`Retry-After`), from 1 second to one hour.
   *
   * @default Duration.seconds(5)
   */
  readonly retryAfter?: Duration;

  /**
   * Whether the pipe logs why it could not give a job to the engine, without the job's data.
   *
   * @default true
   */
  readonly pipeLogs?: boolean;

  /**
   * Retention of the logs of the API, the pipe and the engine's workflows.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * A customer-managed key for the table, the dead-letter queue, and the workflows of the engine with their histories. It must be of this
   * app, or its policy must let EventBridge and the delivery of logs use it.
   *
   * @default - encrypted by DynamoDB, SQS and Step Functions with keys of their own
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: PollingStatusApiAlarmOptions;

  /**
   * Removal policy of the table.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Whether DynamoDB refuses to delete the table, whoever asks. Turn it on after the first deployment: if that fails, CloudFormation
   * cannot take a protected table back.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html#WorkingWithTables.Basics.DeletionProtection
   *
   * @default false
   */
  readonly deletionProtection?: boolean;
}

/**
 * A REST API for jobs that take longer than a request may: `POST /jobs` accepts one with a single write, `GET /jobs/{id}` says how it
 * stands, `POST /jobs/{id}/cancel` cancels it, and every accepted job comes to an end that can be read.
 *
 * No function is on these paths. Makes the API, the table, the pipe to the engine with its dead-letter queue, and the alarms.
 * https://docs.aws.amazon.com/wellarchitected/latest/serverless-applications-lens/serverless-event-submission-with-status-updates.html
 *
 * @example
 * const jobs = new PollingStatusApi(this, 'Jobs', { engine: new FunctionEngine(handler) });
 *
 * const client = new iam.Role(this, 'Client', { assumedBy: new iam.AccountRootPrincipal() });
 * jobs.grantSubmit(client);
 */
@propertyInjectable
export class PollingStatusApi extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.jobs.PollingStatusApi';

  /**
   * The API, with the methods `POST /jobs`, `GET /jobs/{id}` and `POST /jobs/{id}/cancel`.
   */
  public readonly api: apigateway.IRestApi;

  /**
   * The table of the jobs. Its partition key is `jobKey`.
   */
  public readonly table: dynamodb.Table;

  /**
   * Dead-letter queue for jobs that could not reach the engine. Such a job is still in the table.
   */
  public readonly deadLetterQueue: sqs.Queue;

  /**
   * The pipe that gives each accepted job to the engine.
   */
  public readonly pipe: pipes.CfnPipe;

  /**
   * The alarms on the API and on the dead-letter queue, by their names.
   */
  public readonly alarms: PollingStatusApiAlarms;

  /**
   * The alarms on the engine, by the names that the engine gives them, such as `failed`; none with a `QueueEngine`, whose consumer has
   * its own.
   */
  public readonly engineAlarms: { [name: string]: cloudwatch.Alarm };

  private readonly methods: apigateway.Method[];
  private readonly encryptionKey: kms.IKey | undefined;
  private readonly plan: JobPlan;

  constructor(scope: Construct, id: string, props: PollingStatusApiProps) {
    super(scope, id);
    const plan = planOf(this, props);
    const logRetention = props.logRetention ?? LOG_RETENTION;
    this.encryptionKey = props.encryptionKey;
    warnOfKeyByAlias(this, props.encryptionKey);
    this.plan = plan;

    const ownApi = props.restApi ? undefined : newProblemApi(this, 'Api', { ...props, cors: plan.cors });
    this.api = props.restApi ?? ownApi!;
    // Not TableV2, which takes a customer-managed key only in a stack of a stated region.
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: JOB.key, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: JOB.expiresAt,
      // The key is all that the engine is given, so that no body is too large for the way there.
      stream: dynamodb.StreamViewType.KEYS_ONLY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryptionKey: props.encryptionKey,
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.deadLetterQueue = newPatternQueue(this, 'DeadLetterQueue', {
      retentionPeriod: DEAD_LETTER_RETENTION,
      encryptionKey: props.encryptionKey,
      instead: byProps('PollingStatusApi', ['encryptionKey'], 'jobs wait there for people, so leave the queue as it is made'),
    });
    claimDeadLetters(this, this.deadLetterQueue);
    const pipeRole = new iam.Role(this, 'PipeRole', { assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com') });
    const engine = this.bindEngine(props.engine, {
      table: this.table,
      pipeRole,
      timeout: plan.timeout,
      deadLetterQueue: this.deadLetterQueue,
      encryptionKey: props.encryptionKey,
      logRetention,
    });
    // Not before the engine, which may refuse: an API that is given must not be left with methods that nothing is behind.
    const methods = addJobMethods(this, this.api, ownApi ?? this, this.table, { ...props, ...plan });
    this.methods = [methods.submit, methods.status, methods.cancel];
    redeployOnChange(this, this.api, props.authorizer);
    this.pipe = newJobPipe(this, 'Pipe', {
      role: pipeRole,
      table: this.table,
      engine,
      timeout: plan.timeout,
      deadLetterQueue: this.deadLetterQueue,
      encryptionKey: props.encryptionKey,
      logRetention: props.pipeLogs ?? true ? logRetention : undefined,
    });

    const subject = { path: this.node.path, stage: this.api.deploymentStage, pipe: this.pipe, deadLetterQueue: this.deadLetterQueue };
    const ofStage = stageOf(this.api) ? {} : { serverErrors: OFF, latency: OFF };
    this.alarms = POLLING_STATUS_API_ALARMS.add(this, subject, { ...props.alarms, ...ofStage });
    this.engineAlarms = engine.alarms ?? {};
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, { plan, engine, pipeRole, ownApi, methods, logRetention }) });
  }

  /**
   * The alarms on the API, on the pipe, on the dead-letter queue and on the engine, for dashboards and composite alarms. A copy: changing
   * it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms }, this.engineAlarms);
  }

  /**
   * The URL of the jobs: `POST` to it submits one.
   */
  public get url(): string {
    const { jobsUrl, resourcePath } = this.plan;
    const stage = stageOf(this.api);
    if (jobsUrl === undefined && stage === undefined) {
      throw new Error(`url of '${this.node.path}' is not known, because the stage of restApi '${this.api.node.path}' is not: set publicUrl`);
    }
    return jobsUrl ?? stage!.urlForPath(`/${resourcePath}`);
  }

  /**
   * Allows `grantee` to submit jobs, and to read and cancel its own: `execute-api:Invoke` on the three methods. For IAM authorization.
   *
   * @param grantee who submits jobs
   */
  public grantSubmit(grantee: iam.IGrantable): iam.Grant {
    const client = new RoleGrants(this).to(grantee);
    return this.methods.map((method) => method.grantExecute(client)).reduce((all, grant) => all.combine(grant));
  }

  /**
   * Allows a worker to take jobs and to record how they go: `dynamodb:UpdateItem` on the table, and the use of its key. The workers behind
   * a `QueueEngine` need it; a function or state machine only to report progress.
   *
   * @param grantee who does the jobs
   */
  public grantReport(grantee: iam.IGrantable): iam.Grant {
    const reporter = new RoleGrants(this).to(grantee);
    const grant = this.table.grant(reporter, 'dynamodb:UpdateItem');
    return this.encryptionKey ? grant.combine(this.encryptionKey.grantEncryptDecrypt(reporter)) : grant;
  }

  /** An engine may refuse what it is given. */
  private bindEngine(engine: IJobEngine, options: JobEngineBindOptions): JobEngineConfig {
    return wholeOrNot(this, () => engine.bind(new Construct(this, 'Engine'), options));
  }
}

const OFF = { enabled: false };
