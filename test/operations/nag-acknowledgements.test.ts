import { App, Aspects, CfnResource, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { INagLogger, NagLoggerNonComplianceData } from 'cdk-nag';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { ApiLoggingAccount, AsyncFunction, BucketDelivery, BucketFedFunction, CanaryFunction, ClaimCheckBucket, FailureBucket, FailureStore, NagAcknowledgements, QueueFedFunction, ScheduledMessages, StreamFedFunction, TableFedFunction } from '../../src';
import * as cdkValidations from '../../src/operations/private/cdk-validations';
import { findingIds } from '../../src/operations/private/nag-finding-ids';
import { isAt, NAG_FINDINGS } from '../../src/operations/private/nag-findings';
import { NAG_FINDINGS_ON_GRANTS } from '../../src/operations/private/nag-findings-on-grants';
import { handlerIn, newStack } from '../messaging/fixtures';
import { videosIn } from '../services/fixtures';
import { tableIn } from '../streaming/fixtures';

/** What cdk-nag finds below a construct. */
function findingsIn(scope: IConstruct): string[] {
  const found: string[] = [];
  const ignore = () => undefined;
  const log: INagLogger = {
    onNonCompliance: ({ resource, ruleId, findingId }: NagLoggerNonComplianceData) => {
      if (resource.node.scopes.includes(scope)) {
        found.push(`${resource.node.path}: ${findingId || ruleId}`);
      }
    },
    onError: ({ resource, ruleId }) => found.push(`${resource.node.path}: ${ruleId} cannot be evaluated`),
    onCompliance: ignore,
    onNotApplicable: ignore,
    onSuppressed: ignore,
    onSuppressedError: ignore,
  };
  for (const Pack of [AwsSolutionsChecks, ServerlessChecks]) {
    Aspects.of(scope.node.root).add(new Pack({ reports: false, additionalLoggers: [log] }));
  }
  (scope.node.root as App).synth();
  return found;
}

/** The acknowledgements in the templates of a stack, by logical id. */
function acknowledgedIn(stack: Stack): Record<string, unknown> {
  interface Acknowledged {
    readonly Metadata?: { readonly cdk_nag?: { readonly rules_to_suppress: unknown } };
  }
  const { Resources: resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, Acknowledged> };
  return Object.fromEntries(Object.entries(resources).flatMap(([id, { Metadata }]) => (
    Metadata?.cdk_nag ? [[id, Metadata.cdk_nag.rules_to_suppress]] : []
  )));
}

const DEAD_LETTERS = 'This is a dead-letter queue: messages stay here until somebody has looked at them, and an alarm tells when there are any.';

describe('addTo', () => {
  const make = (scope: Construct) => new QueueFedFunction(scope, 'Orders', { handler: handlerIn(scope) });

  test.each<[string, (stack: Stack) => IConstruct]>([
    ['its app', ({ node }) => node.root],
    ['its stack', (stack) => stack],
    ['itself', (stack) => stack.node.findChild('Orders')],
  ])('acknowledges the findings on a pattern: %s', (_, scopeOf) => {
    const stack = newStack();
    const orders = make(stack);
    NagAcknowledgements.addTo(scopeOf(stack));
    expect(findingsIn(orders)).toEqual([]);
  });

  test('without it, they are there', () => {
    expect(findingsIn(make(newStack()))).toEqual([
      'Stack/Orders/DeadLetterQueue/Resource: Serverless-SQSRedrivePolicy',
      'Stack/Orders/EventSource/Resource: Serverless-LambdaEventSourceMappingDestination',
    ]);
  });

  test('may be called before the pattern is made', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    expect(findingsIn(make(stack))).toEqual([]);
  });

  test('acknowledges those of a pattern that an aspect makes', () => {
    const stack = new Stack(new App({ context: { '@aws-cdk/core:aspectStabilization': true } }), 'Stack');
    NagAcknowledgements.addTo(stack);
    Aspects.of(stack).add({
      visit: (node) => {
        if (node === stack && !stack.node.tryFindChild('Orders')) {
          make(stack);
        }
      },
    }, { priority: 100 });
    expect(findingsIn(stack).filter((finding) => finding.startsWith('Stack/Orders/'))).toEqual([]);
  });

  test('comes before cdk-nag, wherever that is added', () => {
    const app = new App();
    Aspects.of(app).add(new AwsSolutionsChecks({ reports: false }));
    const stack = new Stack(app, 'Stack');
    make(stack);
    NagAcknowledgements.addTo(stack);
    expect(Object.keys(acknowledgedIn(stack))).toHaveLength(2);
    expect(findingsIn(stack.node.findChild('Orders'))).toEqual([]);
  });

  test('reaches nested stacks', () => {
    const stack = newStack();
    const orders = make(new NestedStack(stack, 'Nested'));
    NagAcknowledgements.addTo(stack);
    expect(findingsIn(orders)).toEqual([]);
  });

  test('works for a subclass', () => {
    class Mine extends QueueFedFunction {}
    const stack = newStack();
    const mine = new Mine(stack, 'Mine', { handler: handlerIn(stack) });
    NagAcknowledgements.addTo(stack);
    expect(findingsIn(mine)).toEqual([]);
  });

  test('writes what cdk-nag reads, once however often the app is synthesized, and leaves other acknowledgements', () => {
    const stack = newStack();
    const { deadLetterQueue } = make(stack);
    const own = { id: 'AwsSolutions-SQS4', reason: 'my own reason' };
    (deadLetterQueue.node.defaultChild as CfnResource).addMetadata('cdk_nag', { rules_to_suppress: [own] });
    NagAcknowledgements.addTo(stack);
    const [id] = Object.keys(acknowledgedIn(stack)).filter((each) => each.startsWith('OrdersDeadLetterQueue'));
    (stack.node.root as App).synth({ force: true });
    expect(acknowledgedIn(stack)[id!]).toEqual([own, { id: 'Serverless-SQSRedrivePolicy', reason: DEAD_LETTERS }]);
  });
});

