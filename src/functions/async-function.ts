import type { Duration } from 'aws-cdk-lib';
import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import type { IDependable } from 'constructs';
import { Construct } from 'constructs';
import type { AsyncFunctionAlarmOptions, AsyncFunctionAlarms } from './async-function.alarms';
import { DEAD_LETTER_ALARMS, DESTINATION_ALARMS, EVENT_ALARMS } from './async-function.alarms';
import { checkAtSynthesis } from './async-function.late-rules';
import { maxEventAgeOf, planOf, qualifierOf, retryAttemptsOf, storedUnder } from './async-function.rules';
import { claimSettings } from './private/async-settings';
import type { IAlarmed } from '../alarms/alarmed';
import { UNQUALIFIED } from '../delivery/rules/asynchronous-invocation';
import { listed } from '../private/alarms/alarm-table';
import { RoleGrants } from '../private/iam/role-grants';
import { warnOfKeyByAlias } from '../private/kms/key-by-alias';
import { handlerAlarms } from '../private/lambda/handler-alarms';
import { functionBehind, functionResource } from '../private/lambda/handler-facts';
import { grantFailures } from '../private/s3/failure-grants';
import { claimDeadLetters } from '../private/sqs/dead-letter-owners';
import { shown } from '../private/sqs/queue-sender';
import { FailureBucket } from '../storage/failure-bucket';
import type { IFailureStore } from '../storage/failure-store';
import { FailureForm } from '../storage/failure-store';

/**
 * Properties of an `AsyncFunction`.
 */
export interface AsyncFunctionProps {
  /**
   * The function that is invoked asynchronously, as its callers name it: the function itself, or an alias or version of it, made here or imported. The settings hold for what is given, and for
   * nothing else: with an alias, they do not hold for who invokes the function without it.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   */
  readonly handler: lambda.IFunction;

  /**
   * How often Lambda invokes the handler again for an event on which it failed, from 0 to 2: after one minute, and after two more. Throttles do not count as attempts.
   *
   * @default 2
   */
  readonly retryAttempts?: number;

  /**
   * How long Lambda keeps an event for which it has not succeeded to invoke the handler, from 1 minute to 6 hours.
   *
   * @default Duration.hours(1)
   */
  readonly maxEventAge?: Duration;

  /**
   * Where Lambda puts each event that it gives up, whole and with the error: a `FailureBucket`, which several functions can share, or `FailureStore.of(bucket)`.
   *
   * @default - a new `FailureBucket`, unless there is a `deadLetterQueue`
   */
  readonly failureStore?: IFailureStore;

  /**
   * A standard queue, in place of the failure store, that gets each event that Lambda gives up as it is, and the error in message attributes: for a consumer that reads events from a queue.
   *
   * It becomes the dead-letter queue of the function itself (`DeadLetterConfig`), for all its versions and aliases, so the function must be made in this app.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
   *
   * @default - none: the event goes to the failure store
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Where Lambda sends a record of each successful invocation, with what the handler returned: a standard queue or topic, an event bus or a function, by a destination of `aws-lambda-destinations`.
   *
   * @default - nowhere
   */
  readonly onSuccess?: lambda.IDestination;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: AsyncFunctionAlarmOptions;
}

/**
 * A Lambda function that is invoked asynchronously and loses no event: each is processed, or tried again, or kept whole where an alarm watches.
 *
 * Creates the settings for asynchronous invocations, the failure bucket, the handler's permissions and the alarms, with values that fit each other.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 *
 * @example
 * const thumbnails = new AsyncFunction(this, 'Thumbnails', { handler });
 * thumbnails.grantInvoke(new iam.ServicePrincipal('ses.amazonaws.com'));
 */
