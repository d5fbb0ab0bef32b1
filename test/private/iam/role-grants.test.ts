import { readFileSync } from 'fs';
import type { Environment } from 'aws-cdk-lib';
import { App, Aspects, CfnOutput, CfnParameter, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RoleGrants } from '../../../src/private/iam/role-grants';
import { resourcesOf } from '../../messaging/fixtures';

const ENV = { account: '111122223333', region: 'eu-west-1' };
const POLICY = 'AWS::IAM::Policy';
const assumedBy = new iam.AccountRootPrincipal();

function newApp(): App {
  return new App({ treeMetadata: false, analyticsReporting: false });
}

/** A pattern with a queue, whose grant is what is looked at. */
class Pattern extends Construct {
  public readonly queue: sqs.IQueue;

  constructor(scope: Construct, id = 'Pattern', props: { queue?: sqs.IQueue; key?: kms.IKey } = {}) {
    super(scope, id);
    this.queue = props.queue ?? new sqs.Queue(this, 'Queue', { encryptionMasterKey: props.key! });
  }

  public grantSend(grantee: iam.IGrantable): iam.Grant {
    return this.queue.grantSendMessages(new RoleGrants(this).to(grantee));
  }
}

const policiesOf = (stack: Stack) => (
  Object.entries(resourcesOf(stack, POLICY)).map(([id, { Properties: { Roles, PolicyDocument } }]) => ({ id, Roles, PolicyDocument }))
);
const warningsOf = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data as string);

describe('a role of the same stack', () => {
  test('has the statement in its default policy', () => {
    const stack = new Stack(newApp(), 'Stack');
    expect(new Pattern(stack).grantSend(new iam.Role(stack, 'Role', { assumedBy })).success).toBe(true);
    expect(policiesOf(stack).map(({ id }) => id)).toEqual([expect.stringMatching(/^RoleDefaultPolicy/)]);
    expect(stack.node.tryFindChild('RoleGrants')).toBeUndefined();
  });

  test('has what is too large in managed policies, for which an event source can wait', () => {
    const stack = new Stack(newApp(), 'Stack');
    const role = new iam.Role(stack, 'Role', { assumedBy });
    const grants = Array.from({ length: 60 }, (_, number) => new Pattern(stack, `PatternWithALongName${number}`).grantSend(role));
    grants.at(-1)!.applyBefore(new sqs.Queue(stack, 'Waiting'));
    expect(Object.keys(resourcesOf(stack, 'AWS::IAM::ManagedPolicy')).length).toBeGreaterThan(0);
    const waiting = Object.entries(resourcesOf(stack, 'AWS::SQS::Queue')).find(([id]) => id.startsWith('Waiting'))![1];
    expect(waiting.DependsOn).toEqual([expect.stringMatching(/^RoleOverflowPolicy/)]);
  });

  test('that somebody else makes is in the report of customizeRoles', () => {
    const app = newApp();
    const stack = new Stack(app, 'Stack');
    iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Role': 'made-by-security' } });
    new Pattern(stack).grantSend(new iam.Role(stack, 'Role', { assumedBy }));
    expect(readFileSync(`${app.synth().directory}/iam-policy-report.txt`, 'utf8')).toContain('sqs:SendMessage');
    expect(policiesOf(stack)).toEqual([]);
  });
});

