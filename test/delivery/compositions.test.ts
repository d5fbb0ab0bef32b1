import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Alarms } from '../../src';
import { checkTemplates } from '../../src/delivery/checks';
import { allForms } from '../patterns';
import type { Random } from '../rigs/random';
import { sequence } from '../rigs/random';
import type { CloudFormationTemplate } from '../rigs/synth';
import { makeFormIn, templateOf } from '../rigs/synth';

/** Forms that say themselves that something is off: own-apps.test.ts names them. */
const OFF = ['paused handler', 'every prop', 'alarms off'];
/** Forms that risk something, of which there is a warning. */
const RISKY = ['QueueFedService: standard'];
/** Forms of which a template does not say all: how long the handler may take, and which schedules there will be. */
const UNREAD = ['ScheduledFunction: overlapping runs of an imported handler', 'ScheduledMessages: default', 'ScheduledMessages: created at run time, in order'];
const FORMS = allForms().filter(({ pattern, form }) => !form.silent && !OFF.includes(form.name) && ![...RISKY, ...UNREAD].includes(`${pattern.name}: ${form.name}`));
const PATTERNS = [...new Set(FORMS.map(({ pattern }) => pattern.name))];
const COMPOSITIONS = PATTERNS.length;
const CHANGES_OF_EACH = 8;

/** A resource of a template that is changed. */
interface Changeable {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  Properties: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a template has any form
}

type Resources = Record<string, Changeable>;

/** Takes something away that keeps messages, at one resource; answers whether there was such a thing. */
type Fault = (resource: Changeable, resources: Resources, logicalId: string) => boolean;

function without(type: string, property: string): Fault {
  return ({ Type, Properties }) => {
    const there = Type === type && Properties?.[property] !== undefined;
    if (there) {
      delete Properties[property];
    }
    return there;
  };
}

function where(type: string, change: (properties: Record<string, any>) => boolean): Fault { // eslint-disable-line @typescript-eslint/no-explicit-any -- as above
  return ({ Type, Properties = {} }) => Type === type && change(Properties);
}

