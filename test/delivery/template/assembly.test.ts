import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnStack, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { TemplateInput } from '../../../src/delivery/template/app';
import { TemplateApp } from '../../../src/delivery/template/app';
import { isAssembly, readAssembly, readTemplates, UnreadableError } from '../../../src/delivery/template/assembly';

const newFolder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-'));

/** A folder with files of JSON, or of the text that is given. */
function folder(files: Readonly<Record<string, unknown>>): string {
  const directory = newFolder();
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return directory;
}

/** An app with a stack in a place that is known, another in a stage, and stacks that are nested twice. */
function synthesize(context: Record<string, unknown> = {}): string {
  const app = new App({ context });
  const shop = new Stack(app, 'Shop', { env: { account: '111122223333', region: 'eu-west-1' } });
  const orders = new NestedStack(shop, 'Orders');
  new Queue(new NestedStack(orders, 'Inner'), 'Queue');
  const prod = new Stack(new Stage(app, 'Prod'), 'Desk');
  new Queue(new NestedStack(prod, 'Orders'), 'Queue');
  return app.synth().directory;
}

const namesOf = (inputs: readonly TemplateInput[]) => inputs.map(({ stack }) => stack);

const queue = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };
const nesting = (...urls: readonly unknown[]) => ({
  Resources: Object.fromEntries(urls.map((url, index) => [`Nested${index}`, { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url } }])),
});
const stackArtifact = (template: string, different: object = {}) => ({ type: 'aws:cloudformation:stack', properties: { templateFile: template }, ...different });

