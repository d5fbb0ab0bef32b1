import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { CfnResource } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { ReadStream } from './private/reader-rules';
import { checkReader, recordAgeSecondsOf, STREAM_FED_BOUNDS } from './private/reader-rules';
import type { TableFedFunctionProps } from './table-fed-function';
import { READER_ALARMS } from './table-fed-function.alarms';
import type { Place } from '../delivery/rules/rule';
import { knownToDiffer } from '../delivery/rules/rule';
import type { Spread } from '../private/alarms/look-back';
import { placeOf } from '../private/app/environments';
import { resourceBehind } from '../private/app/references';
import { renderedResource } from '../private/app/rendered-resource';
import { resourcesBelow } from '../private/app/resources-below';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownSeconds } from '../private/checks/prop-bounds';
import { checkHandlerAlarms } from '../private/lambda/handler-alarms';
import { timeoutSeconds } from '../private/lambda/handler-facts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const RETENTION_SECONDS = 86_400;

// What is derived from the props.

/** The values that are derived from the props and from what the handler and the table settle themselves. */
export interface TableFedPlan {
  /** The handler's own timeout, as it was when the alarms were derived from it. */
  readonly handlerTimeout: ReturnType<typeof timeoutSeconds>;
  readonly spread: Spread;
  readonly maxAgeSeconds: number;
  readonly streamArn: string;
}

/** The CloudFormation resource of a table, if it is made in this app. */
export function tableResource({ tableArn }: dynamodb.ITable): CfnResource | undefined {
  return resourceBehind(tableArn, 'AWS::DynamoDB::Table') ?? resourceBehind(tableArn, 'AWS::DynamoDB::GlobalTable');
}

/** As its ARN says: the CDK takes a table that is imported by it for one of the stack's own place. */
function placeOfTable({ tableArn, env }: dynamodb.ITable): Place {
  const [, , , region, account] = tableArn.split(':');
  return Token.isUnresolved(tableArn) ? placeOf(env) : { account, region };
}

/** What is known of the stream of a table. */
export function readStreamOf({ table }: TableFedFunctionProps): ReadStream {
  const resource = tableResource(table);
  const { StreamSpecification: stream, Replicas: replicas } = (resource ? renderedResource(resource).Properties : {}) as {
    readonly StreamSpecification?: { readonly StreamViewType?: unknown };
    readonly Replicas?: unknown;
  };
  const viewType = stream?.StreamViewType;
  return {
    kind: 'table',
    retentionSeconds: RETENTION_SECONDS,
    place: placeOfTable(table),
    viewType: typeof viewType === 'string' ? viewType : undefined,
    replicated: resource && ((Array.isArray(replicas) && replicas.length > 1) || resourcesBelow(table, 'Custom::DynamoDBReplica').length > 0),
    anyStream: table.tableStreamArn?.endsWith('/stream/*'),
  };
}

// What is wrong with the props, before anything is made.

export const TABLE_FED_FUNCTION_BOUNDS: PropBounds<TableFedFunctionProps> = STREAM_FED_BOUNDS;

/** Derives the plan and checks the props against it; throws for all that is wrong at once. */
export function planOf(scope: Construct, props: TableFedFunctionProps): TableFedPlan {
  const problems = new Problems(scope, 'TableFedFunction');
  const stream = readStreamOf(props);
  problems.checkBounds(props, TABLE_FED_FUNCTION_BOUNDS);
  checkTable(problems, scope, props);
  checkReader(problems, scope, props, stream);
  checkUseOfProps(problems, props);
  const own = timeoutSeconds(props.handler);
  const spread = { timeoutSeconds: typeof own === 'number' ? own : knownSeconds(props.handlerTimeout) };
  const maxAgeSeconds = recordAgeSecondsOf(props, stream);
  READER_ALARMS.check(problems, { maxAgeSeconds }, props.alarms);
  checkHandlerAlarms(problems, props.handler, spread, props.alarms);
  problems.throwIfAny();
  warnOfTable(scope, props);
  return { handlerTimeout: own, spread, maxAgeSeconds, streamArn: props.table.tableStreamArn! };
}

function checkTable(problems: Problems, scope: Construct, { table }: TableFedFunctionProps): void {
  const { path } = table.node;
  if (table.tableStreamArn === undefined) {
    problems.add(tableResource(table)
      ? `table '${path}' has no stream: set stream (dynamoStream of a TableV2) to StreamViewType.NEW_AND_OLD_IMAGES where the table is made`
      : `table '${path}' is imported without its stream: import it with its tableStreamArn (Table.fromTableAttributes)`);
  }
  if (isElsewhere(scope, table)) {
    problems.requireCustomerKey(`the encryptionKey of table '${path}', which is in account ${placeOfTable(table).account},`, table.encryptionKey, 'encrypt the table with a key whose policy lets this account in');
  }
}

/** A prop that nothing would use is a mistake. */
function checkUseOfProps(problems: Problems, props: TableFedFunctionProps): void {
  for (const prop of ['encryptionKey', 'removalPolicy'] as const) {
    if (props[prop] !== undefined && props.failureStore) {
      problems.add(`${prop} is set, but is for the failure store that is created here, and one is given: leave ${prop} out, or set it where that is made`);
    }
  }
}

function isElsewhere(scope: Construct, table: dynamodb.ITable): boolean {
  return knownToDiffer(placeOfTable(table).account, placeOf(Stack.of(scope)).account);
}

function warnOfTable(scope: Construct, { table }: TableFedFunctionProps): void {
  if (tableResource(table)) {
    return;
  }
  const { path } = table.node;
  if (isElsewhere(scope, table)) {
    Annotations.of(scope).addWarningV2(
      'cdk-serverless-patterns:tablePolicyElsewhere',
      `table '${path}' is in account ${placeOfTable(table).account}, whose policies cannot be changed here: the policy of its stream must allow the role of the handler ${READ_ACTIONS.join(', ')}, ` +
      'and the policy of its key kms:Decrypt, which that of an AWS-managed key cannot',
    );
  }
  Annotations.of(scope).addWarningV2(
    'cdk-serverless-patterns:adoptedTableUnchecked',
    `table '${path}' is not made in this app, so what it settles cannot be checked: its stream must have the images that the handler and filters read, no more than one other reader, or none if the table has replicas` +
    `${table.encryptionKey ? '' : '; if it is encrypted with a customer-managed key, import it with its encryptionKey (Table.fromTableAttributes)'}`,
  );
}

/** What Lambda takes to read the stream of a table. https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html */
export const READ_ACTIONS = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'];

/** And to find it, which IAM allows for all streams or for none. */
export const LIST_ACTIONS = ['dynamodb:ListStreams'];