function inBucketDestination(change: (destination: Record<string, any>) => boolean): Fault { // eslint-disable-line @typescript-eslint/no-explicit-any -- as above
  return where('AWS::KinesisFirehose::DeliveryStream', ({ ExtendedS3DestinationConfiguration: destination }) => destination !== undefined && change(destination));
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'a queue without a redrive policy': without('AWS::SQS::Queue', 'RedrivePolicy'),
  // A worker on ECS states with each receive for how long the message is hidden.
  'a queue that shows messages again at once': (queue, resources, logicalId) => (
    !Object.values(resources).some(({ Type, Properties }) => Type === 'AWS::ECS::TaskDefinition' && JSON.stringify(Properties).includes(`"${logicalId}"`)) &&
    where('AWS::SQS::Queue', ({ RedrivePolicy, VisibilityTimeout }) => RedrivePolicy !== undefined && VisibilityTimeout > 1)(queue, resources, logicalId) &&
    Boolean(queue.Properties.VisibilityTimeout = 1)
  ),
  'dead letters that expire': where('AWS::SQS::Queue', (queue) => queue.MessageRetentionPeriod === 1209600 && Boolean(queue.MessageRetentionPeriod = 60)),
  'messages that are set aside at their first failure': where('AWS::SQS::Queue', (queue) => queue.RedrivePolicy !== undefined && Boolean(queue.RedrivePolicy.maxReceiveCount = 1)),
  'a subscription without dead letters': without('AWS::SNS::Subscription', 'RedrivePolicy'),
  'an event source that fails whole batches': where('AWS::Lambda::EventSourceMapping', (source) => source.BatchSize > 1 && delete source.FunctionResponseTypes),
  'an event source that drops what fails': without('AWS::Lambda::EventSourceMapping', 'DestinationConfig'),
  'an event source that never gives a record up': where('AWS::Lambda::EventSourceMapping', (source) => (
    source.MaximumRecordAgeInSeconds !== undefined && delete source.MaximumRecordAgeInSeconds && delete source.MaximumRetryAttempts
  )),
  'a function that may not read its stream': where('AWS::IAM::Policy', ({ PolicyDocument: document }) => {
    const statements = document.Statement as { Action: string | string[] }[];
    document.Statement = statements.filter(({ Action }) => !/(?:kinesis|dynamodb):GetRecords/.test(String(Action)));
    return document.Statement.length < statements.length;
  }),
  'a rule without dead letters': where('AWS::Events::Rule', (rule) => (rule.Targets ?? []).some((target: { DeadLetterConfig?: object }) => target.DeadLetterConfig !== undefined && delete target.DeadLetterConfig)),
  'a queue that nobody may send to': where('AWS::SQS::QueuePolicy', (policy) => {
    const statements = policy.PolicyDocument.Statement as { Effect: string; Principal?: { Service?: string } }[];
    policy.PolicyDocument.Statement = statements.filter(({ Effect }) => Effect !== 'Allow');
    return statements.some(({ Effect, Principal }) => Effect === 'Allow' && Principal?.Service !== undefined);
  }),
  'an alarm that tells nobody': without('AWS::CloudWatch::Alarm', 'AlarmActions'),
  'an alarm on a metric that is not there': where('AWS::CloudWatch::Alarm', (alarm) => alarm.MetricName !== undefined && alarm.Namespace === 'AWS/SQS' && Boolean(alarm.MetricName = 'Visible')),
  'an alarm of another dimension': where('AWS::CloudWatch::Alarm', ({ Dimensions, Namespace }) => (
    ['AWS/SQS', 'AWS/SNS'].includes(Namespace) && Dimensions?.length === 1 && Boolean(Dimensions[0].Name = 'Name')
  )),
  'dead letters that nobody looks at': ({ Type }, resources, logicalId) => {
    const watching = Object.entries(resources).filter(([, alarm]) => alarm.Type === 'AWS::CloudWatch::Alarm' && JSON.stringify(alarm.Properties).includes(`["${logicalId}","QueueName"]`));
    watching.forEach(([alarm]) => delete resources[alarm]);
    return Type === 'AWS::SQS::Queue' && watching.some(([, { Properties }]) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible');
  },
  'a delivery stream whose prefix needs one for errors': inBucketDestination((s3) => String(JSON.stringify(s3.Prefix)).includes('!{') && delete s3.ErrorOutputPrefix),
  'a delivery stream that partitions or converts in a small buffer': inBucketDestination((s3) => (
    (s3.DynamicPartitioningConfiguration?.Enabled === true || s3.DataFormatConversionConfiguration !== undefined)
      && Boolean(s3.BufferingHints = { IntervalInSeconds: 60, SizeInMBs: 5 })
  )),
  'a delivery stream whose prefix has a key that nothing computes': inBucketDestination((s3) => (
    typeof s3.Prefix === 'string' && Boolean(s3.Prefix += '!{partitionKeyFromQuery:nobody}/')
  )),
  'a retry of an error that nothing reports': where('AWS::StepFunctions::StateMachine', (machine) => {
    const definition = JSON.stringify(machine.DefinitionString ?? '');
    machine.DefinitionString = JSON.parse(definition.replaceAll('Lambda.SdkClientException', 'Lambda.SdkclientException')) as unknown;
    return definition.includes('Lambda.SdkClientException');
  }),
  'a shift that nothing stops': without('AWS::CodeDeploy::DeploymentGroup', 'AlarmConfiguration'),
  // One that goes with its stack can be made again.
  'a table that cannot be restored': (table, ...rest) => (
    table.DeletionPolicy !== 'Delete' && without('AWS::DynamoDB::Table', 'PointInTimeRecoverySpecification')(table, ...rest)
  ),
};

/** Some forms in one stack, with somebody to tell. */
function compose(seed: number, next: Random): { readonly names: string[]; readonly template: string } {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  Alarms.of(app).notify(new SnsAction(new Topic(stack, 'OnCall', { enforceSSL: true })));
  const names = Array.from({ length: 2 + next(3) }, (_, index) => {
    // The first goes through all patterns, so that none is left to luck.
    const forms = index === 0 ? FORMS.filter(({ pattern: { name } }) => name === PATTERNS[seed - 1]) : FORMS;
    const { name, pattern, form } = forms[next(forms.length)]!;
    const scope = new Construct(stack, `Part${index}`);
    makeFormIn(pattern, form, scope, scope);
    return name;
  });
  return { names, template: JSON.stringify(Template.fromStack(stack).toJSON()) };
}

function found(template: object): string[] {
  return checkTemplates([{ stack: 'Stack', template }]).map(({ id, severity, at: { logicalId } }) => `${severity} ${id} at ${logicalId}`);
}

describe.each(Array.from({ length: COMPOSITIONS }, (_, index) => index + 1))('composition %d', (seed) => {
  // Seeds that follow each other begin with nearly the same numbers.
  const next = sequence(seed * 2_654_435_769 % 2 ** 32);
  const { names, template } = compose(seed, next);
  const before = found(JSON.parse(template) as CloudFormationTemplate);

  test('loses nothing', () => {
    // What the forms are given, such as queues of their own, is no part of the patterns.
    expect({ names, found: before.filter((one) => !one.startsWith('note') && !/ at Part\dInputs/.test(one)) }).toEqual({ names, found: [] });
  });

  test('is found out as soon as something is taken away', () => {
    const faults = Object.entries(FAULTS);
    const missed: string[] = [];
    let made = 0;
    for (let tries = 0; made < CHANGES_OF_EACH && tries < 500; tries += 1) {
      const changed = JSON.parse(template) as { Resources: Resources };
      const logicalIds = Object.keys(changed.Resources);
      const logicalId = logicalIds[next(logicalIds.length)]!;
      const [what, fault] = faults[next(faults.length)]!;
      if (!logicalId.includes('Inputs') && fault(changed.Resources[logicalId]!, changed.Resources, logicalId)) {
        made += 1;
        missed.push(...found(changed).some((one) => !before.includes(one)) ? [] : [`${what}: ${logicalId} of ${names.join(', ')}`]);
      }
    }
    expect(made).toBeGreaterThan(0);
    expect(missed).toEqual([]);
  });
});

test('each fault is one that a composition can have', () => {
  const templates = FORMS.map(({ pattern, form }) => JSON.stringify(templateOf(pattern, form)));
  const never = Object.entries(FAULTS).filter(([, fault]) => !templates.map((template) => JSON.parse(template) as { Resources: Resources })
    .some(({ Resources }) => Object.entries(Resources).some(([logicalId, resource]) => fault(resource, Resources, logicalId))));
  expect(never.map(([what]) => what)).toEqual([]);
});
