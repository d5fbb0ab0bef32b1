import * as fs from 'node:fs';
import * as path from 'node:path';
import type { CfnResource } from 'aws-cdk-lib';
import { App, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeliveryChecks, DeliveryChecksPlugin, DeliverySeverity } from '../../src';

function newFunction(scope: Construct, id: string): lambda.Function {
  const code = lambda.Code.fromInline('exports.handler = async () => {};');
  return new lambda.Function(scope, id, { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code });
}

/** A queue without a dead-letter queue, and a function that it feeds. */
function addConsumer(scope: Construct, id = 'Orders'): lambda.Function {
  const handler = newFunction(scope, `${id}Handler`);
  handler.addEventSource(new SqsEventSource(new sqs.Queue(scope, id), { reportBatchItemFailures: true }));
  return handler;
}

const MISSING = 'deadLetterQueueMissing';
const idsOf = ({ findings }: DeliveryChecks) => [
  ...new Set(findings.filter(({ severity }) => severity === DeliverySeverity.ERROR).map(({ id }) => id)),
];

/** Adds what has findings of this severity, and none that are worse. */
const addWorst: Readonly<Record<DeliverySeverity, (scope: Construct) => void>> = {
  [DeliverySeverity.NOTE]: (scope) => { new sqs.CfnQueue(scope, 'Letters'); },
  [DeliverySeverity.WARNING]: (scope) => {
    const deadLetterQueue = { maxReceiveCount: 5, queue: new sqs.Queue(scope, 'Letters') };
    newFunction(scope, 'Handler').addEventSource(new SqsEventSource(new sqs.Queue(scope, 'Orders', { deadLetterQueue })));
  },
  [DeliverySeverity.ERROR]: (scope) => { addConsumer(scope); },
};

const { NOTE, WARNING, ERROR } = DeliverySeverity;
const SEVERITY_CASES: readonly [worst: DeliverySeverity, least: DeliverySeverity | undefined, fails: boolean][] = [
  [NOTE, undefined, false], [NOTE, NOTE, true], [WARNING, undefined, true], [WARNING, WARNING, true], [WARNING, ERROR, false], [ERROR, ERROR, true],
];

describe('of an app', () => {
  const app = new App();
  const stack = new Stack(app, 'Shop', { env: { account: '111122223333', region: 'eu-west-1' } });
  addConsumer(stack);
  const nested = new NestedStack(stack, 'Nested');
  addConsumer(nested, 'Letters');
  const other = new Stack(app, 'Other');
  newFunction(other, 'Nothing');
  const inStage = new Stack(new Stage(app, 'Prod'), 'Shop');
  addConsumer(inStage);

  test('all that is wrong is found', () => {
    expect(DeliveryChecks.of(app).findings.filter(({ id }) => id === MISSING).map((finding) => finding.path)).toEqual([
      'Shop/OrdersHandler/SqsEventSource:ShopOrdersA8B1F509',
      expect.stringMatching(/^Shop\/Nested\/LettersHandler\/SqsEventSource:/),
      expect.stringMatching(/^Prod\/Shop\/OrdersHandler\/SqsEventSource:/),
    ]);
  });

  test('a stack has what is nested in it, and nothing of others', () => {
    expect(DeliveryChecks.of(stack).findings.filter(({ id }) => id === MISSING)).toHaveLength(2);
    expect(idsOf(DeliveryChecks.of(nested))).toEqual([MISSING]);
    expect(idsOf(DeliveryChecks.of(inStage))).toEqual([MISSING]);
    expect(DeliveryChecks.of(Stage.of(inStage)!).findings).toEqual(DeliveryChecks.of(inStage).findings);
    expect(idsOf(DeliveryChecks.of(other))).toEqual([]);
  });

  test('a finding says what, why, and how to mend it', () => {
    expect(DeliveryChecks.of(stack.node.findChild('OrdersHandler')).findings.find(({ id }) => id === MISSING)).toEqual({
      id: MISSING,
      severity: DeliverySeverity.ERROR,
      stack: 'Shop',
      path: 'Shop/OrdersHandler/SqsEventSource:ShopOrdersA8B1F509',
      logicalId: 'OrdersHandlerSqsEventSourceShopOrdersA8B1F509B0A62685',
      message: 'queue \'Shop/Orders\' has no dead-letter queue, so a message that fails would circle until it expires',
      why: 'Without a dead-letter queue a message that cannot be processed is received again until it expires.',
      fix: 'set deadLetterQueue (RedrivePolicy) where the queue is made',
      docs: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html',
    });
  });

  test('the assertion lists them', () => {
    expect(() => DeliveryChecks.of(inStage).hasNoFindings(DeliverySeverity.ERROR)).toThrow(new RegExp([
      '^DeliveryChecks found one problem in Prod/Shop:\n',
      '  Prod/Shop/OrdersHandler/SqsEventSource:\\S+ \\(OrdersHandlerSqsEventSource\\S+\\)\n',
      '    error deadLetterQueueMissing: queue \'Prod/Shop/Orders\' has no dead-letter queue, .*\n',
      '      fix: set deadLetterQueue \\(RedrivePolicy\\) where the queue is made\n',
      '      why: Without a dead-letter queue .*\\. https://docs.aws.amazon.com/.*\n',
      'To accept one, call DeliveryChecks.acknowledge with its construct, its id and the reason$',
    ].join('')));
    expect(() => DeliveryChecks.of(stack).hasNoFindings(DeliverySeverity.ERROR)).toThrow(/^DeliveryChecks found 2 problems in Shop:/);
  });

  test('without any, the assertion passes', () => {
    expect(() => DeliveryChecks.of(other).hasNoFindings()).not.toThrow();
  });

  test.each(SEVERITY_CASES)('the assertion on what has a %s, for which %s is the least that counts, fails: %s', (worst, least, fails) => {
    const shop = new Stack(new App(), 'Shop');
    addWorst[worst](shop);
    const found = DeliveryChecks.of(shop);
    expect(found.findings.some(({ severity }) => severity === worst)).toBe(true);
    const assertion = () => found.hasNoFindings(least);
    fails ? expect(assertion).toThrow(/^DeliveryChecks found/) : expect(assertion).not.toThrow();
  });
});

