import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import { folder, runCli } from './files';
import { wantsColors } from '../../cli/src/colors';
import type { Severity } from '../../src/delivery/rules/rule';
import { TemplateApp } from '../../src/delivery/template/app';

const checks = jest.requireActual<typeof import('../../src/delivery/checks')>('../../src/delivery/checks');

// What is found is what a template says is to be found: these tests are about the tool, not about the rules.
beforeEach(() => {
  jest.spyOn(checks, 'checkTemplates').mockImplementation((inputs) => new TemplateApp(inputs).ofType('Custom::Finding').map((at) => ({
    at,
    id: at.props.text('Id') ?? 'somethingWrong',
    severity: (at.props.text('Severity') ?? 'warning') as Severity,
    what: `'${at.path}' is wrong in ${at.stack.region ?? 'some region'}`,
    fix: 'set it right',
    why: 'Messages are lost.',
    source: 'https://docs.aws.amazon.com/page.html',
  })));
});

afterEach(() => { jest.restoreAllMocks(); });

const template = (...severities: readonly string[]) => ({
  Resources: {
    Clean: { Type: 'Custom::Clean' },
    ...Object.fromEntries(severities.map((severity, index) => [`Finding${index}`, { Type: 'Custom::Finding', Properties: { Severity: severity } }])),
  },
});

const found = async (...paths: readonly string[]) => {
  const { out } = await runCli(['check', '--format', 'json', ...paths]);
  return (JSON.parse(out) as { path: string }[]).map(({ path: at }) => at);
};

