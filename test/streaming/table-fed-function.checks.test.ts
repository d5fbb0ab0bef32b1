import type { CfnResource } from 'aws-cdk-lib';
import { App, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as pipes from 'aws-cdk-lib/aws-pipes';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { tableIn, warningIds, warnings } from './fixtures';
import type { TableFedFunctionProps } from '../../src';
import { FailureStore, TableFedFunction, TableFilters } from '../../src';
import type { LateChange } from '../late-changes';
import { describeLateChanges, expectHarmless, problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack } from '../messaging/fixtures';

type PropsIn = (stack: Stack) => Partial<TableFedFunctionProps>;

const HERE = { env: { account: '111122223333', region: 'eu-west-1' } };
const ARN = 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders';
const filter = (pattern: Record<string, unknown>) => lambda.FilterCriteria.filter(pattern);
const replicated = { replicas: [{ region: 'eu-central-1' }] };
const imported = (stack: Stack, attributes: Partial<dynamodb.TableAttributes> = {}) => (
  dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: ARN, tableStreamArn: `${ARN}/stream/2026`, ...attributes })
);

function make(stack: Stack, propsIn: PropsIn): TableFedFunction {
  const { handler = handlerIn(stack), table = tableIn(stack), ...props } = propsIn(stack);
  return new TableFedFunction(stack, 'Reader', { handler, table, ...props });
}

/** What is wrong with the props, one line each. */
function problemsOf(propsIn: PropsIn, stack = newStack()): string[] {
  try {
    make(stack, propsIn);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.replace(/^ {2}- /, ''));
  }
}

test.each<[string, PropsIn, string]>([
  ['a table without a stream', (stack) => ({ table: new dynamodb.Table(stack, 'Table', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } }) }),
    'table \'Stack/Table\' has no stream: set stream (dynamoStream of a TableV2) to StreamViewType.NEW_AND_OLD_IMAGES where the table is made'],
  ['a table that is imported without its stream', (stack) => ({ table: dynamodb.Table.fromTableName(stack, 'Table', 'orders') }),
    'table \'Stack/Table\' is imported without its stream: import it with its tableStreamArn (Table.fromTableAttributes)'],
  ['a record age of a day', () => ({ maxRecordAge: Duration.days(1) }),
    'maxRecordAge is 86400 seconds, but the stream keeps records for 86400 seconds only, so they expire uncounted before they are set aside: set it to less than 86400 seconds, or leave it out for 43200'],
  ['AT_TIMESTAMP', () => ({ startingPosition: lambda.StartingPosition.AT_TIMESTAMP }), 'startingPosition is AT_TIMESTAMP, which the stream of a table does not have, so Lambda would refuse it'],
  ['a filter on what no record has', () => ({ filters: [filter({ body: ['a'] })] }), 'filters ask for \'body\', which no record of a table has, so that filter lets nothing through: filter by \'dynamodb\''],
  ['a filter without types', () => ({ filters: [filter({ dynamodb: { NewImage: { status: ['paid'] } } })] }), 'filters ask for \'NewImage.status\' without the type of the attribute'],
  ['a filter by numbers', () => ({ filters: [filter({ dynamodb: { NewImage: { price: { N: [1] } } } })] }), 'filters ask for \'NewImage.price\' by a number, which the stream has as a text'],
  ['a filter on an image that is not there', (stack) => ({
    table: tableIn(stack, { dynamoStream: dynamodb.StreamViewType.NEW_IMAGE }), filters: [filter({ dynamodb: { OldImage: { a: { S: ['b'] } } } })],
  }), 'filters ask for \'OldImage\', which the StreamViewType of the table leaves out'],
  ['the same of a Table', (stack) => ({
    table: new dynamodb.Table(stack, 'Table', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, stream: dynamodb.StreamViewType.KEYS_ONLY }),
    filters: [filter({ dynamodb: { NewImage: { a: { S: ['b'] } } } })],
  }), 'filters ask for \'NewImage\', which the StreamViewType of the table leaves out'],
  ['a key that nothing would use', (stack) => ({ failureStore: FailureStore.of(new s3.Bucket(stack, 'Bucket')), encryptionKey: new kms.Key(stack, 'Key') }),
    'encryptionKey is set, but is for the failure store that is created here, and one is given: leave encryptionKey out, or set it where that is made'],
  ['a removal policy that nothing would use', (stack) => ({ failureStore: FailureStore.of(new s3.Bucket(stack, 'Bucket')), removalPolicy: RemovalPolicy.DESTROY }),
    'removalPolicy is set, but is for the failure store that is created here'],
  ['an alarm on an age that no record reaches', () => ({ alarms: { iteratorAgeCritical: { threshold: Duration.hours(12) } } }),
    'alarms.iteratorAgeCritical.threshold is 43200000 milliseconds, but must be less than 43200000, or the alarm could never fire'],
])('refuses %s', (_, propsIn, problem) => {
  expect(problemsOf(propsIn)).toEqual([expect.stringContaining(problem)]);
});