describe('what is left to its owner', () => {
  test('another resource in the scope', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    const queue = new sqs.Queue(stack, 'Queue');
    expect(findingsIn(queue)).toContain('Stack/Queue/Resource: AwsSolutions-SQS3');
  });

  test('a resource that was added to a pattern', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    const orders = new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    const queue = new sqs.Queue(orders, 'Extra');
    expect(findingsIn(queue)).toContain('Stack/Orders/Extra/Resource: AwsSolutions-SQS3');
  });

  test('a construct of another library that looks the same', () => {
    class QueueFed extends Construct {
      public static readonly PROPERTY_INJECTION_ID = 'other-library.QueueFedFunction';
    }
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    new sqs.Queue(new QueueFed(stack, 'Orders'), 'DeadLetterQueue');
    expect(acknowledgedIn(stack)).toEqual({});
  });

  test('policies and wildcards that were added to the role of a pattern', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    const { role } = new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack), preHook: handlerIn(stack, {}, 'Hook') }).deploymentGroup;
    role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('ReadOnlyAccess'));
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:Get*'], resources: ['*'] }));
    expect(findingsIn(role).map((finding) => finding.replace(/^.*ServiceRole\//, ''))).toEqual([
      'Resource: Policy::arn:<AWS::Partition>:iam::aws:policy/ReadOnlyAccess', 'DefaultPolicy/Resource: Action::s3:Get*', 'DefaultPolicy/Resource: Resource::*',
    ]);
  });
});

