/** Judges templates with the validator that newer versions of the CDK run at every synthesis. */
import type { Engine } from '@aws/cloudformation-validate';
import type { Validated } from './cloudformation-validate';
import { newEngine, validate, validateForms } from './cloudformation-validate';
import { FINDINGS } from '../acknowledged-findings';
import { allForms } from '../patterns';
import { stale, unacknowledged } from '../rigs/findings';
import type { CloudFormationResource } from '../rigs/synth';

let engine: Engine;
let validated: Validated;
beforeAll(() => {
  engine = newEngine();
  validated = validateForms(engine);
}, 120_000);
afterAll(() => engine.free());

test('every resource of every form is looked at', () => {
  expect(validated.scanned).toHaveLength(allForms().length);
  expect(validated.scanned.filter(({ resources, ofTemplate }) => resources === 0 || resources !== ofTemplate)).toEqual([]);
});

test('nothing is found that is not acknowledged', () => {
  expect(unacknowledged(validated.findings, FINDINGS)).toEqual([]);
});

test('all that is acknowledged is still found', () => {
  expect(stale(validated.findings, FINDINGS, 'cloudformation-validate')).toEqual([]);
});

describe('a fault is reported', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30, SqsManagedSseEnabled: true } };
  const rulesFor = (...resources: CloudFormationResource[]) => {
    const Resources = Object.fromEntries(resources.map((resource, index) => [`Resource${index}`, resource]));
    return validate(engine, { Resources }).diagnostics.map(({ ruleId }) => ruleId);
  };

  test('but not where there is none', () => {
    expect(rulesFor(queue)).toEqual([]);
  });

  test.each([
    ['a property that is not there', { VisibilityTimout: 30 }],
    ['a value of another type', { VisibilityTimeout: 'half a minute' }],
    ['a number out of bounds', { MessageRetentionPeriod: 1_209_601 }],
    ['a reference to nothing', { KmsMasterKeyId: { Ref: 'Key' } }],
    [
      'an attribute that the resource does not have',
      { RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Resource1', 'QueueArn'] }, maxReceiveCount: 3 } },
    ],
  ])('such as %s', (_, fault) => {
    expect(rulesFor({ ...queue, Properties: { ...queue.Properties, ...fault } }, queue)).not.toEqual([]);
  });

  test('and not acknowledged by an entry for another place', () => {
    const [entry] = FINDINGS.filter(({ tool }) => tool === 'cloudformation-validate');
    const { rule = '', pattern = '' } = entry ?? {};
    const finding = { tool: 'cloudformation-validate', rule, pattern, form: 'default', where: 'Other/Resource', text: '' } as const;
    expect(unacknowledged([finding], FINDINGS)).toEqual([finding]);
  });
});