describe('an imported role', () => {
  const imported = (stack: Stack, id = 'Role') => iam.Role.fromRoleArn(stack, id, `arn:aws:iam::${ENV.account}:role/path/orders`);

  test('has one policy in the stack of the patterns, with one statement', () => {
    const stack = new Stack(newApp(), 'Stack', { env: ENV });
    const roles = [imported(stack), imported(stack, 'Again')];
    roles.forEach((role, index) => new Pattern(stack, `Pattern${index}`).grantSend(role));
    const [policy, ...others] = policiesOf(stack);
    expect(others).toEqual([]);
    expect(policy).toMatchObject({ id: expect.stringMatching(/^RoleGrantsorders/), Roles: ['orders'] });
    expect(policy!.PolicyDocument.Statement).toHaveLength(1);
    expect(policy!.PolicyDocument.Statement[0].Resource).toHaveLength(2);
  });

  test('is in the report of customizeRoles too', () => {
    const app = newApp();
    const stack = new Stack(app, 'Stack', { env: ENV });
    iam.Role.customizeRoles(stack);
    new Pattern(stack).grantSend(imported(stack));
    expect(readFileSync(`${app.synth().directory}/iam-policy-report.txt`, 'utf8')).toContain('sqs:SendMessage');
  });

  test('whose ARN is not known is named by its id', () => {
    const stack = new Stack(newApp(), 'Stack');
    new Pattern(stack).grantSend(iam.Role.fromRoleArn(stack, 'Their role', new CfnParameter(stack, 'Arn').valueAsString));
    expect(policiesOf(stack).map(({ id }) => id)).toEqual([expect.stringMatching(/^RoleGrantsTheirrole[0-9a-f]{8}/)]);
  });
});