describe('the exit status', () => {
  test.each<[string, readonly string[], readonly string[], number]>([
    ['nothing is found', [], [], 0],
    ['an error is found', ['error'], [], 1],
    ['a warning is found', ['warning'], [], 1],
    ['a note is found', ['note'], [], 0],
    ['a note is found and notes fail', ['note'], ['--fail-on', 'note'], 1],
    ['a warning is found and errors fail', ['warning'], ['--fail-on', 'error'], 0],
    ['an error is found among notes and errors fail', ['note', 'error', 'note'], ['--fail-on=error'], 1],
  ])('where %s', async (_, severities, options, status) => {
    const directory = folder({ 'a.json': template(...severities) });
    expect(await runCli(['check', ...options, directory])).toMatchObject({ status, err: '' });
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no path', [], /^cdk-serverless-patterns-cli check: say what to check, such as cdk\.out \(--help lists the options\)\n$/],
    ['an unknown option', ['--fix', 'x'], /^cdk-serverless-patterns-cli check: .*'--fix'/],
    ['an unknown severity', ['--fail-on', 'fatal', 'x'], /--fail-on is error, warning or note, not 'fatal'/],
    ['an unknown format', ['--format', 'xml', 'x'], /--format is text, json, sarif, junit, not 'xml'/],
    ['a baseline to update and none named', ['--update-baseline', 'x'], /--update-baseline needs --baseline/],
  ])('with %s is 2', async (_, args, message) => {
    expect(await runCli(['check', ...args])).toEqual({ status: 2, out: '', err: expect.stringMatching(message) as string });
  });

  test.each<[string, Readonly<Record<string, unknown>>, string, RegExp]>([
    ['a path that is not there', {}, 'a.json', /a\.json: there is no such file or folder\n$/],
    ['a template that is no JSON', { 'a.json': '{' }, 'a.json', /a\.json: .*JSON/],
    ['a template that is no YAML', { 'a.yaml': 'Resources:\n  A: [' }, 'a.yaml', /a\.yaml: .* at line 2/],
    ['a template without resources', { 'a.yaml': 'name: x' }, 'a.yaml', /a\.yaml: it is no template, because it has no Resources\n$/],
    ['a text', { 'a.yaml': 'hello' }, 'a.yaml', /a\.yaml: it is no template/],
    ['nothing', { 'a.yaml': '' }, 'a.yaml', /a\.yaml: it is no template/],
    ['a list', { 'a.json': [] }, 'a.json', /a\.json: it is no template/],
    ['a folder without templates', { 'package.json': { name: 'x' }, 'README.md': 'x' }, '.', /: there is no template in it, and no cloud assembly\n$/],
    ['a folder with a broken template', { 'a.yaml': 'Resources:\n  A:\n    Type: AWS::SQS::Queue\n   B' }, '.', /a\.yaml: /],
    ['a broken assembly', { 'manifest.json': '{', 'cdk.out': '{}' }, '.', /manifest\.json: .*JSON/],
  ])('of %s is 2', async (_, files, name, message) => {
    const { status, out, err } = await runCli(['check', path.join(folder(files), name)]);
    expect({ status, out, lines: err.split('\n').length }).toEqual({ status: 2, out: '', lines: 2 });
    expect(err).toMatch(/^cdk-serverless-patterns-cli check: cannot read \//);
    expect(err).toMatch(message);
  });
});

describe('what is checked', () => {
  test('a cloud assembly, with what it says of its stacks', async () => {
    const app = new App({ context: { 'aws:cdk:enable-path-metadata': true } });
    const stack = new Stack(app, 'Shop', { env: { region: 'eu-west-1' } });
    new CfnResource(new NestedStack(stack, 'Orders'), 'Finding', { type: 'Custom::Finding' });
    const { out } = await runCli(['check', '--format', 'json', app.synth().directory]);
    expect(JSON.parse(out)).toEqual([{
      id: 'somethingWrong',
      severity: 'warning',
      stack: expect.stringMatching(/^Shop-Orders/) as string,
      path: 'Shop/Orders/Finding',
      logicalId: 'Finding',
      message: "'Shop/Orders/Finding' is wrong in eu-west-1",
      fix: 'set it right',
      docs: 'https://docs.aws.amazon.com/page.html',
    }]);
  });

  test.each([
    ['in JSON', 'a.json', JSON.stringify(template('error'))],
    ['in YAML', 'a.yaml', 'Resources:\n  Finding0: { Type: Custom::Finding }\n'],
    ['in YAML with the other ending', 'a.yml', 'Resources:\n  Finding0: { Type: Custom::Finding }\n'],
    ['in YAML with the ending of templates', 'a.template', 'Resources:\n  Finding0: { Type: Custom::Finding }\n'],
    ['in JSON with the ending of templates', 'a.template', JSON.stringify(template('error'))],
    ['in JSON with the ending of YAML', 'a.yaml', JSON.stringify(template('error'))],
  ])('a template %s', async (_, name, text) => {
    const directory = folder({ [name]: text });
    expect(await found(path.join(directory, name))).toEqual(['a/Finding0']);
    expect(await found(directory)).toEqual(['a/Finding0']);
  });

  test('a template of SAM', async () => {
    const sam = { ...template('error'), Transform: 'AWS::Serverless-2016-10-31' };
    expect(await found(path.join(folder({ 'a.json': sam }), 'a.json'))).toEqual(['a/Finding0']);
  });

  test('all templates in a folder and its folders, and nothing else there', async () => {
    const directory = folder({
      'b.json': template('error'),
      'a/a.yaml': 'Resources:\n  Finding0: { Type: Custom::Finding }\n',
      'package.json': { name: 'x', Resources: 'AWS::' },
      'deployment.yaml': 'apiVersion: v1\nkind: Deployment\nresources: {}\n',
      'two.yaml': 'a: 1\n---\nb: 2\n',
      'broken.json': '{ "name": ',
      'Resources.md': 'Resources: AWS::',
      'node_modules/x/a.json': template('error'),
      '.git/a.json': template('error'),
    });
    expect(await found(directory)).toEqual(['b/Finding0', 'a/Finding0']);
  });

  test('the assemblies in a folder, without their assets', async () => {
    const manifest = { artifacts: { Shop: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Shop.template.json' } } } };
    const directory = folder({
      'cdk.out/manifest.json': manifest, 'cdk.out/Shop.template.json': template('error'), 'cdk.out/asset.1/a.json': template('error'), 'b.json': template('error'),
    });
    expect(await found(directory)).toEqual(['Shop/Finding0', 'b/Finding0']);
  });

  test('several paths; files that are named are one app', async () => {
    const directory = folder({
      'a.json': { Resources: { Finding: { Type: 'Custom::Finding', Properties: { Id: { 'Fn::ImportValue': 'Id' } } } } },
      'b.json': { Resources: {}, Outputs: { Id: { Value: 'idOfTheOther', Export: { Name: 'Id' } } } },
      'c/c.json': template('error'),
    });
    const { out } = await runCli(['check', '--format=json', ...['a.json', 'b.json', 'c'].map((name) => path.join(directory, name))]);
    expect((JSON.parse(out) as { id: string; path: string }[]).map(({ id, path: at }) => `${id} ${at}`)).toEqual(['somethingWrong c/Finding0', 'idOfTheOther a/Finding']);
  });

  test('templates that are nested by a path', async () => {
    const nesting = { Resources: { Nested: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: './nested.yaml' } } } };
    const directory = folder({ 'a.json': nesting, 'nested.yaml': 'Resources:\n  Finding0: { Type: Custom::Finding }\n' });
    expect(await found(path.join(directory, 'a.json'))).toEqual(['a-Nested/Finding0']);
    expect(await found(directory)).toEqual(['a-Nested/Finding0']);
  });
});

describe('the baseline', () => {
  const baselineIn = async (directory: string) => {
    const baseline = path.join(directory, 'baseline.list');
    expect(await runCli(['check', '--baseline', baseline, '--update-baseline', directory])).toMatchObject({ status: 0, err: '' });
    return baseline;
  };

  test('lists what is found, in an order of its own', async () => {
    const directory = folder({ 'b.json': template('note', 'error'), 'a.json': template('warning') });
    const baseline = await baselineIn(directory);
    const written = fs.readFileSync(baseline, 'utf8');
    expect(written.endsWith(']\n')).toBe(true);
    expect(JSON.parse(written)).toEqual([
      { id: 'somethingWrong', path: 'a/Finding0', stack: 'a' },
      { id: 'somethingWrong', path: 'b/Finding0', stack: 'b' },
      { id: 'somethingWrong', path: 'b/Finding1', stack: 'b' },
    ]);
  });

  test('has what it lists ignored, and nothing else', async () => {
    const directory = folder({ 'a.json': template('error') });
    const baseline = await baselineIn(directory);
    expect(await runCli(['check', '--baseline', baseline, directory])).toEqual({
      status: 0, err: '', out: `1 finding in the baseline ${baseline} not shown\n0 findings in 1 stack\n`,
    });

    fs.writeFileSync(path.join(directory, 'a.json'), JSON.stringify(template('error', 'error')));
    const { status, out } = await runCli(['check', '--baseline', baseline, '--format', 'json', directory]);
    expect(status).toBe(1);
    expect((JSON.parse(out) as { logicalId: string }[]).map(({ logicalId }) => logicalId)).toEqual(['Finding1']);
  });

  test('is said to be stale where it lists what is found no more', async () => {
    const directory = folder({ 'a.json': template('error', 'error', 'error') });
    const baseline = await baselineIn(directory);
    fs.writeFileSync(path.join(directory, 'a.json'), JSON.stringify(template('error')));
    const { status, out } = await runCli(['check', '--baseline', baseline, directory]);
    expect(status).toBe(0);
    expect(out).toContain(`2 entries of the baseline ${baseline} found no more: --update-baseline removes what is stale\n`);
    await baselineIn(directory);
    expect((await runCli(['check', '--baseline', baseline, directory])).out).not.toContain('stale');
  });

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '[', /JSON/],
    ['no list', {}, /it is no baseline/],
    ['a list of something else', [{ id: 'x' }], /it is no baseline, which is a list of \{ "id", "path", "stack" \}/],
  ])('that is %s is not read', async (_, content, message) => {
    const directory = folder({ 'a.json': template(), 'baseline.list': content });
    const { status, err } = await runCli(['check', '--baseline', path.join(directory, 'baseline.list'), directory]);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  test('that is not there is not read', async () => {
    const directory = folder({ 'a.json': template() });
    const { status, err } = await runCli(['check', '--baseline', path.join(directory, 'none'), directory]);
    expect({ status, err }).toEqual({ status: 2, err: `cdk-serverless-patterns-cli check: cannot read ${path.join(directory, 'none')}: there is no such file\n` });
  });

  test('that cannot be written is told', async () => {
    const directory = folder({ 'a.json': template() });
    const { status, err } = await runCli(['check', '--baseline', path.join(directory, 'no', 'folder'), '--update-baseline', directory]);
    expect(status).toBe(2);
    expect(err).toMatch(/cannot write .*folder: ENOENT/);
  });
});