describe('who may deposit or claim payloads', () => {
  test.each(['in the same stack', 'in another stack'])('has its permission for all keys acknowledged: %s', (where) => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const scope = where === 'in another stack' ? new Stack(stack.node.root as App, 'Other') : stack;
    const payloads = new ClaimCheckBucket(stack, 'Payloads');
    const [depositor, claimant] = [handlerIn(scope, {}, 'Depositor'), handlerIn(scope, {}, 'Claimant')];
    payloads.grantDeposit(depositor);
    payloads.grantClaim(claimant, 'orders/');
    expect(findingsIn(stack.node.root).filter((finding) => /::<.*\*|cannot be evaluated/.test(finding))).toEqual([]);
    const { reason } = NAG_FINDINGS_ON_GRANTS[0]!;
    expect(Object.values(acknowledgedIn(scope)).filter((rules) => JSON.stringify(rules).includes(reason))).toHaveLength(2);
  });

  test('or failures, likewise', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const failures = new FailureBucket(stack, 'Failures');
    failures.grantRead(handlerIn(stack), 'aws/');
    expect(findingsIn(stack.node.root).filter((finding) => /::<.*\*|cannot be evaluated/.test(finding))).toEqual([]);
    const { reason } = NAG_FINDINGS_ON_GRANTS[1]!;
    expect(Object.values(acknowledgedIn(stack)).filter((rules) => JSON.stringify(rules).includes(reason))).toHaveLength(1);
  });

  test('or store failures, or process objects and write others', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const [clicks, images] = [handlerIn(stack, {}, 'Clicks'), handlerIn(stack, {}, 'Images')];
    new AsyncFunction(stack, 'Asynchronous', { handler: clicks, failureStore: new FailureBucket(stack, 'Failures') });
    const bucket = new s3.Bucket(stack, 'Versioned', { versioned: true });
    (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    new BucketFedFunction(stack, 'Thumbnails', { handler: images, bucket, prefix: 'large/', outputPrefix: 'small/' });
    expect(findingsIn(stack.node.root).filter((finding) => /Resource::|cannot be evaluated/.test(finding))).toEqual([]);
  });

  test('or what of a stream, a table or an asynchronous invocation could not be processed, likewise', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const failureStore = FailureStore.of(new s3.Bucket(stack, 'Mine'));
    const [clicks, changes, mails] = [handlerIn(stack, {}, 'Clicks'), handlerIn(stack, {}, 'Changes'), handlerIn(stack, {}, 'Mails')];
    new StreamFedFunction(stack, 'Stream', { handler: clicks, failureStore });
    new AsyncFunction(stack, 'Asynchronous', { handler: mails, failureStore: FailureStore.of(new s3.Bucket(stack, 'Others')) });
    new TableFedFunction(stack, 'Orders', { handler: changes, failureStore, table: tableIn(stack) });
    const ofPolicies = findingsIn(stack.node.root).filter((finding) => /Resource::|cannot be evaluated/.test(finding));
    expect(ofPolicies).toEqual([]);
  });

  test('or deliver records to a bucket, and read what could not be processed', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const inspect = handlerIn(stack);
    new BucketDelivery(stack, 'Clicks').addFailureConsumer('Inspection', new QueueFedFunction(stack, 'Inspection', { handler: inspect }));
    expect(findingsIn(stack.node.root).filter((finding) => /Resource::|cannot be evaluated/.test(finding))).toEqual([]);
  });

  test('or create schedules, in the group and nowhere else', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const [reminders, orders] = [handlerIn(stack, {}, 'Remind'), handlerIn(stack, {}, 'Orders')];
    new ScheduledMessages(stack, 'Reminders', { target: new QueueFedFunction(stack, 'Mail', { handler: reminders }) }).grantCreateSchedules(orders);
    const elsewhere = stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: 'default/*' });
    orders.addToRolePolicy(new iam.PolicyStatement({ actions: ['scheduler:CreateSchedule'], resources: [elsewhere] }));
    expect(findingsIn(stack.node.root).filter((finding) => finding.includes('Resource::'))).toEqual([expect.stringMatching(/Resource::arn:.*:schedule\/default\/\*$/)]);
  });

  test('or that tasks protect themselves, in their cluster and nowhere else', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const { taskDefinition: { taskRole } } = videosIn(stack);
    for (const action of ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection']) {
      const resources = [stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${action.slice(4, 7)}/*` })];
      taskRole.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [action], resources }));
    }
    expect(findingsIn(taskRole).filter((finding) => finding.includes('Resource::'))).toEqual([
      expect.stringMatching(/Resource::arn:.*:task\/Get\/\*$/), expect.stringMatching(/Resource::arn:.*:task\/Upd\/\*$/),
    ]);
  });

  test('is not looked for where failed events go to a queue', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const mails = handlerIn(stack, {}, 'Mails');
    new AsyncFunction(stack, 'Asynchronous', { handler: mails, deadLetterQueue: new sqs.Queue(stack, 'Failed', { retentionPeriod: Duration.days(14) }) });
    mails.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [new s3.Bucket(stack, 'Mine').arnForObjects('*')] }));
    expect(findingsIn(stack.node.root).filter((finding) => finding.includes('Resource::'))).toEqual([expect.stringMatching(/Resource::<Mine[0-9A-F]{8}\.Arn>\/\*$/)]);
  });

  test('has the permission for all resources left where another statement has it too', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack.node.root);
    const changes = handlerIn(stack);
    new TableFedFunction(stack, 'Orders', { handler: changes, table: tableIn(stack) });
    changes.addToRolePolicy(new iam.PolicyStatement({ actions: ['dynamodb:ListTables'], resources: ['*'] }));
    expect(findingsIn(changes.role!).filter((finding) => finding.includes('Resource::'))).toEqual([expect.stringMatching(/Resource::\*$/)]);
  });

  test('has its permission for all versions acknowledged', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    const claimant = handlerIn(stack, {}, 'Claimant');
    new ClaimCheckBucket(stack, 'Payloads', { bucket: new s3.Bucket(stack, 'Live', { versioned: true }) }).grantClaim(claimant);
    expect(findingsIn(claimant.role!).filter((finding) => finding.includes('Resource::'))).toEqual([]);
  });

  test('has what somebody else granted left, and so have other buckets', () => {
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    const { bucket } = new ClaimCheckBucket(stack, 'Payloads');
    const reader = handlerIn(stack, {}, 'Reader');
    reader.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:DeleteObject'], resources: [bucket.arnForObjects('*')] }));
    reader.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [new s3.Bucket(stack, 'Mine').arnForObjects('*')] }));
    expect(findingsIn(reader.role!).filter((finding) => finding.includes('Resource::'))).toEqual([
      expect.stringMatching(/Resource::<PayloadsBucket[0-9A-F]{8}\.Arn>\/\*$/), expect.stringMatching(/Resource::<Mine[0-9A-F]{8}\.Arn>\/\*$/),
    ]);
  });
});

describe('cdk-nag 3', () => {
  /** What is acknowledged by the CDK's own means. */
  const acknowledgedBy = (make: (stack: Stack) => void): string[] => {
    const acknowledged: string[] = [];
    const validations: cdkValidations.Validations = {
      of: ({ node }) => ({ acknowledge: ({ id, reason }) => acknowledged.push(`${node.path}: ${id} ${reason.length > 20}`) }),
    };
    const spy = jest.spyOn(cdkValidations, 'cdkValidations').mockReturnValue(validations);
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    make(stack);
    (stack.node.root as App).synth();
    spy.mockRestore();
    return acknowledged;
  };

  test('reads the acknowledgements of the CDK', () => {
    expect(acknowledgedBy((stack) => new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) }))).toEqual([
      'Stack/Orders/DeadLetterQueue/Resource: Serverless-SQSRedrivePolicy true', 'Stack/Orders/EventSource/Resource: Serverless-LambdaEventSourceMappingDestination true',
    ]);
  });

  test('has each finding of the rules for policies by itself', () => {
    expect(acknowledgedBy((stack) => new ApiLoggingAccount(stack, 'Logs'))).toEqual([
      'Stack/Logs/Role/Resource: AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs] true',
    ]);
  });

  test('refers to another stack by its export', () => {
    const found = acknowledgedBy((stack) => {
      const other = new Stack(stack.node.root as App, 'Other');
      new ClaimCheckBucket(other, 'Payloads').grantClaim(handlerIn(stack, {}, 'Claimant'));
    });
    expect(found).toEqual([expect.stringMatching(
      /^Stack\/RoleGrants\/StackClaimant\w+\/Resource: AwsSolutions-IAM5\[Resource::Other:ExportsOutputFnGetAttPayloadsBucket[0-9A-F]{8}Arn[0-9A-F]{8}\/\*\] true$/,
    )]);
  });

  test('is not served where the CDK has none', () => {
    const spy = jest.spyOn(cdkValidations, 'cdkValidations').mockReturnValue(undefined);
    const stack = newStack();
    NagAcknowledgements.addTo(stack);
    new QueueFedFunction(stack, 'Orders', { handler: handlerIn(stack) });
    expect(() => (stack.node.root as App).synth()).not.toThrow();
    spy.mockRestore();
  });
});