@propertyInjectable
export class AsyncFunction extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.functions.AsyncFunction';

  /**
   * The function, alias or version that callers invoke.
   */
  public readonly handler: lambda.IFunction;

  /**
   * Where the events are that Lambda gave up. Undefined with a `deadLetterQueue`.
   */
  public readonly failureStore?: IFailureStore;

  /**
   * The queue with the events that Lambda gave up. Undefined without `deadLetterQueue`.
   */
  public readonly deadLetterQueue?: sqs.IQueue;

  /**
   * The alarms on the events, on where failed ones are kept, and on the handler, by their names.
   */
  public readonly alarms: AsyncFunctionAlarms;

  constructor(scope: Construct, id: string, props: AsyncFunctionProps) {
    super(scope, id);
    const plan = planOf(this, props);

    this.handler = props.handler;
    const { handler } = this;
    const qualifier = qualifierOf(handler);
    claimSettings(this, handler, qualifier);

    this.deadLetterQueue = props.deadLetterQueue;
    if (this.deadLetterQueue) {
      this.sendDeadLettersTo(this.deadLetterQueue);
    } else {
      const { bucket } = props.failureStore ?? new FailureBucket(this, 'Failures');
      this.failureStore = { bucket, prefix: storedUnder(handler), form: FailureForm.ASYNC_INVOCATION };
    }
    const permissions = this.failureStore ? this.grantToHandler(this.failureStore) : [];

    const result = props.onSuccess?.bind(this, functionBehind(handler), { type: lambda.DestinationType.SUCCESS });
    const settings = new lambda.CfnEventInvokeConfig(this, 'Settings', {
      functionName: functionBehind(handler).functionName,
      qualifier,
      maximumRetryAttempts: retryAttemptsOf(props),
      maximumEventAgeInSeconds: maxEventAgeOf(props).toSeconds(),
      destinationConfig: this.failureStore || result ? {
        onFailure: this.failureStore && { destination: this.failureStore.bucket.bucketArn },
        onSuccess: result,
      } : undefined,
    });
    // Lambda refuses settings for an alias that is not there yet, and with destinations to which the handler may not send yet.
    settings.node.addDependency(...permissions, ...this.neededFirst(qualifier, result !== undefined));

    const subject = { path: this.node.path, handler, maxAgeSeconds: plan.maxAgeSeconds };
    this.alarms = {
      ...EVENT_ALARMS.add(this, subject, props.alarms),
      ...settings.destinationConfig ? DESTINATION_ALARMS.add(this, subject, props.alarms) : {},
      ...this.deadLetterQueue ? DEAD_LETTER_ALARMS.add(this, { ...subject, deadLetterQueue: this.deadLetterQueue }, props.alarms) : {},
      ...handlerAlarms(this, handler, plan.spread, props.alarms),
    };
    const parts = { settings, result: result?.destination, handlerTimeout: plan.handlerTimeout };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, parts) });
  }

  /**
   * The alarms on the events, on where failed ones are kept, and on the handler, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows `grantee` to invoke the handler as the settings are for it: `lambda:InvokeFunction` on the alias or version that was given, or on the function without one. It does not allow
   * to invoke other versions or aliases, for which other settings hold.
   *
   * @param grantee who invokes: a role, a function, a service
   */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    const invoker = new RoleGrants(this).to(grantee);
    const isQualified = qualifierOf(this.handler) !== UNQUALIFIED;
    return isQualified ? this.handler.grantInvoke(invoker) : functionBehind(this.handler).grantInvokeLatestVersion(invoker);
  }

  /** Allows the handler to store what Lambda gives up; gives what the settings must wait for. */
  private grantToHandler({ bucket }: IFailureStore): IDependable[] {
    const { role } = this.handler;
    if (!role) {
      const Condition = { StringEquals: { 's3:ResourceAccount': shown(Stack.of(this).account, '<this account>') } };
      const Resource = shown(bucket.bucketArn, `<ARN of bucket '${bucket.node.path}'>`);
      this.warnOfUnknownRole([
        { Effect: 'Allow', Action: 's3:PutObject', Resource: `${Resource}/*`, Condition },
        { Effect: 'Allow', Action: 's3:ListBucket', Resource, Condition },
        ...bucket.encryptionKey ? [{ Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: shown(bucket.encryptionKey.keyArn, '<ARN of the key of the bucket>') }] : [],
      ]);
      return [];
    }
    const grantee = new RoleGrants(this).toHandlerRole(role);
    grantFailures(this, { bucket }, grantee);
    return grantee.permissions;
  }

  /** Makes a queue the dead-letter queue of the function, which waits for the permission: Lambda refuses one to which the function may not send. */
  private sendDeadLettersTo(queue: sqs.IQueue): void {
    const fn = functionResource(this.handler)!;
    const { role } = this.handler;
    const key = queue.encryptionMasterKey;
    claimDeadLetters(this, queue);
    fn.deadLetterConfig = { targetArn: queue.queueArn };
    if (!role) {
      this.warnOfUnknownRole([
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: shown(queue.queueArn, `<ARN of queue '${queue.node.path}'>`) },
        ...key ? [{ Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: shown(key.keyArn, '<ARN of the key of the queue>') }] : [],
      ]);
      return;
    }
    warnOfKeyByAlias(this, key);
    // In the stack of the function, which is deployed before this one.
    const grantee = new RoleGrants(fn).toHandlerRole(role);
    queue.grant(grantee, 'sqs:SendMessage');
    key?.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
    fn.node.addDependency(...grantee.permissions);
  }

  private warnOfUnknownRole(statements: readonly object[]): void {
    Annotations.of(this).addWarningV2(
      'cdk-serverless-patterns:handlerRoleUnknown',
      `the role of handler '${this.handler.node.path}' is not known, so it cannot be allowed here to keep failed events: allow it ${statements.map((statement) => JSON.stringify(statement)).join(', ')}, ` +
      'or import the function with its role (Function.fromFunctionAttributes)',
    );
  }

  private neededFirst(qualifier: string, hasResult: boolean): IDependable[] {
    const { role, node: { defaultChild } } = this.handler;
    // The number of a version is a reference to it, the name of an alias is none.
    const isNamed = qualifier !== UNQUALIFIED && !Token.isUnresolved(qualifier);
    return [...isNamed && defaultChild ? [defaultChild] : [], ...hasResult && role ? [role] : []];
  }
}
