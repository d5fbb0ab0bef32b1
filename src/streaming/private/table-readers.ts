import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { IConstruct } from 'constructs';
import type { Rule } from '../../delivery/rules/rule';
import type { StreamReadersFacts } from '../../delivery/rules/stream-consumer';
import { STREAM_READERS_RULES } from '../../delivery/rules/stream-consumer';
import { onceInAValidation } from '../../private/app/once-in-a-validation';
import { resourcesIn } from '../../private/app/references';
import { renderedProperty } from '../../private/app/rendered-resource';
import { resourcesBelow } from '../../private/app/resources-below';
import { reportFindings } from '../../private/checks/problems';

/** DynamoDB throttles a third reader of a table's stream in every case. A second one of a global table may be meant. */
const MOST_READERS = 2;

/** What is wrong with how many read the stream of one table, wherever in the app they are. */
export function problemsOfReaders(eventSource: lambda.EventSourceMapping, streamArn: string, { path, replicated }: Pick<StreamReadersFacts, 'path' | 'replicated'>): string[] {
  const readers = onceInAValidation(eventSource, 'readersOfStreams', readersOfStreams).get(identityOf(streamArn, eventSource)) ?? [];
  const rules = STREAM_READERS_RULES.map((rule): Rule<StreamReadersFacts> => (
    rule.id === 'tableStreamReadersThrottled' && readers.length > MOST_READERS ? { ...rule, severity: 'error' } : rule
  ));
  return reportFindings(eventSource, rules, { kind: 'table', path, replicated, readers: readers.map(({ node }) => node.path.replace(/\/Resource$/, '')) });
}

function readersOfStreams(stage: IConstruct): Map<string, CfnResource[]> {
  const eventSources = (resourcesBelow(stage, 'AWS::Lambda::EventSourceMapping') as lambda.CfnEventSourceMapping[])
    .filter((mapping) => renderedProperty(mapping, 'Enabled') !== false)
    .map((mapping) => [mapping, mapping.eventSourceArn ?? ''] as const);
  const pipes = (resourcesBelow(stage, 'AWS::Pipes::Pipe') as CfnPipe[]).map((pipe) => [pipe, pipe.source] as const);
  const readers = new Map<string, CfnResource[]>();
  for (const [reader, arn] of [...eventSources, ...pipes]) {
    const source = identityOf(arn, reader);
    readers.set(source, [...readers.get(source) ?? [], reader]);
  }
  return readers;
}

/** The path of the table of this app; or the ARN of the stream, which in two stacks may mean two things if it is not known. */
function identityOf(arn: string, scope: IConstruct): string {
  const [resource] = resourcesIn(arn, scope);
  const resolved = Stack.of(scope).resolve(arn) as unknown;
  return resource?.node.path ?? (typeof resolved === 'string' ? resolved : `${Stack.of(scope).node.path} ${JSON.stringify(resolved)}`);
}