describe('the ids of findings', () => {
  const idsOf = (statement: object, rule = 'AwsSolutions-IAM5') => {
    const stack = newStack();
    return findingIds(new iam.CfnPolicy(stack, 'Policy', { policyName: 'x', policyDocument: { Statement: statement } }), rule);
  };

  test.each<[string, unknown, string]>([
    ['a text', 'arn:aws:s3:::x/*', 'arn:aws:s3:::x/*'],
    ['a text of Fn::Sub', 'arn:${AWS::Partition}:s3:::x/*', 'arn:<AWS::Partition>:s3:::x/*'],
    ['a reference', { 'Fn::Join': ['', [{ Ref: 'Bucket' }, '/*']] }, '<Bucket>/*'],
    ['an attribute', { 'Fn::Join': ['/', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '*']] }, '<Bucket.Arn>/*'],
    ['an import', { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'Stack:Bucket' }, '/*']] }, 'Stack:Bucket/*'],
    ['anything else', { 'Fn::Select': [0, ['*']] }, '{"Fn::Select":[0,["*"]]}'],
  ])('have %s as cdk-nag has it', (_, resource, text) => {
    expect(idsOf({ Effect: 'Allow', Action: 's3:GetObject', Resource: resource })).toEqual([`Resource::${text}`]);
  });

  test('are of statements that allow something, each once', () => {
    const statement = { Effect: 'Allow', Action: ['s3:Get*', 's3:PutObject'], Resource: ['*'] };
    expect(idsOf([statement, statement, { ...statement, Effect: 'Deny', Action: 's3:*' }])).toEqual(['Action::s3:Get*', 'Resource::*']);
    expect(idsOf({ Effect: 'Allow', NotAction: 's3:*', Resource: 'x' })).toEqual([]);
  });

  test('are of inline policies, too', () => {
    const role = new iam.CfnRole(newStack(), 'Role', {
      assumeRolePolicyDocument: {},
      policies: [{ policyName: 'x', policyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: 'x' }] } }],
      managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    });
    expect(findingIds(role, 'AwsSolutions-IAM5')).toEqual(['Action::s3:*']);
    expect(findingIds(role, 'AwsSolutions-IAM4')).toEqual(['Policy::arn:aws:iam::aws:policy/ReadOnlyAccess']);
  });
});