test.each<[string, PropsIn]>([
  ['a record age of nearly a day', () => ({ maxRecordAge: Duration.seconds(86_399) })],
  ['filters on what records have', () => ({ filters: [filter({ eventName: ['INSERT'], dynamodb: { NewImage: { price: { N: ['1'] } }, OldImage: { a: { S: ['b'] } } } })] })],
  ['filters on images of a table that is not known', (stack) => ({ table: imported(stack), filters: [filter({ dynamodb: { OldImage: { a: { S: ['b'] } } } })] })],
  ['filters made for tables', () => ({ filters: [TableFilters.deletesOnly(), TableFilters.ttlDeletesOnly(), TableFilters.withoutTtlDeletes()] })],
])('takes %s', (_, propsIn) => {
  expect(problemsOf(propsIn)).toEqual([]);
});

describe('of another place', () => {
  const replicaOf = (stack: Stack) => tableIn(stack, replicated).replica('eu-central-1');

  test.each<[string, PropsIn, string[]]>([
    ['a replica, whose stream is not known', (stack) => ({ table: replicaOf(stack) }), [
      'event source \'Stack/Reader/EventSource\' reads any stream of a table (\'stream/*\'), which is all that is known of a replica\'s before its deployment, so Lambda would refuse it: ' +
      'deploy a stack in the region of the replica',
      'event source \'Stack/Reader/EventSource\' is in eu-west-1, but what it reads is in eu-central-1',
    ]],
    ['a table of another region', (stack) => ({ table: imported(stack, { tableArn: ARN.replace('eu-west-1', 'us-east-1') }) }), ['is in eu-west-1, but what it reads is in us-east-1']],
    ['a table of another account with the key that AWS manages', (stack) => ({
      table: imported(stack, { tableArn: ARN.replace('111122223333', '444455556666'), encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/dynamodb') }),
    }), ['the encryptionKey of table \'Stack/Table\', which is in account 444455556666, is the AWS-managed key \'alias/aws/dynamodb\'']],
  ])('refuses %s', (_, propsIn, problems) => {
    expect(problemsOf(propsIn, new Stack(new App(), 'Stack', HERE))).toEqual(problems.map((problem) => expect.stringContaining(problem)));
  });

  test('the replica of the own region is the table itself', () => {
    expect(problemsOf((stack) => ({ table: tableIn(stack, replicated).replica('eu-west-1') }), new Stack(new App(), 'Stack', HERE))).toEqual([]);
  });

  test('a table of another account is read, if its policies allow it', () => {
    const stack = new Stack(new App(), 'Stack', HERE);
    make(stack, () => ({ table: imported(stack, { tableArn: ARN.replace('111122223333', '444455556666'), encryptionKey: new kms.Key(stack, 'Key') }) }));
    expect(warningIds(stack)).toEqual(['tablePolicyElsewhere', 'adoptedTableUnchecked']);
    expect(warnings(stack)[0]).toContain('the policy of its stream must allow the role of the handler dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator');
  });
});

describe('warns of', () => {
  test.each<[string, PropsIn, string[], string]>([
    ['LATEST', () => ({ startingPosition: lambda.StartingPosition.LATEST }), ['streamStartsLatest'], 'startingPosition is LATEST'],
    ['a table of which nothing is known', (stack) => ({ table: imported(stack) }), ['adoptedTableUnchecked'], 'import it with its encryptionKey (Table.fromTableAttributes)'],
    ['a handler whose role is not known', (stack) => ({ handler: lambda.Function.fromFunctionArn(stack, 'Handler', 'arn:aws:lambda:eu-west-1:111122223333:function:orders') }), ['handlerRoleUnknown'],
      'allow it dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator on the stream of table \'Stack/Table\'; dynamodb:ListStreams on \'*\'; s3:PutObject'],
  ])('%s', (_, propsIn, ids, text) => {
    const stack = newStack();
    make(stack, propsIn);
    expect(problemsAtSynthesis(stack)).toEqual([]);
    expect([...new Set(warningIds(stack))]).toEqual(ids);
    expect(warnings(stack).join('\n')).toContain(text);
  });

  test('deletes by TTL of a global table', () => {
    const stack = new Stack(new App(), 'Stack', HERE);
    make(stack, () => ({ table: tableIn(stack, replicated), filters: [TableFilters.ttlDeletesOnly()] }));
    expect([...new Set(warningIds(stack))]).toEqual(['tableTtlFilterReplicated']);
  });

  test('the key of an imported table only where it is not given', () => {
    const stack = newStack();
    make(stack, () => ({ table: imported(stack, { encryptionKey: new kms.Key(stack, 'Key') }) }));
    expect(warnings(stack)).toEqual([expect.not.stringContaining('encryptionKey')]);
  });
});

describe('readers of one table', () => {
  const withReaders = (count: number, propsIn: (stack: Stack) => dynamodb.ITable, more: object = {}) => {
    const stack = new Stack(new App(), 'Stack', HERE);
    const table = propsIn(stack);
    Array.from({ length: count - 1 }).forEach((_, index) => {
      new lambda.EventSourceMapping(stack, `Source${index}`, {
        target: handlerIn(stack, {}, `Handler${index}`), eventSourceArn: table.tableStreamArn!, startingPosition: lambda.StartingPosition.TRIM_HORIZON, ...more,
      });
    });
    make(stack, () => ({ table }));
    const problems = problemsAtSynthesis(stack);
    return { problems, ids: problems.length > 0 ? [] : warningIds(stack) };
  };
  const table = (stack: Stack) => tableIn(stack);
  const tooMany = 'the stream of table \'Stack/Table\' has 3 readers (Stack/Source0, Stack/Source1, Stack/Reader/EventSource)';

  test.each<[string, number, (stack: Stack) => dynamodb.ITable, object, string[], string[]]>([
    ['two', 2, table, {}, [], []],
    ['three', 3, table, {}, [tooMany], []],
    ['three of an imported table', 3, imported, {}, [tooMany], []],
    ['three, of which one is switched off', 3, table, { enabled: false }, [], []],
    ['one of a global table', 1, (stack) => tableIn(stack, replicated), {}, [], []],
    ['two of a global table', 2, (stack) => tableIn(stack, replicated), {}, [], ['tableStreamReadersThrottled']],
    ['three of a global table', 3, (stack) => tableIn(stack, replicated), {}, ['DynamoDB throttles more than 1'], []],
  ])('%s', (_, count, propsIn, more, problems, ids) => {
    expect(withReaders(count, propsIn, more)).toEqual({ problems: problems.map((problem) => expect.stringContaining(problem)), ids });
  });

  test('read one table each, though all of them are imported', () => {
    const stack = newStack();
    for (const name of ['orders', 'refunds', 'returns']) {
      const tableArn = ARN.replace('orders', name);
      const one = dynamodb.Table.fromTableAttributes(stack, name, { tableArn, tableStreamArn: `${tableArn}/stream/2026` });
      new TableFedFunction(stack, `Reader of ${name}`, { handler: handlerIn(stack, {}, `Handler of ${name}`), table: one });
    }
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('are in any stack, and pipes are among them', () => {
    const stack = newStack();
    const { table: shared } = make(stack, () => ({}));
    const nested = new NestedStack(stack, 'Nested');
    new TableFedFunction(nested, 'Another', { handler: handlerIn(nested), table: shared });
    new pipes.CfnPipe(stack, 'Pipe', { source: shared.tableStreamArn!, target: 'arn:aws:sqs:eu-west-1:111122223333:q', roleArn: 'arn:aws:iam::111122223333:role/r' });
    expect(problemsAtSynthesis(stack)).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('has 3 readers (Stack/Reader/EventSource, Stack/Nested/Another/EventSource, Stack/Pipe)')));
  });
});

describe('a handler that may write to the table', () => {
  const idsWith = (grant: (table: dynamodb.TableV2, handler: lambda.Function, stack: Stack) => void, more: Partial<TableFedFunctionProps> = {}) => {
    const stack = newStack();
    const [handler, table] = [handlerIn(stack), tableIn(stack)];
    make(stack, () => ({ handler, table, ...more }));
    grant(table, handler, stack);
    expect(problemsAtSynthesis(stack)).toEqual([]);
    return warnings(stack).map((text) => /\((.*)\), so it could feed itself without end/.exec(text)?.[1]);
  };

  test.each<[string, (table: dynamodb.TableV2, handler: lambda.Function, stack: Stack) => void, string]>([
    ['by a grant', (table, handler) => table.grantWriteData(handler), 'dynamodb:BatchWriteItem, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem'],
    ['by a wildcard', (_, handler) => handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:*'], resources: ['*'] })), 'dynamodb:*'],
    ['by a managed policy', (table, handler, stack) => handler.role!.addManagedPolicy(new iam.ManagedPolicy(stack, 'Managed', {
      statements: [new iam.PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [table.tableArn] })],
    })), 'dynamodb:PutItem'],
    ['by a managed policy that names its role', (table, handler, stack) => void new iam.ManagedPolicy(stack, 'Managed', {
      statements: [new iam.PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [table.tableArn] })], roles: [handler.role!],
    }), 'dynamodb:PutItem'],
    ['by an inline policy of its role', (table, handler) => (handler.role!.node.defaultChild as iam.CfnRole).addPropertyOverride('Policies', [
      { PolicyName: 'p', PolicyDocument: { Statement: { Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: Stack.of(table).resolve(table.tableArn) as unknown } } },
    ]), 'dynamodb:UpdateItem'],
  ])('%s', (_, grant, writes) => {
    expect(idsWith(grant)).toEqual([writes]);
  });

  test.each<[string, (table: dynamodb.TableV2, handler: lambda.Function, stack: Stack) => void, Partial<TableFedFunctionProps>]>([
    ['with a filter', (table, handler) => table.grantWriteData(handler), { filters: [TableFilters.deletesOnly()] }],
    ['only to read', (table, handler) => table.grantReadData(handler), {}],
    ['another table', (_, handler, stack) => tableIn(stack, {}, 'Other').grantWriteData(handler), {}],
    ['to write that is denied', (table, handler) => handler.addToRolePolicy(new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['dynamodb:*'], resources: [table.tableArn] })), {}],
    ['of another role', (table, _, stack) => table.grantWriteData(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() })), {}],
  ])('is not one that may %s', (_, grant, more) => {
    expect(idsWith(grant, more)).toEqual([]);
  });
});

