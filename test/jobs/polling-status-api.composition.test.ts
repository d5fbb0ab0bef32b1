import { Annotations, App, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations as Findings, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { handlerIn, make, makeWithQueue, resourceOf, resourcesOf } from './fixtures';
import type { PollingStatusApiProps } from '../../src';
import { ApiLoggingAccount, FunctionEngine, PollingStatusApi, QueueEngine, QueueFedFunction } from '../../src';

const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
const keyActionsOf = (stack: Stack, idPrefix: string) => (resourceOf(stack, 'AWS::IAM::Policy', idPrefix).Properties.PolicyDocument.Statement as any[])
  .filter(({ Resource }) => JSON.stringify(Resource).includes('"Key')).flatMap(({ Action }) => Action as string[]).sort();

describe('a customer-managed key', () => {
  const withKey = () => make((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));

  test('encrypts the table and the dead letters', () => {
    const { stack } = withKey();
    expect(resourceOf(stack, 'AWS::DynamoDB::Table').Properties.SSESpecification).toEqual({ KMSMasterKeyId: keyArn, SSEEnabled: true, SSEType: 'KMS' });
    expect(resourceOf(stack, 'AWS::SQS::Queue').Properties.KmsMasterKeyId).toEqual(keyArn);
  });

  test('can be used by all who need it', () => {
    const { stack } = withKey();
    const both = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
    expect(keyActionsOf(stack, 'JobsApiRole')).toEqual(both);
    expect(keyActionsOf(stack, 'JobsEngineWorkflowRole')).toEqual(both);
    expect(keyActionsOf(stack, 'JobsEngineRecorderRole')).toEqual(both);
    // Decrypts the stream; encrypts the dead letter.
    expect(new Set(keyActionsOf(stack, 'JobsPipeRole'))).toEqual(new Set(both));
  });

  test('lets EventBridge set aside', () => {
    const { stack } = withKey();
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'events.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } })]) },
    });
  });

  test('encrypts the workflows and their histories', () => {
    const { stack } = withKey();
    const machines = Object.values(resourcesOf(stack, 'AWS::StepFunctions::StateMachine'));
    expect(machines.map(({ Properties }) => Properties.EncryptionConfiguration)).toEqual([1, 2].map(() => ({ KmsKeyId: keyArn, Type: 'CUSTOMER_MANAGED_KMS_KEY' })));
    // In no statement is there a machine whose name nobody knows yet.
    expect(JSON.stringify(resourcesOf(stack, 'AWS::IAM::Policy'))).not.toContain('kms:EncryptionContext');
  });

  test('lets the logs of the workflows be delivered', () => {
    const { stack } = withKey();
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([{
          Effect: 'Allow',
          Principal: { Service: 'delivery.logs.amazonaws.com' },
          Action: 'kms:Decrypt',
          Resource: '*',
          Condition: {
            StringEquals: {
              'kms:EncryptionContext:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':*']] },
            },
          },
        }]),
      },
    });
  });

  test('that is imported must let the logs of the workflows be delivered', () => {
    const { stack } = make((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k') }));
    Findings.fromStack(stack).hasWarning('/Stack/Jobs/Engine', Match.stringLikeRegexp(
      "encryptionKey 'Stack/Key' is not made in this app, so its policy cannot be changed here, and the workflows log nothing until it has this statement: " +
      '.*"delivery.logs.amazonaws.com".*"kms:Decrypt".*arn:aws:logs:<region>:<account>:\\*',
    ));
  });

  test('that is imported must let EventBridge set aside', () => {
    const { stack } = make((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k') }));
    Findings.fromStack(stack).hasWarning('/Stack/Jobs/Engine', Match.stringLikeRegexp("the key of queue 'Stack/Jobs/DeadLetterQueue' is not made in this app.*events.amazonaws.com.*kms:Decrypt"));
  });

  test('comes with grantReport', () => {
    const { stack, jobs } = makeWithQueue((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
    const worker = new iam.Role(stack, 'Reporter', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    const grant = jobs.grantReport(worker);
    expect(keyActionsOf(stack, 'Reporter')).toEqual(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']);
    expect(grant.principalStatements).toHaveLength(2);
  });
});

test('without a key nothing is granted on one', () => {
  const { stack } = make();
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('kms:');
});

test('two in one stack, with one function, have their own tables, metrics and names', () => {
  const { stack } = make();
  new PollingStatusApi(stack, 'Other', { engine: new FunctionEngine(handlerIn(stack, {}, 'OtherHandler')) });
  const names = Object.values(resourcesOf(stack, 'AWS::ApiGateway::RestApi')).map(({ Properties }) => Properties.Name['Fn::Join'][1][1]);
  expect(names).toEqual(['-Jobs', '-Other']);
  expect(Object.keys(resourcesOf(stack, 'AWS::DynamoDB::Table'))).toHaveLength(2);
});

test('is named by its place in a nested stack', () => {
  const nested = new NestedStack(new Stack(new App(), 'Stack'), 'Nested');
  new PollingStatusApi(nested, 'Jobs', { engine: new FunctionEngine(handlerIn(nested)) });
  expect(resourceOf(nested, 'AWS::ApiGateway::RestApi').Properties.Name['Fn::Join'][1]).toEqual([{ Ref: 'AWS::StackName' }, '-Jobs']);
});

test('a queue whose key is in another stack makes that stack wait for nothing', () => {
  const app = new App();
  const [theirs, stack] = [new Stack(app, 'Theirs'), new Stack(app, 'Stack')];
  const worker = new QueueFedFunction(theirs, 'Worker', { handler: handlerIn(theirs), encryptionKey: new kms.Key(theirs, 'Key') });
  new PollingStatusApi(stack, 'Jobs', { engine: new QueueEngine(worker) });
  app.synth();
  expect(theirs.dependencies).toEqual([]);
});

describe('a worker in another stack', () => {
  const apart = () => {
    const app = new App();
    const [theirs, stack] = [new Stack(app, 'Theirs'), new Stack(app, 'Stack')];
    const handler = handlerIn(theirs);
    const engine = new QueueEngine(new QueueFedFunction(theirs, 'Worker', { handler }));
    return { app, theirs, stack, handler, engine };
  };
  const reportPolicies = (stack: Stack) => Object.entries(resourcesOf(stack, 'AWS::IAM::Policy')).filter(([id]) => id.startsWith('RoleGrants')).map(([, { Properties }]) => Properties);

  test.each([['', false], [' with a key', true]])('may report%s, and its stack waits for nothing', (_title, withKey) => {
    const { app, theirs, stack, handler, engine } = apart();
    const jobs = new PollingStatusApi(stack, 'Jobs', { engine, ...(withKey ? { encryptionKey: new kms.Key(stack, 'Key') } : {}) });
    const grant = jobs.grantReport(handler);
    jobs.grantReport(handler);
    app.synth();
    expect(theirs.dependencies).toEqual([]);
    expect(reportPolicies(stack)).toHaveLength(1);
    const policy = reportPolicies(stack)[0]!;
    expect(policy.Roles).toEqual([{ 'Fn::ImportValue': expect.stringMatching(/HandlerServiceRole/) }]);
    expect(policy.PolicyDocument.Statement[0]).toEqual({ Effect: 'Allow', Action: 'dynamodb:UpdateItem', Resource: { 'Fn::GetAtt': ['JobsTable10C8EDF6', 'Arn'] } });
    expect(policy.PolicyDocument.Statement).toHaveLength(withKey ? 2 : 1);
    expect(grant.success).toBe(true);
  });

  test('may work for two APIs', () => {
    const { app, stack, handler, engine } = apart();
    ['Jobs', 'JobsToo'].forEach((id) => new PollingStatusApi(stack, id, { engine }).grantReport(handler));
    app.synth();
    expect(reportPolicies(stack).map(({ PolicyDocument }) => PolicyDocument.Statement[0].Resource.length)).toEqual([2]);
  });

  test('may stand around the nested stack of the API', () => {
    const stack = new Stack(new App(), 'Stack');
    const [handler, nested] = [handlerIn(stack), new NestedStack(stack, 'Nested')];
    const jobs = new PollingStatusApi(nested, 'Jobs', { engine: new QueueEngine(new QueueFedFunction(stack, 'Worker', { handler })) });
    jobs.grantReport(handler);
    Template.fromStack(stack);
    expect(reportPolicies(stack)).toHaveLength(1);
  });

  test('keeps a role that its owner imported as not to be changed as it is', () => {
    const { stack, theirs, engine } = apart();
    const role = iam.Role.fromRoleArn(theirs, 'Imported', 'arn:aws:iam::111122223333:role/worker', { mutable: false });
    new PollingStatusApi(stack, 'Jobs', { engine }).grantReport(role);
    expect(reportPolicies(stack)).toEqual([]);
  });
});

describe('the role of the account that API Gateway logs with', () => {
  const ENV = { account: '111122223333', region: 'eu-west-1' };
  const warnings = (stack: Stack) => Findings.fromStack(stack).findWarning('*', Match.stringLikeRegexp('apiLoggingAccountUnknown')).map(({ id, entry }) => [id, entry.data]);
  const newApi = (stack: Stack, props: Partial<PollingStatusApiProps> = {}) => new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), ...props });

  test('is warned of while nothing in the app makes it', () => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    newApi(stack);
    expect(warnings(stack)).toEqual([['/Stack/Jobs',
      'accessLogs are on, but no ApiLoggingAccount of this app is in eu-west-1, and without that role of the account the stage cannot be made: ' +
      'make one in a stack that is deployed before, acknowledge this warning if the account has the role, or set accessLogs to false [ack: cdk-serverless-patterns:apiLoggingAccountUnknown]']]);
  });

  test('is warned of where the region is not known', () => {
    const { stack } = make();
    expect(warnings(stack)).toEqual([['/Stack/Jobs', expect.stringContaining('no ApiLoggingAccount of this app is in its region,')]]);
  });

  test.each<[string, (app: App, stack: Stack) => unknown]>([
    ['before', () => undefined],
    ['in another stack', (app) => new ApiLoggingAccount(new Stack(app, 'Account', { env: ENV }), 'Logging')],
    ['by a stack whose place is not known', (app) => new ApiLoggingAccount(new Stack(app, 'Account'), 'Logging')],
    ['by the CDK', (app) => new apigateway.RestApi(new Stack(app, 'Account', { env: ENV }), 'Other', { cloudWatchRole: true }).root.addMethod('GET')],
  ])('is not warned of where it is made %s', (when, then) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    if (when === 'before') {
      new ApiLoggingAccount(stack, 'Logging');
    }
    newApi(stack);
    then(app, stack);
    expect(warnings(stack)).toEqual([]);
  });

  test.each([{ ...ENV, region: 'eu-north-1' }, { ...ENV, account: '444455556666' }])('is warned of where it is that of another place: %j', (env) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    newApi(stack);
    new ApiLoggingAccount(new Stack(app, 'Account', { env }), 'Logging');
    expect(warnings(stack)).toHaveLength(1);
  });

  test('is not warned of without access logs, or when that is acknowledged', () => {
    const [one, other] = ['One', 'Other'].map((id) => new Stack(new App(), id, { env: ENV })) as [Stack, Stack];
    newApi(one, { accessLogs: false });
    Annotations.of(newApi(other)).acknowledgeWarning('cdk-serverless-patterns:apiLoggingAccountUnknown', 'made by hand');
    expect([...warnings(one), ...warnings(other)]).toEqual([]);
  });
});

test('another API on the dead-letter queue is refused', () => {
  const { stack, jobs } = make();
  expect(() => new QueueFedFunction(stack, 'Taker', { handler: handlerIn(stack, {}, 'TakerHandler'), deadLetterQueue: jobs.deadLetterQueue })).toThrow("'Stack/Jobs'");
});