describe('a cloud assembly', () => {
  // The toolkit has CDK write where assets are. A test does not.
  test.each([['as the toolkit has it written', { 'aws:cdk:enable-asset-metadata': true }], ['as a test has it written', {}]])('is read with stages and nested stacks, %s', (_, context) => {
    const directory = synthesize(context);
    const inputs = readAssembly(directory);

    expect(inputs.map(({ stack, account, region, nestedIn, file }) => ({ stack, account, region, nestedIn: nestedIn?.stack, file: path.relative(directory, file ?? '') }))).toEqual([
      { stack: 'Shop', account: '111122223333', region: 'eu-west-1', file: 'Shop.template.json' },
      { stack: expect.stringMatching(/^Shop-Orders\w+$/), nestedIn: 'Shop', file: expect.stringMatching(/Orders\w+\.nested\.template\.json$/) },
      { stack: expect.stringMatching(/^Shop-Orders\w+-Inner\w+$/), nestedIn: expect.stringMatching(/^Shop-Orders\w+$/), file: expect.stringMatching(/Inner\w+\.nested/) },
      { stack: 'Prod-Desk', account: undefined, region: undefined, file: expect.stringMatching(/^assembly-Prod\/ProdDesk\w+\.template\.json$/) },
      { stack: expect.stringMatching(/^Prod-Desk-Orders/), nestedIn: 'Prod-Desk', file: expect.stringMatching(/^assembly-Prod\/ProdDeskOrders\w+\.nested/) },
    ]);
    const app = new TemplateApp(inputs);
    expect(app.stacks.map(({ region }) => region)).toEqual(['eu-west-1', 'eu-west-1', 'eu-west-1', undefined, undefined]);
    expect(app.stacks.some(({ incomplete }) => incomplete)).toBe(false);
    expect(app.ofType('AWS::SQS::Queue')).toHaveLength(2);
  });

  test('finds by its files what nests what', () => {
    const directory = synthesize();
    const [shop, orders] = readAssembly(directory);
    expect(Object.keys((shop!.template as { Resources: object }).Resources)).toContain(orders!.nestedIn!.logicalId);
  });

  test('has stacks that are called alike go by their ids', () => {
    const app = new App();
    for (const region of ['eu-west-1', 'us-east-1']) {
      new Stack(app, `Shop-${region}`, { stackName: 'Shop', env: { region } });
    }
    expect(namesOf(readAssembly(app.synth().directory))).toEqual(['Shop-eu-west-1', 'Shop-us-east-1']);
  });

  test('does not read a nested template in a language that it does not know, and says that something is missing', () => {
    const app = new App();
    const stack = new Stack(app, 'Shop');
    const yaml = path.join(folder({ 'nested.yaml': 'Resources: {}' }), 'nested.yaml');
    new CfnStack(stack, 'Nested', { templateUrl: new Asset(stack, 'Template', { path: yaml }).httpUrl });
    const { directory } = app.synth();

    expect(namesOf(readAssembly(directory))).toEqual(['Shop']);
    expect(new TemplateApp(readAssembly(directory)).stacks[0]!.incomplete).toBe(true);
    expect(namesOf(readAssembly(directory, (text, file) => (file.endsWith('.yaml') ? queue : JSON.parse(text))))).toEqual(['Shop', 'Shop-Nested']);
  });

  test('without artifacts has no templates', () => {
    expect(readAssembly(folder({ 'manifest.json': { version: '36.0.0' } }))).toEqual([]);
  });

  test('that names itself is read once', () => {
    const directory = folder({
      'manifest.json': { artifacts: { Shop: stackArtifact('Shop.json'), Again: { type: 'cdk:cloud-assembly', properties: { directoryName: '.' } } } },
      'Shop.json': queue,
    });
    expect(namesOf(readAssembly(directory))).toEqual(['Shop']);
  });

  test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['no manifest', {}, /: it is no cloud assembly, because it has no manifest\.json$/],
    ['a manifest that is no JSON', { 'manifest.json': '{' }, /manifest\.json: .*JSON/],
    ['a manifest that lists nothing', { 'manifest.json': { artifacts: 'none' } }, /manifest\.json: it lists no artifacts$/],
    ['a template that is missing', { 'manifest.json': { artifacts: { Shop: stackArtifact('Shop.json') } } }, /Shop\.json: there is no such file$/],
    ['a template that is a folder', { 'manifest.json': { artifacts: { Shop: stackArtifact('Shop.json') } }, 'Shop.json/x': '' }, /Shop\.json: it is no file$/],
    ['a template that is no JSON', { 'manifest.json': { artifacts: { Shop: stackArtifact('Shop.json') } }, 'Shop.json': 'Resources:\n' }, /Shop\.json: .*JSON/],
    ['a template that is a list', { 'manifest.json': { artifacts: { Shop: stackArtifact('Shop.json') } }, 'Shop.json': [] }, /Shop\.json: it is no template$/],
    ['a template in YAML', { 'manifest.json': { artifacts: { Shop: stackArtifact('Shop.yaml') } }, 'Shop.yaml': 'Resources: {}' }, /Shop\.yaml: only JSON can be read here$/],
    ['a nested template that is no JSON', { 'manifest.json': { artifacts: { Shop: stackArtifact('Shop.json') } }, 'Shop.json': nesting('n.json'), 'n.json': '[' }, /n\.json: .*JSON/],
  ])('with %s cannot be read', (_, files, message) => {
    const directory = folder(files);
    expect(() => readAssembly(directory)).toThrow(UnreadableError);
    expect(() => readAssembly(directory)).toThrow(message);
    expect(() => readAssembly(directory)).toThrow(`cannot read ${directory}`);
  });

  test('of strange contents does not stop anything', () => {
    const artifacts = {
      None: null,
      Text: 'x',
      NoFile: stackArtifact(undefined as never),
      Assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
      Missing: { type: 'cdk:asset-manifest', properties: { file: 'missing.json' } },
      Nameless: { type: 'cdk:asset-manifest' },
      Nowhere: { type: 'cdk:cloud-assembly' },
      Shop: stackArtifact('Shop.json', { environment: 5 }),
    };
    const urls = [null, 5, {}, { 'Fn::Join': 'x' }, { 'Fn::Join': ['', []] }, { 'Fn::Join': ['', [{ Ref: 'Url' }]] }, '\0', 'x'.repeat(10_000), 'missing.json', 'https://example.com/n.json', '.'];
    const directory = folder({
      'manifest.json': { artifacts },
      'assets.json': { files: { a: null, b: { source: null, destinations: { c: null, d: { objectKey: 5 } } } } },
      'Shop.json': { Resources: { ...nesting(...urls).Resources, None: null, Text: 'x' } },
    });
    expect(readAssembly(directory).map(({ stack, region, account }) => ({ stack, region, account }))).toEqual([{ stack: 'Shop' }]);
  });
});