describe('late changes', () => {
  const makeAll = (stack: Stack) => make(stack, () => ({ filters: [TableFilters.deletesOnly()], filterEncryption: new kms.Key(stack, 'Key') }));
  const changes: LateChange<'event source' | 'handler'>[] = [
    ['event source', 'Properties.EventSourceArn', `${ARN}/stream/other`, 'state table of the TableFedFunction'],
    ['event source', 'Properties.MaximumRecordAgeInSeconds', undefined, 'state maxRecordAge of the TableFedFunction'],
    ['event source', 'Properties.FilterCriteria', undefined, 'state filters'],
    ['event source', 'Properties.StartingPositionTimestamp', 1, 'state startingPosition'],
    ['handler', 'Properties.Timeout', 600, 'the alarm on duration is derived from it'],
  ];

  describeLateChanges(makeAll, {
    'event source': ({ eventSource }: TableFedFunction) => eventSource.node.defaultChild as CfnResource,
    'handler': ({ handler }: TableFedFunction) => handler.node.defaultChild as CfnResource,
  }, changes);

  test('of the handler\'s memory do no harm', () => {
    expectHarmless(makeAll, ({ handler }) => (handler.node.defaultChild as CfnResource).addPropertyOverride('MemorySize', 1024));
  });

  test('of the view type are read again', () => {
    const stack = newStack();
    const { table } = make(stack, () => ({ filters: [filter({ dynamodb: { OldImage: { a: { S: ['b'] } } } })] }));
    (table.node.defaultChild as CfnResource).addPropertyOverride('StreamSpecification.StreamViewType', 'NEW_IMAGE');
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('[Stack/Reader] filters ask for \'OldImage\'')]);
  });

  test('of the handler are read again', () => {
    const stack = newStack();
    const { handler } = make(stack, () => ({}));
    (handler.node.defaultChild as CfnResource).addPropertyOverride('TenancyConfig', { TenantIsolationMode: 'PER_TENANT' });
    expect(problemsAtSynthesis(stack)).toEqual([expect.stringContaining('has tenant isolation, but the event source of a stream names no tenant')]);
  });
});