test('a construct without an app cannot be checked', () => {
  const alone = new Construct(undefined as unknown as App, '');
  expect(() => DeliveryChecks.of(new Construct(alone, 'Alone'))).toThrow(
    'DeliveryChecks.of(Alone): the construct must be in an App or a Stage, because only these are synthesized: make the stack in an App',
  );
});

test('a template can be checked as it is asserted upon', () => {
  const stack = new Stack(new App(), 'Shop');
  addConsumer(stack);
  expect(() => DeliveryChecks.ofTemplate(Template.fromStack(stack)).hasNoFindings()).toThrow(/^DeliveryChecks found .* in the template:/);
});

describe('an acknowledgement', () => {
  const reason = 'The producer sends again what was not answered.';

  function shop(): { stack: Stack; handler: lambda.Function } {
    const stack = new Stack(new App(), 'Shop');
    return { stack, handler: addConsumer(stack) };
  }

  test('takes out the findings of its id, at the construct and below it', () => {
    const { stack, handler } = shop();
    DeliveryChecks.acknowledge(handler, { id: MISSING, reason });
    expect(idsOf(DeliveryChecks.of(stack))).toEqual([]);
    expect(DeliveryChecks.of(stack).findings.filter(({ id }) => id.startsWith('acknowledgement'))).toEqual([]);
  });

  test('is itself a finding if it matches nothing, once', () => {
    const { stack, handler } = shop();
    DeliveryChecks.acknowledge(handler, { id: 'deadLetterQueueType', reason });
    expect(DeliveryChecks.of(stack).findings.filter(({ id }) => id === 'acknowledgementStale').map(({ message }) => message))
      .toEqual(['\'Shop/OrdersHandler\' acknowledges \'deadLetterQueueType\', which is not found there any more']);
  });

  test('of no rule, or without a reason, is refused', () => {
    const { handler } = shop();
    expect(() => DeliveryChecks.acknowledge(handler, { id: 'nothing', reason: ' ' })).toThrow(
      'DeliveryChecks.acknowledge(Shop/OrdersHandler) is refused:\n' +
      '  - id is \'nothing\', which is not the id of a rule: take it from the finding\n' +
      '  - reason is empty: say why the finding does not matter here',
    );
  });

  test('in the metadata of a template says the same, and what is wrong with it is found', () => {
    const { stack, handler } = shop();
    const source = handler.node.findAll().find((construct): construct is CfnResource => construct instanceof lambda.CfnEventSourceMapping);
    source!.addMetadata('cdk-serverless-patterns', { acknowledge: [{ id: MISSING }, { id: 'nothing', reason }, 'rubbish'] });
    expect(DeliveryChecks.of(stack).findings.filter(({ id }) => id.startsWith('acknowledgement') || id === MISSING).map(({ id }) => id))
      .toEqual(['acknowledgementWithoutReason', 'acknowledgementUnknown']);
    expect(DeliveryChecks.of(stack).findings.find(({ id }) => id === 'acknowledgementUnknown')?.message)
      .toBe(`'${source!.node.path.replace(/\/Resource$/, '')}' acknowledges 'nothing', but there is no rule of this id`);
  });
});

