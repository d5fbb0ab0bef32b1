import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** Enough of a function to be a handler; its timeout is 10 seconds. */
export const FUNCTION: lambda.FunctionProps = {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'),
  timeout: Duration.seconds(10),
};

export function handlerIn(scope: Construct, props: Partial<lambda.FunctionProps> = {}, id = 'Handler'): lambda.Function {
  return new lambda.Function(scope, id, { ...FUNCTION, ...props });
}

export function newStack(): Stack {
  return new Stack(new App({ treeMetadata: false, analyticsReporting: false }), 'Stack');
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** The resources of a type in a stack, by logical id. */
export function resourcesOf(stack: Stack, type: string): Record<string, Resource> {
  return Template.fromStack(stack).findResources(type) as Record<string, Resource>;
}

/** The one resource of a type in a stack whose logical id begins like this. */
export function resourceOf(stack: Stack, type: string, idPrefix = ''): Resource {
  const found = Object.entries(resourcesOf(stack, type)).filter(([id]) => id.startsWith(idPrefix)).map(([, resource]) => resource);
  const [only] = found;
  if (!only || found.length > 1) {
    throw new Error(`${found.length} resources of type ${type} begin with '${idPrefix}'`);
  }
  return only;
}

export function attribute(idPrefix: string, name = 'Arn'): unknown {
  return { 'Fn::GetAtt': [Match.stringLikeRegexp(`^${idPrefix}[0-9A-F]{8}$`), name] };
}

export function ref(idPrefix: string): unknown {
  return { Ref: Match.stringLikeRegexp(`^${idPrefix}[0-9A-F]{8}$`) };
}