describe('the output', () => {
  test('goes into a file, and the sum is told', async () => {
    const directory = folder({ 'a.json': template('error') });
    const report = path.join(directory, 'report.sarif');
    expect(await runCli(['check', '--format', 'sarif', '--output', report, directory], true))
      .toEqual({ status: 1, err: '', out: '1 finding in 1 stack: 1 error, 0 warnings, 0 notes\n' });
    expect(JSON.parse(fs.readFileSync(report, 'utf8'))).toMatchObject({ version: '2.1.0' });
  });

  test('into a file has no colors', async () => {
    const directory = folder({ 'a.json': template('error') });
    await runCli(['check', '--output', path.join(directory, 'report.txt'), directory], true);
    expect(fs.readFileSync(path.join(directory, 'report.txt'), 'utf8')).not.toContain('\u001B');
  });

  test('has colors where they are seen', async () => {
    const directory = folder({ 'a.json': template('error') });
    expect((await runCli(['check', directory], true)).out).toContain('\u001B[31merror');
    expect((await runCli(['check', directory], false)).out).not.toContain('\u001B');
  });

  test.each<[NodeJS.ProcessEnv, boolean]>([
    [{}, true],
    [{ TERM: 'xterm' }, true],
    [{ TERM: 'dumb' }, false],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
  ])('is colored for %j: %s', (env, expected) => {
    expect(wantsColors(true, env)).toBe(expected);
    expect(wantsColors(false, env)).toBe(false);
  });

  test('into a file that cannot be written is told', async () => {
    const directory = folder({ 'a.json': template('error') });
    const { status, err } = await runCli(['check', '--output', directory, directory]);
    expect(status).toBe(2);
    expect(err).toMatch(/^cdk-serverless-patterns-cli check: cannot write .*EISDIR/);
  });
});

describe('the tool', () => {
  test.each([['--help'], ['-h']])('lists its commands on %s', async (option) => {
    const { status, out } = await runCli([option]);
    expect(status).toBe(0);
    expect(out).toMatch(/^Usage: cdk-serverless-patterns-cli <command>[^]*\n {2}check {4}\w/);
  });

  test('says its version', async () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(__dirname, '../../cli/package.json'), 'utf8')) as { version: string };
    expect(await runCli(['--version'])).toEqual({ status: 0, out: `${version}\n`, err: '' });
  });

  test('lists its commands where none is named', async () => {
    expect(await runCli([])).toMatchObject({ status: 2, out: '', err: expect.stringMatching(/^Usage: /) as string });
  });

  test('knows no other command', async () => {
    expect(await runCli(['lint'])).toEqual({ status: 2, out: '', err: "cdk-serverless-patterns-cli: there is no command 'lint' (--help lists the commands)\n" });
  });

  test('says what check does', async () => {
    const { status, out } = await runCli(['check', '--help']);
    expect(status).toBe(0);
    for (const option of ['--fail-on', '--format', '--output', '--baseline', '--update-baseline']) {
      expect(out).toContain(`\n  ${option}`);
    }
  });
});