describe('a role that may not be changed', () => {
  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['without policy updates', (stack) => new iam.Role(stack, 'Role', { assumedBy }).withoutPolicyUpdates()],
    ['imported as not mutable', (stack) => iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ENV.account}:role/orders`, { mutable: false })],
    ['of another account', (stack) => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::444455556666:role/orders')],
  ])('%s is left alone, and a warning says what it needs', (title, roleOf) => {
    const stack = new Stack(newApp(), 'Stack', { env: ENV });
    const role = roleOf(stack);
    new Pattern(stack).grantSend(role);
    expect(policiesOf(stack)).toEqual([]);
    expect(warningsOf(stack)).toEqual([
      `role '${role.node.path}' may not be changed here (it is without policy updates, imported as not mutable, or of another account), so somebody else must allow it: ` +
      'sqs:SendMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl on <ARN of \'Stack/Pattern/Queue\'> [ack: cdk-serverless-patterns:roleNotChanged]',
    ]);
    expect(title).toBeTruthy();
  });

  test('is shown the parts of an ARN that are known', () => {
    const stack = new Stack(newApp(), 'Stack', { env: ENV });
    const pattern = new Pattern(stack, 'Pattern', { queue: sqs.Queue.fromQueueArn(stack, 'Imported', 'arn:aws:sqs:eu-west-1:111122223333:live') });
    const role = iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ENV.account}:role/orders`, { mutable: false });
    pattern.grantSend(role);
    new RoleGrants(pattern).to(role).addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [stack.formatArn({ service: 's3', resource: 'x' })] }));
    expect(warningsOf(stack)).toEqual([
      expect.stringContaining('on arn:aws:sqs:eu-west-1:111122223333:live ['),
      expect.stringContaining('s3:GetObject on arn:<ARN>:s3:eu-west-1:111122223333:x ['),
    ]);
  });

  test('needs no warning where the resource names it', () => {
    const stack = new Stack(newApp(), 'Stack', { env: ENV });
    const role = iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ENV.account}:role/orders`, { mutable: false, addGrantsToResources: true });
    new Pattern(stack).grantSend(role);
    expect(warningsOf(stack)).toEqual([]);
    Template.fromStack(stack).hasResourceProperties('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: [Match.objectLike({ Principal: { AWS: role.roleArn } })] } });
  });
});

describe('a role of another stack', () => {
  function twoStacks(app = newApp()) {
    const [theirs, ours] = [new Stack(app, 'Theirs'), new Stack(app, 'Ours')];
    return { app, theirs, ours, role: new iam.Role(theirs, 'Role', { assumedBy }) };
  }

  test('has its policy there, as CDK does it', () => {
    const { app, theirs, ours, role } = twoStacks();
    const [one, two] = [new Pattern(ours, 'One'), new Pattern(ours, 'Two')];
    expect([one, two].map((pattern) => pattern.grantSend(role).success)).toEqual([true, true]);
    app.synth();
    expect(policiesOf(ours)).toEqual([]);
    expect(policiesOf(theirs)).toHaveLength(1);
    expect(policiesOf(theirs)[0]!.Roles).toEqual([{ Ref: expect.stringMatching(/^Role/) }]);
    expect(policiesOf(theirs)[0]!.PolicyDocument.Statement[0].Resource).toHaveLength(2);
    expect(theirs.dependencies).toEqual([ours]);
  });

  test.each<[string, (stacks: ReturnType<typeof twoStacks>) => void]>([
    ['by an output', ({ ours, role }) => new CfnOutput(ours, 'Output', { value: role.roleArn })],
    ['by a parameter', ({ ours, theirs }) => new CfnOutput(ours, 'Output', { value: new CfnParameter(theirs, 'Parameter').valueAsString })],
    ['by a resource', ({ ours, theirs }) => new sqs.CfnQueue(ours, 'Named', { queueName: new sqs.Queue(theirs, 'Theirs').queueName })],
    ['by a dependency of stacks', ({ ours, theirs }) => ours.addDependency(theirs)],
    ['by a dependency of constructs', ({ ours, role }) => new sqs.Queue(ours, 'Later').node.addDependency(role)],
    ['through a third stack', ({ app, ours, theirs }) => {
      const third = new Stack(app, 'Third');
      ours.addDependency(third);
      third.addDependency(theirs);
    }],
    ['by what an aspect makes', ({ ours, role }) => Aspects.of(ours).add({
      visit: (node) => {
        if (node === ours) {
          new CfnOutput(ours, 'Output', { value: role.roleArn });
        }
      },
    })],
  ])('that this one depends on %s has its policy in this one', (_title, depend) => {
    const stacks = twoStacks();
    const { app, theirs, ours, role } = stacks;
    new Pattern(ours).grantSend(role);
    depend(stacks);
    app.synth();
    expect(policiesOf(theirs)).toEqual([]);
    expect(policiesOf(ours)).toHaveLength(1);
    expect(theirs.dependencies).toEqual([]);
  });

  test('has its policy with the resource where neither it nor the pattern can depend on that', () => {
    const app = newApp();
    const [theirs, ours, resources] = [new Stack(app, 'Theirs'), new Stack(app, 'Ours'), new Stack(app, 'Resources')];
    const role = new iam.Role(theirs, 'Role', { assumedBy });
    new Pattern(ours, 'Pattern', { queue: new sqs.Queue(resources, 'Queue') }).grantSend(role);
    resources.addDependency(theirs);
    theirs.addDependency(ours);
    app.synth();
    expect(policiesOf(resources)).toHaveLength(1);
  });

  test('is granted to by two stacks that are granted to each other', () => {
    const { app, theirs, ours, role } = twoStacks();
    new Pattern(ours).grantSend(role);
    new Pattern(theirs).grantSend(new iam.Role(ours, 'Role', { assumedBy }));
    app.synth();
    expect([theirs.dependencies.length, ours.dependencies.length].sort()).toEqual([0, 1]);
  });

  test('is granted to again after the app was synthesized', () => {
    const { app, theirs, ours, role } = twoStacks();
    new Pattern(ours, 'One').grantSend(role);
    app.synth();
    new Pattern(ours, 'Two').grantSend(role);
    app.synth({ force: true });
    expect(policiesOf(theirs)[0]!.PolicyDocument.Statement[0].Resource).toHaveLength(2);
  });

  test('can be waited for', () => {
    const { ours, theirs, role } = twoStacks();
    new Pattern(ours).grantSend(role).applyBefore(new sqs.Queue(theirs, 'Waiting'));
    const [queue] = Object.values(resourcesOf(theirs, 'AWS::SQS::Queue'));
    expect(queue!.DependsOn).toEqual([expect.stringMatching(/^RoleGrants/)]);
  });

  test('is not blamed for a cycle that was there before', () => {
    const { app, ours, theirs, role } = twoStacks();
    new Pattern(ours).grantSend(role);
    new sqs.CfnQueue(ours, 'One', { queueName: new sqs.Queue(theirs, 'Q').queueName });
    new sqs.CfnQueue(theirs, 'Two', { queueName: new sqs.Queue(ours, 'Q').queueName });
    expect(() => app.synth()).toThrow(/cyclic reference/);
  });

  test('that somebody else makes is in the report of customizeRoles', () => {
    const app = newApp();
    const theirs = new Stack(app, 'Theirs');
    iam.Role.customizeRoles(theirs);
    new Pattern(new Stack(app, 'Ours')).grantSend(new iam.Role(theirs, 'Role', { assumedBy }));
    try {
      app.synth();
    } catch {
      // There is no name for the role, which is what the report is for.
    }
    expect(readFileSync(`${app.outdir}/iam-policy-report.txt`, 'utf8')).toContain('sqs:SendMessage');
  });

  test('is not named by the policy of a bare key', () => {
    const { app, theirs, ours, role } = twoStacks();
    const keys = new Stack(app, 'Keys');
    const bare = new kms.CfnKey(keys, 'Key', { keyPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }] } });
    new Pattern(ours, 'Pattern', { key: kms.Key.fromCfnKey(bare) }).grantSend(role);
    theirs.addDependency(keys);
    app.synth();
    expect(keys.dependencies).toEqual([]);
    Template.fromStack(keys).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { AWS: { 'Fn::Join': Match.anyValue() } }, Action: Match.arrayWith(['kms:Decrypt']) })]) },
    });
  });

  test('of another account is named by the resource, and has its policy with it', () => {
    const app = newApp();
    const [theirs, ours] = [new Stack(app, 'Theirs', { env: { ...ENV, account: '444455556666' } }), new Stack(app, 'Ours', { env: ENV })];
    const role = new iam.Role(theirs, 'Role', { assumedBy, roleName: 'sender' });
    const queue = new sqs.Queue(ours, 'Queue', { queueName: 'live' });
    new Pattern(ours, 'Pattern', { queue }).grantSend(role);
    expect(policiesOf(theirs)).toHaveLength(1);
    Template.fromStack(ours).hasResourceProperties('AWS::SQS::QueuePolicy', { PolicyDocument: { Statement: [Match.objectLike({ Principal: { AWS: Match.anyValue() } })] } });
  });

  test('of another region has its policy with it', () => {
    const app = newApp();
    const [theirs, ours] = [new Stack(app, 'Theirs', { env: { ...ENV, region: 'us-east-1' } }), new Stack(app, 'Ours', { env: ENV })];
    const queue = new sqs.Queue(ours, 'Queue', { queueName: 'live' });
    new Pattern(ours, 'Pattern', { queue }).grantSend(new iam.Role(theirs, 'Role', { assumedBy }));
    expect(policiesOf(theirs)[0]!.id).toMatch(/^RoleDefaultPolicy/);
  });

  test('of another stage is left to CDK', () => {
    const app = newApp();
    const ours = new Stack(new Stage(app, 'Ours', { env: ENV }), 'Stack');
    const role = new iam.Role(new Stack(new Stage(app, 'Theirs', { env: ENV }), 'Stack'), 'Role', { assumedBy });
    new Pattern(ours).grantSend(role);
    expect(() => app.synth()).toThrow(/stage/i);
  });

  test('works in a stage', () => {
    const app = newApp();
    const stage = new Stage(app, 'Prod', { env: ENV });
    const [theirs, ours] = [new Stack(stage, 'Theirs'), new Stack(stage, 'Ours')];
    ours.addDependency(theirs);
    new Pattern(ours).grantSend(new iam.Role(theirs, 'Role', { assumedBy }));
    expect(policiesOf(ours)).toHaveLength(1);
  });

  test.each<[string, string, (stack: Stack) => iam.IIdentity]>([
    ['user', 'Users', (stack) => new iam.User(stack, 'User')],
    ['group', 'Groups', (stack) => new iam.Group(stack, 'Group')],
  ])('may as well be a %s', (_title, property, identityOf) => {
    const { app, theirs, ours } = twoStacks();
    const identity = identityOf(theirs);
    ours.addDependency(theirs);
    new Pattern(ours).grantSend(identity);
    app.synth();
    expect(Object.values(resourcesOf(ours, POLICY)).map(({ Properties }) => Properties[property])).toEqual([[{ 'Fn::ImportValue': expect.any(String) }]]);
  });
});

describe('with nested stacks, the policy is in the innermost stack around both', () => {
  test.each<[string, (parent: Stack) => { role: Stack; pattern: Stack; expected: Stack }]>([
    ['the role in a nested one', (parent) => ({ role: new NestedStack(parent, 'Nested'), pattern: parent, expected: parent })],
    ['the pattern in a nested one', (parent) => ({ role: parent, pattern: new NestedStack(parent, 'Nested'), expected: parent })],
    ['each in a nested one', (parent) => ({ role: new NestedStack(parent, 'One'), pattern: new NestedStack(parent, 'Two'), expected: parent })],
    ['both deeper', (parent) => {
      const outer = new NestedStack(parent, 'Outer');
      return { role: new NestedStack(outer, 'One'), pattern: new NestedStack(outer, 'Two'), expected: outer };
    }],
  ])('%s', (_title, place) => {
    const parent = new Stack(newApp(), 'Parent');
    const { role, pattern, expected } = place(parent);
    new Pattern(pattern).grantSend(new iam.Role(role, 'Role', { assumedBy }));
    expect([...new Set([parent, role, pattern, expected])].filter((stack) => policiesOf(stack).length > 0)).toEqual([expected]);
  });

  test('of another stack, it is in the outermost', () => {
    const app = newApp();
    const [theirs, ours] = [new Stack(app, 'Theirs'), new Stack(app, 'Ours')];
    new Pattern(new NestedStack(ours, 'Nested')).grantSend(new iam.Role(new NestedStack(theirs, 'Nested'), 'Role', { assumedBy }));
    app.synth();
    expect([theirs, ours].map((stack) => policiesOf(stack).length)).toEqual([1, 0]);
  });
});

test('a service is granted to directly', () => {
  const stack = new Stack(newApp(), 'Stack');
  const service = new iam.ServicePrincipal('events.amazonaws.com');
  expect(new RoleGrants(new Pattern(stack)).to(service)).toBe(service);
});

describe('the quota of inline policies', () => {
  type Grantees = (app: App) => { ours: Stack; grantee: iam.IGrantable };

  /** What a user of the library would do with this many queues. */
  function appWith(queues: number, granteeIn: Grantees, props: (stack: Stack) => { key?: kms.IKey } = () => ({})): App {
    const app = newApp();
    const { ours, grantee } = granteeIn(app);
    const pattern = props(ours);
    Array.from({ length: queues }, (_, number) => new Pattern(ours, `Pattern${String(number).padStart(3, '0')}`, pattern).grantSend(grantee));
    return app;
  }

  const inAnotherStack = (make: (stack: Stack) => iam.IGrantable): Grantees => (app) => {
    const [theirs, ours] = [new Stack(app, 'Theirs', { env: ENV }), new Stack(app, 'Ours', { env: ENV })];
    ours.addDependency(theirs);
    return { ours, grantee: make(theirs) };
  };
  const imported = (env?: Environment): Grantees => (app) => {
    const ours = new Stack(app, 'Ours', { env: env! });
    return { ours, grantee: iam.Role.fromRoleName(ours, 'Role', 'orders') };
  };

  /** The size of the policies in the stack of the patterns, with the names that CloudFormation gives. */
  function sizeOf(app: App): number {
    const template = app.synth({ skipValidation: true }).getStackByName('Ours').template as { Resources: Record<string, { Type: string; Properties: any }> };
    const inRegion = (id: string) => (id.startsWith('Key') ? `kms:eu-west-1:111122223333:key/${'k'.repeat(36)}` : `sqs:eu-west-1:111122223333:Ours-${id}-AbCdEfGhIjKl`);
    return Object.values(template.Resources).filter(({ Type }) => Type === POLICY)
      .map(({ Properties }) => JSON.stringify(Properties.PolicyDocument).replace(/\{"Fn::GetAtt":\["([^"]*)","Arn"\]\}/g, (_, id: string) => `"arn:aws:${inRegion(id)}"`).length)
      .reduce((sum, size) => sum + size, 0);
  }

  test.each<[string, Grantees, number, number]>([
    ['role of another stack', inAnotherStack((stack) => new iam.Role(stack, 'Role', { assumedBy })), 10_240, 90],
    ['role that is imported', imported(ENV), 10_240, 90],
    ['role in a region that is not known', imported(), 10_240, 90],
    ['user of another stack', inAnotherStack((stack) => new iam.User(stack, 'User')), 2_048, 10],
    ['group of another stack', inAnotherStack((stack) => new iam.Group(stack, 'Group')), 5_120, 40],
  ])('of a %s is an error where it does not suffice, and only there', (_title, granteeIn, quota, some) => {
    const each = sizeOf(appWith(some + 1, granteeIn)) - sizeOf(appWith(some, granteeIn));
    const most = some + Math.floor((quota - sizeOf(appWith(some, granteeIn))) / each);
    expect(() => appWith(most, granteeIn).synth()).not.toThrow();
    expect(() => appWith(most + 1, granteeIn).synth()).toThrow(`have at least ${sizeOf(appWith(most + 1, granteeIn))} characters in 1 policies, but IAM takes ${quota} in all`);
    expect(most).toBeGreaterThan(some);
  });

  test('is not used up by 40 queues with a key each', () => {
    const app = newApp();
    const { ours, grantee } = inAnotherStack((stack) => new iam.Role(stack, 'Role', { assumedBy }))(app);
    Array.from({ length: 40 }, (_, number) => new Pattern(ours, `Pattern${number}`, { key: new kms.Key(ours, `Key${number}`) }).grantSend(grantee));
    expect(() => app.synth()).not.toThrow();
    expect(sizeOf(app)).toBeLessThan(10_240);
  });

  test('counts what is stated with the role, and other policies, and says what to do', () => {
    const document = (actions: number) => new iam.PolicyDocument({
      statements: [new iam.PolicyStatement({ actions: Array.from({ length: actions }, (_, number) => `s3:Get${number}`), resources: ['*'] })],
    });
    const app = newApp();
    const { ours, grantee } = inAnotherStack((stack) => new iam.Role(stack, 'Role', { assumedBy, inlinePolicies: { More: document(500) } }))(app);
    new iam.Policy(ours, 'Other', { document: document(500), roles: [grantee as iam.Role] });
    new Pattern(ours).grantSend(grantee);
    expect(() => app.synth()).toThrow(new RegExp([
      '\\[Theirs/Role\\] the inline policies of this role have at least [0-9]+ characters in 3 policies, but IAM takes 10240 in all: ',
      'grant to several roles, as those of a function for some of the queues each, or allow all of it by a managed policy and give the patterns a role that may not be changed$',
    ].join(''), 'm'));
  });

  test('does not count the policies of others', () => {
    const app = newApp();
    const [theirs, ours] = [new Stack(app, 'Theirs', { env: ENV }), new Stack(app, 'Ours', { env: ENV })];
    for (const id of ['One', 'Two']) {
      const roles = [new iam.Role(theirs, id, { assumedBy }), iam.Role.fromRoleName(ours, id, id)];
      roles.forEach((role) => Array.from({ length: 60 }, (_, number) => new Pattern(ours, `${id}${role.node.path.length}${number}`).grantSend(role)));
    }
    expect(() => app.synth()).not.toThrow();
  });
});
