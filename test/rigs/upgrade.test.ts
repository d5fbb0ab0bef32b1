import { compareTemplates } from './compare-templates';
import { compareReleases, currentTemplates, recordedVersions, staleBreaks, templatesOfRelease, unacknowledgedBreaks } from './releases';
import type { CloudFormationTemplate } from './synth';
import { BREAKS } from '../acknowledged-findings';

describe('since the last recorded release', () => {
  // `npm run upgrade` prints the same, with what is compatible too.
  const comparisons = compareReleases(templatesOfRelease(recordedVersions().at(-1) ?? ''), currentTemplates());

  test('nothing breaking came that is not acknowledged', () => {
    expect(unacknowledgedBreaks(comparisons, BREAKS)).toEqual([]);
  });

  test('all that is acknowledged came', () => {
    expect(staleBreaks(comparisons, BREAKS)).toEqual([]);
  });
});

describe('a comparison', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 180, SqsManagedSseEnabled: true }, UpdateReplacePolicy: 'Retain' };
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 0, AlarmDescription: 'Messages wait.' } };
  const policy = { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Statement: [{ Action: 'sqs:ReceiveMessage' }, { Action: 'kms:Decrypt' }] } } };
  const released: CloudFormationTemplate = { Resources: { Queue1: queue, Alarm1: alarm, Policy1: policy } };
  const compared = (resources: CloudFormationTemplate['Resources']) => compareTemplates(released, { Resources: { ...released.Resources, ...resources } });

  test('of a template with itself finds nothing', () => {
    expect(compareTemplates(released, released)).toEqual([]);
  });

  test.each([
    ['a changed id', { Resources: { Queue2: queue, Alarm1: alarm, Policy1: policy } }, 'Queue1 (AWS::SQS::Queue) is gone, or has another logical id'],
    ['an alarm that is gone', { Resources: { Queue1: queue, Policy1: policy } }, 'Alarm1 (AWS::CloudWatch::Alarm) is gone, or has another logical id'],
  ])('finds %s breaking', (_what, current: CloudFormationTemplate, text) => {
    expect(compareTemplates(released, current)).toContainEqual({ breaking: true, text });
  });

  test.each([
    ['another type', { Queue1: { ...queue, Type: 'AWS::SNS::Topic' } }, 'Queue1 (AWS::SQS::Queue) is an AWS::SNS::Topic now'],
    ['a changed default', { Queue1: { ...queue, Properties: { ...queue.Properties, VisibilityTimeout: 181 } } }, 'Queue1 (AWS::SQS::Queue) Properties VisibilityTimeout was 180, is 181'],
    ['a default that is gone', { Queue1: { ...queue, Properties: { VisibilityTimeout: 180 } } }, 'Queue1 (AWS::SQS::Queue) Properties SqsManagedSseEnabled was true, is not stated'],
    [
      'a default that AWS gave before',
      { Queue1: { ...queue, Properties: { ...queue.Properties, DelaySeconds: 3 } } },
      'Queue1 (AWS::SQS::Queue) Properties DelaySeconds was not stated, is 3',
    ],
    ['a policy on replacement that is gone', { Queue1: { ...queue, UpdateReplacePolicy: undefined } }, 'Queue1 (AWS::SQS::Queue) UpdateReplacePolicy was "Retain", is not stated'],
    ['an alarm\'s changed threshold', { Alarm1: { ...alarm, Properties: { ...alarm.Properties, Threshold: 1 } } }, 'Alarm1 (AWS::CloudWatch::Alarm) Properties Threshold was 0, is 1'],
    [
      'a permission that is gone',
      { Policy1: { ...policy, Properties: { PolicyDocument: { Statement: [{ Action: 'sqs:ReceiveMessage' }] } } } },
      'Policy1 (AWS::IAM::Policy) Properties PolicyDocument Statement has lost {"Action":"kms:Decrypt"}',
    ],
    [
      'a changed permission',
      { Policy1: { ...policy, Properties: { PolicyDocument: { Statement: [{ Action: 'sqs:ReceiveMessage' }, { Action: 'kms:Encrypt' }] } } } },
      'Policy1 (AWS::IAM::Policy) Properties PolicyDocument Statement[1] Action was "kms:Decrypt", is "kms:Encrypt"',
    ],
  ])('finds %s breaking', (_what, resources, text) => {
    expect(compared(resources as unknown as CloudFormationTemplate['Resources'])).toEqual([{ breaking: true, text }]);
  });

  test.each([
    ['a new resource', { Alarm2: alarm }, 'Alarm2 (AWS::CloudWatch::Alarm) is new'],
    [
      'a further permission',
      { Policy1: { ...policy, Properties: { PolicyDocument: { Statement: [...policy.Properties.PolicyDocument.Statement, { Action: 'kms:Encrypt' }] } } } },
      'Policy1 (AWS::IAM::Policy) Properties PolicyDocument Statement has also {"Action":"kms:Encrypt"}',
    ],
    [
      'a reworded text',
      { Alarm1: { ...alarm, Properties: { ...alarm.Properties, AlarmDescription: 'Look.' } } },
      'Alarm1 (AWS::CloudWatch::Alarm) Properties AlarmDescription was "Messages wait.", is "Look."',
    ],
  ])('finds %s compatible', (_what, resources, text) => {
    expect(compared(resources)).toEqual([{ breaking: false, text }]);
  });

  test('finds a form that is gone breaking, and a new one compatible', () => {
    const comparisons = compareReleases({ 'A.default': released }, { 'B.default': released });
    expect(comparisons).toEqual([
      { form: 'A.default', changes: [{ breaking: true, text: 'is gone' }] },
      { form: 'B.default', changes: [{ breaking: false, text: 'is new' }] },
    ]);
    expect(unacknowledgedBreaks(comparisons, [])).toEqual(['A.default: is gone']);
    expect(unacknowledgedBreaks(comparisons, [{ change: 'A.default: is gone', reason: 'replaced by B' }])).toEqual([]);
    expect(staleBreaks(comparisons, [{ change: 'C.default: is gone', reason: 'replaced by D' }])).toEqual(['C.default: is gone']);
  });
});
