import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { AsyncFunction, AsyncFunctionProps } from './async-function';
import { failuresFacts, invokedFacts, keptTwice, maxEventAgeOf, qualifierOf, retryAttemptsOf, settingsFacts } from './async-function.rules';
import { resourcesOfFunctionInValidation } from './private/function-resources';
import type { AsynchronousSettingsFacts, SentResultFacts } from '../delivery/rules/asynchronous-invocation';
import {
  ASYNCHRONOUS_HANDLER_RULES, ASYNCHRONOUS_INVOCATION_RULES, ASYNCHRONOUS_SETTINGS_RULES, RECURSION_RULES, SENT_RESULT_RULES, UNQUALIFIED,
} from '../delivery/rules/asynchronous-invocation';
import { onceInAValidation } from '../private/app/once-in-a-validation';
import { resourcesIn } from '../private/app/references';
import { renderedProperty } from '../private/app/rendered-resource';
import { resourcesBelow } from '../private/app/resources-below';
import type { DerivedValue } from '../private/checks/derived-values';
import { byProp, changedValues, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { functionBehindName } from '../private/lambda/concurrency';
import { timeoutValues } from '../private/lambda/handler-checks';
import type { timeoutSeconds } from '../private/lambda/handler-facts';
import { functionBehind, functionResource } from '../private/lambda/handler-facts';

/** What an `AsyncFunction` made. */
export interface AsyncParts {
  readonly settings: lambda.CfnEventInvokeConfig;
  /** The ARN of what gets the results. */
  readonly result: string | undefined;
  readonly handlerTimeout: ReturnType<typeof timeoutSeconds>;
}

/** What breaks the promises of an asynchronously invoked function, now that the app is complete. */
export function checkAtSynthesis(pattern: AsyncFunction, props: AsyncFunctionProps, parts: AsyncParts): string[] {
  const changed = changedValues([...settingsValues(pattern, props, parts), ...handlerValues(props, parts)]);
  if (changed.length > 0) {
    return changed;
  }
  // For what somebody changed of the handler or the queue, and what others made since.
  return [
    ...keptTwice(props),
    ...reportFindings(pattern, ASYNCHRONOUS_SETTINGS_RULES, settingsFacts(pattern, props, otherSettings(parts.settings, props))),
    ...reportFindings(pattern, ASYNCHRONOUS_HANDLER_RULES, invokedFacts(pattern, props)),
    ...reportFindings(pattern, ASYNCHRONOUS_INVOCATION_RULES, failuresFacts(props)),
    ...reportFindings(pattern, RECURSION_RULES, { path: props.handler.node.path, recursionAllowed: isRecursionAllowed(props) }),
    ...sentFacts(pattern, parts).flatMap((facts) => reportFindings(pattern, SENT_RESULT_RULES, facts)),
    ...responseOfLatest(pattern),
  ];
}

const stated = byProp('AsyncFunction');

function settingsValues({ handler, failureStore }: AsyncFunction, props: AsyncFunctionProps, { settings, result }: AsyncParts): DerivedValue[] {
  return valuesIn(settings, {
    'Properties.FunctionName': [functionBehind(handler).functionName, 'give another handler'],
    'Properties.Qualifier': [qualifierOf(handler), 'give another alias or version as handler'],
    'Properties.MaximumRetryAttempts': [retryAttemptsOf(props), stated('retryAttempts')],
    'Properties.MaximumEventAgeInSeconds': [maxEventAgeOf(props).toSeconds(), stated('maxEventAge')],
    'Properties.DestinationConfig.OnFailure.Destination': [failureStore?.bucket.bucketArn, stated(failureStore ? 'failureStore' : 'deadLetterQueue')],
    'Properties.DestinationConfig.OnSuccess.Destination': [result, stated('onSuccess')],
  });
}

function handlerValues({ handler, deadLetterQueue }: AsyncFunctionProps, { handlerTimeout }: AsyncParts): DerivedValue[] {
  const resource = functionResource(handler);
  return [
    ...resource && deadLetterQueue ? valuesIn(resource, { 'Properties.DeadLetterConfig.TargetArn': [deadLetterQueue.queueArn, stated('deadLetterQueue')] }) : [],
    ...timeoutValues(handler, handlerTimeout, 'the alarm on duration is'),
  ];
}

/** Known of functions that are made in this app. */
function otherSettings(settings: lambda.CfnEventInvokeConfig, { handler }: AsyncFunctionProps): AsynchronousSettingsFacts['others'] {
  const fn = functionResource(handler);
  const others = fn ? resourcesOfFunctionInValidation(fn, 'AWS::Lambda::EventInvokeConfig').filter((other) => other !== settings) : [];
  return others.map((other) => ({ path: other.node.path, qualifier: qualifierIn(other as lambda.CfnEventInvokeConfig) }));
}

/** The CDK takes the name of an alias out of its ARN. */
function qualifierIn(settings: lambda.CfnEventInvokeConfig): string | undefined {
  const [target] = resourcesIn(settings.qualifier, settings);
  if (target?.cfnResourceType === 'AWS::Lambda::Alias') {
    return textOf((target as lambda.CfnAlias).name, target);
  }
  return target || typeof renderedProperty(settings, 'Qualifier') === 'string' ? textOf(settings.qualifier, settings) : undefined;
}

function textOf(value: string, scope: IConstruct): string {
  const resolved: unknown = Stack.of(scope).resolve(value);
  return typeof resolved === 'string' ? resolved : JSON.stringify(resolved);
}

function isRecursionAllowed({ handler }: AsyncFunctionProps): boolean {
  const resource = functionResource(handler);
  return resource !== undefined && renderedProperty(resource, 'RecursiveLoop') === 'Allow';
}

/** What is sent by itself: results, and failed events to the dead-letter queue. */
function sentFacts(pattern: AsyncFunction, { result }: AsyncParts): SentResultFacts[] {
  const { node: { path }, handler, deadLetterQueue } = pattern;
  const sender = handler.node.path;
  const sent = [
    ...result === undefined ? [] : [{ name: `onSuccess of '${path}'`, arn: result, isSuccess: true }],
    ...deadLetterQueue ? [{ name: `deadLetterQueue of '${path}'`, arn: deadLetterQueue.queueArn, isSuccess: false }] : [],
  ];
  return sent.map(({ name, arn, isSuccess }) => {
    const [target] = resourcesIn(arn, pattern);
    const text = textOf(arn, pattern);
    return {
      name,
      sender,
      destination: target?.node.path ?? text,
      returnsBy: target && returnsBy(target, pattern),
      successToBucket: isSuccess && (target ? target.cfnResourceType === 'AWS::S3::Bucket' : /^arn:[^:]+:s3:/.test(text)),
      successToFifo: isSuccess && (target ? isFifo(target) : /\.fifo$/.test(text)),
    };
  });
}

function isFifo(target: CfnResource): boolean {
  return ['FifoQueue', 'FifoTopic'].some((property) => renderedProperty(target, property) === true);
}

/** What brings everything that is sent to a queue, a topic or a function back to the handler. A filter may be there to keep it out. */
function returnsBy(target: CfnResource, pattern: AsyncFunction): string | undefined {
  const fn = functionResource(pattern.handler);
  if (!fn) {
    return undefined;
  }
  const isFn = (name: unknown, scope: IConstruct) => typeof name === 'string' && functionBehindName(name, scope) === fn;
  const isQualified = /^AWS::Lambda::(Alias|Version)$/.test(target.cfnResourceType);
  if (target === fn || (isQualified && isFn((target as lambda.CfnAlias).functionName, target))) {
    return 'its asynchronous invocation';
  }
  const found = carriersIn(pattern).find(({ resource, from, to, filter }) => filter === undefined && from.includes(target) && isFn(to, resource));
  return found && `'${found.resource.node.path}'`;
}

/** Something that brings messages to a function. */
interface Carrier {
  readonly resource: CfnResource;
  readonly from: readonly CfnResource[];
  readonly to: unknown;
  readonly filter: unknown;
}

/** Event sources and subscriptions of the stage. */
function carriersIn(pattern: AsyncFunction): readonly Carrier[] {
  return onceInAValidation(pattern, 'carriersToFunctions', (stage) => [
    ...(resourcesBelow(stage, 'AWS::Lambda::EventSourceMapping') as lambda.CfnEventSourceMapping[]).map((resource): Carrier => ({
      resource, from: resourcesIn(resource.eventSourceArn, resource), to: resource.functionName, filter: renderedProperty(resource, 'FilterCriteria'),
    })),
    ...resourcesBelow(stage, 'AWS::SNS::Subscription').map((resource): Carrier => {
      const { topicArn, endpoint } = resource as unknown as { readonly topicArn?: unknown; readonly endpoint?: unknown };
      return { resource, from: resourcesIn(topicArn, resource), to: endpoint, filter: renderedProperty(resource, 'FilterPolicy') };
    }),
  ]);
}

/** A rule of the CDK for the results of `$LATEST`. https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_lambda_destinations-readme.html */
function responseOfLatest({ node, handler }: AsyncFunction): string[] {
  return node.tryFindChild(lambda.DestinationType.SUCCESS) === undefined || qualifierOf(handler) === UNQUALIFIED ? [] : [
    `onSuccess of '${node.path}' is a LambdaDestination with responseOnly, for which the CDK makes a rule that matches results of $LATEST only, but handler '${handler.node.path}' is a version or an alias, ` +
    'so no result would arrive: leave responseOnly out, and read responsePayload of the record',
  ];
}