describe('templates', () => {
  test('go by the names of their files', () => {
    const directory = folder({ 'orders.template.json': queue, 'billing.json': queue, 'a/template.json': queue, 'b/template.json': queue, 'plain': queue });
    const files = ['orders.template.json', 'billing.json', 'a/template.json', 'b/template.json', 'plain'].map((name) => path.join(directory, name));
    expect(namesOf(readTemplates(files))).toEqual(['orders', 'billing', 'a-template', 'b-template', 'plain']);
    expect(readTemplates(files).map(({ file }) => file)).toEqual(files);
  });

  test('of one name in folders of one name are told apart', () => {
    const directory = folder({ 'x/a/template.json': queue, 'y/a/template.json': queue, 'z/a/template.json': queue });
    expect(namesOf(readTemplates(['x', 'y', 'z'].map((name) => path.join(directory, name, 'a/template.json'))))).toEqual(['a-template', 'a-template-2', 'a-template-3']);
  });

  test('have of their assembly what it says of them', () => {
    const directory = synthesize();
    const [shop, ...nested] = readTemplates([path.join(directory, 'Shop.template.json')]);
    expect(shop).toMatchObject({ stack: 'Shop', account: '111122223333', region: 'eu-west-1', file: path.join(directory, 'Shop.template.json') });
    expect(nested).toHaveLength(2);
  });

  test('that others nest are read where they are nested', () => {
    const directory = folder({ 'app.json': nesting('./n/one.json', 'n/one.json'), 'n/one.json': nesting('two.json'), 'n/two.json': queue, 'other.json': queue });
    const files = ['n/two.json', 'n/one.json', 'app.json', 'other.json'].map((name) => path.join(directory, name));
    expect(namesOf(readTemplates(files))).toEqual(['app', 'app-Nested0', 'app-Nested1', 'app-Nested0-Nested0', 'app-Nested1-Nested0', 'other']);
  });

  test('a nested stack takes no name of another', () => {
    const directory = folder({ 'app.json': nesting('one.json'), 'app-Nested0.json': queue, 'one.json': queue });
    expect(namesOf(readTemplates(['app.json', 'app-Nested0.json'].map((name) => path.join(directory, name))))).toEqual(['app', 'app-Nested0-2', 'app-Nested0']);
  });

  test('that nest each other are followed no further', () => {
    const directory = folder({ 'one.json': nesting('two.json'), 'two.json': nesting('one.json', 'three.json'), 'three.json': queue });
    const inputs = readTemplates([path.join(directory, 'one.json')]);
    expect(namesOf(inputs)).toEqual(['one', 'one-Nested0', 'one-Nested0-Nested1']);
    expect(new TemplateApp(inputs).stacks.map(({ incomplete }) => incomplete)).toEqual([false, true, false]);
  });

  test('are nested 20 deep, and no deeper', () => {
    const chain = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}.json`, nesting(`${index + 1}.json`)]));
    expect(readTemplates([path.join(folder({ ...chain, '30.json': queue }), '0.json')])).toHaveLength(1 + 20);
  });

  test('are nested 100 times, and no more often', () => {
    const urls = Array.from({ length: 110 }, () => 'nested.json');
    expect(readTemplates([path.join(folder({ 'app.json': nesting(...urls), 'nested.json': queue }), 'app.json')])).toHaveLength(1 + 100);
  });

  test('of more than 100 MiB are not read', () => {
    const file = path.join(folder({ 'a.json': '' }), 'a.json');
    fs.truncateSync(file, 100 * 1024 * 1024 + 1);
    expect(() => readTemplates([file])).toThrow('it is too large to be a template');
  });

  test('that nest others twice, and these others, do not become millions', () => {
    const deep = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}.json`, nesting(`${index + 1}.json`, `${index + 1}.json`)]));
    const inputs = readTemplates([path.join(folder({ ...deep, '40.json': queue }), '0.json')]);
    expect(inputs.length).toBeGreaterThan(500);
    expect(inputs.length).toBeLessThan(2_500);
  });

  test('with a byte order mark are read', () => {
    expect(readTemplates([path.join(folder({ 'a.json': `\uFEFF${JSON.stringify(queue)}` }), 'a.json')])[0]!.template).toEqual(queue);
  });

  test('beside the manifest of something else are read', () => {
    expect(namesOf(readTemplates([path.join(folder({ 'a.json': queue, 'manifest.json': '{ // of an extension' }), 'a.json')]))).toEqual(['a']);
  });
});

test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
  ['a whole assembly', { 'manifest.json': { artifacts: {} } }, true],
  ['a broken one', { 'manifest.json': '{', 'cdk.out': '{}' }, true],
  ['a folder', {}, false],
  ['a manifest of something else', { 'manifest.json': { name: 'App' } }, false],
  ['a folder that is called like a manifest', { 'manifest.json/x': '' }, false],
])('tells of %s whether it is an assembly', (_, files, expected) => {
  expect(isAssembly(folder(files))).toBe(expected);
});
