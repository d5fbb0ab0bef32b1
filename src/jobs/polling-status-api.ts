import { Duration, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import type { IJobEngine, JobEngineBindOptions, JobEngineConfig } from './job-engine';
import { POLLING_STATUS_API_ALARMS } from './polling-status-api.alarms';
import type { PollingStatusApiAlarmOptions, PollingStatusApiAlarms } from './polling-status-api.alarms';
import type { IAlarmed } from '../alarms/alarmed';
import { addJobMethods } from './private/job-methods';
import { JOB } from './private/job-record';
import { JobOwner } from './private/job-templates';
import { listed } from '../private/alarms/alarm-table';
import { newProblemApi } from '../private/apigateway/problem-api';
import { redeployOnChange } from '../private/apigateway/redeployment';
import { Problems } from '../private/checks/problems';
import { RoleGrants } from '../private/iam/role-grants';
import { claimDeadLetters } from '../private/sqs/dead-letter-owners';
import { DEAD_LETTER_RETENTION, newPatternQueue } from '../private/sqs/pattern-queue';

/**
 * Properties of a `PollingStatusApi`.
 */
export interface PollingStatusApiProps {
  /**
   * What does the jobs: `StateMachineEngine`, `FunctionEngine`, `QueueEngine`, or one of your own.
   */
  readonly engine: IJobEngine;

  /**
   * JSON schema (draft 4) of the body of a job. What does not match is refused with 400 before anything is written.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
   *
   * @default - any JSON object
   */
  readonly bodySchema?: apigateway.JsonSchema;

  /**
   * The largest body, at most 256 KiB; a larger one is refused with 413.
   *
   * @default - what the engine can work with
   */
  readonly maxBodySize?: Size;

  /**
   * How long a job may take from when it is accepted, from one minute to 30 days, in whole seconds. A job that has not ended by then reads as failed.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * How long a job can be read from when it is accepted, up to 365 days, in whole seconds; also how long its idempotency key stands for it. It must be longer than `timeout`.
   *
   * @default - 7 days, or twice `timeout` if that is longer
   */
  readonly retention?: Duration;

  /**
   * How long a client is told to wait before it asks again, from 1 second to one hour.
   *
   * @default Duration.seconds(5)
   */
  readonly retryAfter?: Duration;

  /**
   * A Cognito or Lambda authorizer. A job belongs to whoever submitted it (`sub` of the token, `principalId` of the answer), and nobody else can read it.
   *
   * @default - IAM: requests are signed, and callers need `grantSubmit`
   */
  readonly authorizer?: apigateway.IAuthorizer;

  /**
   * Scopes that the access token must have. For a Cognito authorizer only.
   *
   * @default - none: identity tokens are accepted
   */
  readonly authorizationScopes?: string[];

  /**
   * Whether a request must also have an API key, which identifies the client for a usage plan. A key alone authorizes nobody.
   *
   * @default false
   */
  readonly apiKeyRequired?: boolean;

  /**
   * The origin whose pages may call the API from a browser, or `*`.
   *
   * @default - none: no CORS
   */
  readonly corsOrigin?: string;

  /**
   * How many requests a second the API takes, over all callers. More get 429.
   *
   * @default 100
   */
  readonly throttlingRateLimit?: number;

  /**
   * How many requests the API takes at once, on top of the rate.
   *
   * @default 200
   */
  readonly throttlingBurstLimit?: number;

  /**
   * Whether each request is logged, for one month. The account must have a logging role: see `ApiLoggingAccount`.
   *
   * @default true
   */
  readonly accessLogs?: boolean;

  /**
   * A customer-managed key for the table and the dead-letter queue. It must be of this app, or its policy must let EventBridge use it.
   *
   * @default - encrypted by DynamoDB and SQS with keys of their own
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: PollingStatusApiAlarmOptions;

  /**
   * What becomes of the table when it leaves the stack. With `DESTROY` it is not protected from deletion either.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE - and protected from deletion
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A REST API for jobs that take longer than a request may: `POST /jobs` accepts one with a single write, `GET /jobs/{id}` says how it stands, and every accepted job comes to an end that can be read.
 *
 * No function is on either path. Makes the API, the table, the pipe to the engine with its dead-letter queue, and the alarms.
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
   * The API, with the methods `POST /jobs` and `GET /jobs/{id}`.
   */
  public readonly api: apigateway.RestApi;

  /**
   * The table of the jobs. Its partition key is `jobKey`.
   */
  public readonly table: dynamodb.Table;

  /**
   * Where it is set aside that a job could not be given to the engine. Such a job is still in the table.
   */
  public readonly deadLetterQueue: sqs.Queue;

  /**
   * What gives each accepted job to the engine.
   */
  public readonly pipe: pipes.CfnPipe;

  /**
   * The alarms on the API and on the dead-letter queue, by their names.
   */
  public readonly alarms: PollingStatusApiAlarms;

  /**
   * The alarms on the engine, by the names that the engine gives them, such as `failed`; none with a `QueueEngine`, whose consumer has its own.
   */
  public readonly engineAlarms: { [name: string]: cloudwatch.Alarm };

  private readonly methods: apigateway.Method[];
  private readonly encryptionKey: kms.IKey | undefined;

  constructor(scope: Construct, id: string, props: PollingStatusApiProps) {
    super(scope, id);
    const plan = planOf(this, props);
    this.encryptionKey = props.encryptionKey;

    this.api = newProblemApi(this, 'Api', props);
    // Not TableV2, which takes a customer-managed key only in a stack of a stated region.
    this.table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: JOB.key, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: JOB.expiresAt,
      // The key is all that the engine is given, so that no body is too large for the way there.
      stream: dynamodb.StreamViewType.KEYS_ONLY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryptionKey: props.encryptionKey,
      deletionProtection: props.removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.methods = addJobMethods(this, this.api, this.table, { ...props, ...plan });
    redeployOnChange(this.api, props.authorizer);

    this.deadLetterQueue = newPatternQueue(this, 'DeadLetterQueue', { retentionPeriod: DEAD_LETTER_RETENTION, encryptionKey: props.encryptionKey });
    claimDeadLetters(this, this.deadLetterQueue);
    const pipeRole = new iam.Role(this, 'PipeRole', { assumedBy: new iam.ServicePrincipal('pipes.amazonaws.com') });
    const engine = this.bindEngine(props.engine, {
      table: this.table,
      pipeRole,
      timeout: plan.timeout,
      deadLetterQueue: this.deadLetterQueue,
      encryptionKey: props.encryptionKey,
    });
    this.pipe = this.newPipe(pipeRole, engine, plan.timeout);

    const subject = { path: this.node.path, stage: this.api.deploymentStage, deadLetterQueue: this.deadLetterQueue };
    this.alarms = POLLING_STATUS_API_ALARMS.add(this, subject, props.alarms);
    this.engineAlarms = engine.alarms ?? {};
  }

  /**
   * The alarms on the API, on the dead-letter queue and on the engine, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms }, this.engineAlarms);
  }

  /**
   * Allows `grantee` to submit jobs and to read its own: `execute-api:Invoke` on the two methods. For IAM authorization.
   *
   * @param grantee who submits jobs
   */
  public grantSubmit(grantee: iam.IGrantable): iam.Grant {
    const client = new RoleGrants(this).to(grantee);
    return this.methods.map((method) => method.grantExecute(client)).reduce((all, grant) => all.combine(grant));
  }

  /**
   * Allows a worker to take jobs and to record how they go: `dynamodb:UpdateItem` on the table, and the use of its key. The workers behind a `QueueEngine` need it;
   * a function or state machine only to report progress.
   *
   * @param grantee who does the jobs
   */
  public grantReport(grantee: iam.IGrantable): iam.Grant {
    const reporter = new RoleGrants(this).to(grantee);
    const grant = this.table.grant(reporter, 'dynamodb:UpdateItem');
    return this.encryptionKey ? grant.combine(this.encryptionKey.grantEncryptDecrypt(reporter)) : grant;
  }

  /** An engine may refuse what it is given. What was made by then is taken out again, so that a caller who catches the error is not left with half an API. */
  private bindEngine(engine: IJobEngine, options: JobEngineBindOptions): JobEngineConfig {
    try {
      return engine.bind(new Construct(this, 'Engine'), options);
    } catch (error) {
      this.node.scope?.node.tryRemoveChild(this.node.id);
      throw error;
    }
  }

  private newPipe(role: iam.Role, engine: JobEngineConfig, timeout: Duration): pipes.CfnPipe {
    const streamArn = this.table.tableStreamArn ?? '';
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
    const permissions = role.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [streamArn],
    })).policyDependable;
    // On one stream this would grant nothing. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }));
    this.encryptionKey?.grantDecrypt(role);
    this.deadLetterQueue.grantSendMessages(role);
    const pipe = new pipes.CfnPipe(this, 'Pipe', {
      description: 'Gives each accepted job to the engine.',
      roleArn: role.roleArn,
      source: streamArn,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: JSON.stringify({ eventName: ['INSERT'] }) }] },
        dynamoDbStreamParameters: {
          startingPosition: 'TRIM_HORIZON',
          batchSize: engine.batchSize ?? 1,
          // Jobs need no order, and what fails holds up only the tenth of a shard that it is in.
          parallelizationFactor: MOST_PARALLEL_BATCHES,
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          // A job is tried for as long as it could still be done.
          maximumRecordAgeInSeconds: Math.min(timeout.toSeconds(), STREAM_RETENTION.toSeconds()),
          deadLetterConfig: { arn: this.deadLetterQueue.queueArn },
        },
      },
      target: engine.targetArn,
      // With the table's name, a worker needs to be told nothing else, and may work for several APIs.
      targetParameters: { ...engine.targetParameters, inputTemplate: `{"table": "${this.table.tableName}", "job": <$.dynamodb.Keys.${JOB.key}.S>}` },
    });
    // EventBridge refuses a pipe whose role may not read the stream yet.
    pipe.node.addDependency(...permissions ? [permissions] : []);
    return pipe;
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceDynamoDBStreamParameters.html */
const MOST_PARALLEL_BATCHES = 10;