describe('at synthesis', () => {
  const exitCode = process.exitCode;
  const printed: string[] = [];

  beforeEach(() => {
    printed.length = 0;
    for (const method of ['log', 'error'] as const) {
      jest.spyOn(console, method).mockImplementation((...texts: readonly unknown[]) => void printed.push(texts.join(' ')));
    }
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = exitCode;
  });

  /** Newer versions of the CDK throw the report, older ones print it and set the exit status. */
  function thrownBy(app: App): string {
    try {
      app.synth();
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  }

  test('findings fail it, and are reported with their fix', () => {
    const app = new App({ context: { '@aws-cdk/core:validationReportPrettyPrint': true } });
    DeliveryChecks.addTo(app);
    addConsumer(new Stack(app, 'Shop'));
    const thrown = thrownBy(app);
    expect(thrown !== '' || process.exitCode === 1).toBe(true);
    expect([...printed, thrown].join('\n')).toContain(MISSING);
    expect([...printed, thrown].join('\n')).toContain('set deadLetterQueue (RedrivePolicy) where the queue is made');
  });

  test.each(SEVERITY_CASES)('what has a %s, for which %s is the least that counts, fails: %s', (worst, failOn, fails) => {
    const app = new App();
    DeliveryChecks.addTo(app, failOn === undefined ? {} : { failOn });
    addWorst[worst](new Stack(app, 'Shop'));
    expect(thrownBy(app) !== '' || process.exitCode === 1).toBe(fails);
  });

  test('an app in which nothing is found passes', () => {
    const app = new App();
    DeliveryChecks.addTo(app);
    newFunction(new Stack(app, 'Shop'), 'Nothing');
    expect(thrownBy(app)).toBe('');
    expect(process.exitCode).toBe(exitCode);
  });
});

test('the plugin reads templates, and no assets', () => {
  const app = new App();
  const stack = new Stack(app, 'Shop');
  addConsumer(stack);
  new lambda.Function(stack, 'Asset', { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromAsset(__dirname) });
  const { stacks, directory } = app.synth();
  const assets = fs.readdirSync(directory).filter((name) => name.startsWith('asset.'));
  expect(assets.length).toBeGreaterThan(0);
  assets.forEach((name) => fs.rmSync(path.join(directory, name), { recursive: true }));
  expect(new DeliveryChecksPlugin().validate({ templatePaths: stacks.map(({ templateFullPath }) => templateFullPath) }).success).toBe(false);
});

test.each([
  ['as the template has it', true, 'Shop/OrdersHandler/SqsEventSource:ShopOrdersA8B1F509/Resource'],
  ['as far as it is known, if the template has none', false, 'Shop/OrdersHandler/SqsEventSource:ShopOrdersA8B1F509'],
])('the plugin tells the path of a construct %s', (_, hasPaths, expected) => {
  const app = new App({ context: { 'aws:cdk:enable-path-metadata': hasPaths } });
  addConsumer(new Stack(app, 'Shop'));
  const templatePaths = app.synth().stacks.map(({ templateFullPath }) => templateFullPath);
  const { violations } = new DeliveryChecksPlugin().validate({ templatePaths });
  expect(violations.find(({ ruleName }) => ruleName === MISSING)?.violatingResources).toMatchObject([{ constructPath: expected }]);
});

test('the plugin has a name, and the ids of all rules', () => {
  const plugin = new DeliveryChecksPlugin();
  expect(plugin.name).toBe('cdk-serverless-patterns');
  expect(plugin.ruleIds).toContain(MISSING);
});