test.each([
  ['DeadLetterQueue/Resource', 'DeadLetterQueue/Resource', true],
  ['DeadLetterQueue/Resource', 'Orders/DeadLetterQueue/Resource', false],
  ['*/DeadLetterQueue/Resource', 'Orders/DeadLetterQueue/Resource', true],
  ['*/DeadLetterQueue/Resource', 'DeadLetterQueue/Resource', false],
  ['*/DeadLetterQueue/Resource', 'a/b/DeadLetterQueue/Resource', false],
  ['Api/DeploymentStage.*/Resource', 'Api/DeploymentStage.prod/Resource', true],
  ['Api/DeploymentStage.*/Resource', 'Api/DeploymentStagexprod/Resource', false],
  ['Api/Default/**/*/Resource', 'Api/Default/jobs/{id}/GET/Resource', true],
  ['Api/Default/**/*/Resource', 'Api/Default/GET/Resource', false],
])('where %s, %s is meant: %s', (where, path, meant) => {
  expect(isAt(where, path)).toBe(meant);
});

// cdk-nag demands ten characters, and encodes a reason with others than those of Latin-1.
test.each([...NAG_FINDINGS, ...NAG_FINDINGS_ON_GRANTS.map((entry) => ({ ...entry, rules: [entry.rule] }))])('$pattern $rules has a reason that cdk-nag takes as it is', ({ reason }) => {
  expect(reason).toMatch(/^[ -~]{20,}\.$/);
});