/** A stream keeps its records no longer. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const STREAM_RETENTION = Duration.hours(24);

/** An item has at most 400 KB; the rest is for the result and for what the job is otherwise made of. */
const LARGEST_BODY = Size.kibibytes(256);

const DEFAULT_TIMEOUT = Duration.hours(1);
const DEFAULT_RETENTION = Duration.days(7);

/** The values that are derived from the props and from the engine. */
interface Plan {
  readonly owner: JobOwner;
  readonly maxBodyBytes: number;
  readonly timeout: Duration;
  readonly retention: Duration;
  readonly retryAfter: Duration;
}

/** Derives the plan and checks the props against it, before anything is made. */
function planOf(scope: Construct, props: PollingStatusApiProps): Plan {
  const problems = new Problems(scope, 'PollingStatusApi');
  const owner = checkAuthorization(problems, props);
  const maxBodyBytes = checkBodySize(problems, props);
  const timeout = checkTimes(problems, props);
  problems.requireWholeNumber('throttlingRateLimit', props.throttlingRateLimit, 1, 10_000, 'leave it out for 100 requests a second');
  problems.requireWholeNumber('throttlingBurstLimit', props.throttlingBurstLimit, 1, 5_000, 'leave it out for 200 requests');
  if (props.corsOrigin !== undefined && !Token.isUnresolved(props.corsOrigin) && !/^(\*|https?:\/\/[^/'\s]+)$/.test(props.corsOrigin)) {
    problems.add(`corsOrigin is '${props.corsOrigin}', but must be * or one origin, as https://app.example.com: leave out the path, or corsOrigin for no CORS`);
  }
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but CloudFormation makes none of a table: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for the keys of DynamoDB and SQS');
  POLLING_STATUS_API_ALARMS.check(problems, {}, props.alarms);
  problems.throwIfAny();

  return {
    owner,
    maxBodyBytes,
    timeout,
    retention: props.retention ?? Duration.seconds(Math.max(2 * timeout.toSeconds(), DEFAULT_RETENTION.toSeconds())),
    retryAfter: props.retryAfter ?? Duration.seconds(5),
  };
}

function checkAuthorization(problems: Problems, { authorizer, authorizationScopes }: PollingStatusApiProps): JobOwner {
  const type = authorizer?.authorizationType;
  if (authorizer && type !== apigateway.AuthorizationType.COGNITO && type !== apigateway.AuthorizationType.CUSTOM) {
    problems.add(
      `authorizer is of type ${type ?? 'unknown'}, by which a job's owner cannot be told: ` +
      'give a CognitoUserPoolsAuthorizer, a TokenAuthorizer or a RequestAuthorizer, or leave authorizer out for IAM',
    );
  }
  if (authorizationScopes && type !== apigateway.AuthorizationType.COGNITO) {
    problems.add('authorizationScopes is set, but only a Cognito authorizer looks at scopes: set authorizer to a CognitoUserPoolsAuthorizer, or leave authorizationScopes out');
  }
  switch (type) {
    case apigateway.AuthorizationType.COGNITO:
      return JobOwner.COGNITO;
    case apigateway.AuthorizationType.CUSTOM:
      return JobOwner.CUSTOM;
    default:
      return JobOwner.IAM;
  }
}

function checkBodySize(problems: Problems, { engine, maxBodySize }: PollingStatusApiProps): number {
  const most = Math.min(engine.maxBodySize?.toBytes() ?? LARGEST_BODY.toBytes(), LARGEST_BODY.toBytes());
  if (maxBodySize === undefined) {
    return most;
  }
  if (maxBodySize.isUnresolved()) {
    problems.add(`maxBodySize is a token, but must be known: state it in bytes or KiB, or leave it out for ${most} bytes`);
    return most;
  }
  const bytes = maxBodySize.toBytes();
  if (!(bytes >= 1 && bytes <= most)) {
    problems.add(`maxBodySize is ${bytes} bytes, but must be from 1 to ${most}, the most that the engine can work with: leave it out, and send larger bodies by claim check (ClaimCheckBucket)`);
  }
  return bytes;
}

function checkTimes(problems: Problems, { timeout, retention, retryAfter }: PollingStatusApiProps): Duration {
  const tokens = Object.entries({ timeout, retention, retryAfter }).filter(([, value]) => value?.isUnresolved());
  if (tokens.length > 0) {
    tokens.forEach(([prop]) => problems.add(`${prop} is a token, but must be known, because a number in a mapping template cannot be one: state it, or leave it out for the default`));
    return DEFAULT_TIMEOUT;
  }
  problems.requireSeconds('retryAfter', retryAfter, 1, 3600, 'leave it out for 5 seconds');
  const seconds = problems.requireSeconds('timeout', timeout, 60, Duration.days(30).toSeconds(), 'leave it out for 1 hour') ?? DEFAULT_TIMEOUT.toSeconds();
  const kept = problems.requireSeconds('retention', retention, 61, Duration.days(365).toSeconds(), 'leave it out for 7 days');
  if (kept !== undefined && kept <= seconds) {
    problems.add(`retention is ${kept} seconds, which is not longer than timeout (${seconds} seconds), so a job could be gone before anybody reads how it ended: raise retention or lower timeout`);
  }
  return timeout ?? DEFAULT_TIMEOUT;
}
