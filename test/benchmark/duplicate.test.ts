import { duplicate } from '../../benchmark/projection/duplicate';

/** A project with one pattern, and what is shared. */
const PROJECT = new Map([
  ['src/index.ts', "export * from './alarms/alarms';\nexport * from './shops/open-shop';\n"],
  ['src/alarms/alarms.ts', 'export class Alarms {}\n'],
  ['src/private/counter.ts', "import type { OpenShop } from '../shops/open-shop';\n\nexport function count(shop: OpenShop) { return shop; }\nexport const HINT = 'open it as with OpenShop';\n"],
  ['src/shops/open-shop.ts', [
    "import { Alarms } from '../alarms/alarms';",
    '/** What an {@link OpenShop} is given. */',
    'export interface OpenShopProps { readonly opening?: Opening }',
    'export interface Opening { readonly hour: number }',
    'export class OpenShop {',
    "  public static readonly PROPERTY_INJECTION_ID = 'cdk-serverless-patterns.OpenShop';",
    "  public readonly dimension = 'shop:Opening';",
    '  constructor(props: OpenShopProps) { new Alarms(); throw new Error(`OpenShop ${props.opening as Opening} opens`); }',
    '}',
    '',
  ].join('\n')],
  ['test/shops/open-shop.test.ts', "import { newShop } from './fixtures';\nimport { OpenShop } from '../../src';\nimport { count } from '../../src/private/counter';\n"],
  ['test/shops/open-shop.texts.test.ts', "expect(text).toBe('OpenShop: open it as with OpenShop');\nexpect(link).toBe(`${RUNBOOKS}/open-shop.md#closed`);\n"],
  ['test/proof/registry.ts', "import { openShop } from './open-shop';\nexport const PROMISES = [\n  openShop,\n];\n"],
  ['test/proof/open-shop.ts', "export const openShop = { name: 'OpenShop', section: 'openshop', page: 'docs/open-shop.md', drill: 'integ/integ.open-shop-alarms.ts' };\n"],
  ['test/shops/fixtures.ts', "import { openShop } from '../patterns/open-shop';\n"],
  ['test/patterns.ts', "import { openShop } from './patterns/open-shop';\nexport const all = [\n  openShop,\n];\n"],
  ['test/patterns/open-shop.ts', "import { pattern } from './pattern';\nimport { OpenShop } from '../../src';\nexport const openShop = pattern(OpenShop);\n"],
  ['test/patterns/open-shop.test.ts', "import { openShop } from './open-shop';\n"],
  ['test/patterns/pattern.ts', 'export const pattern = (type: unknown) => type;\n'],
  ['test/patterns/__snapshots__/open-shop.test.ts.snap', 'OpenShop'],
  ['test/acknowledged-findings.ts', [
    'export const FINDINGS = [',
    "  { pattern: 'OpenShop', reason: 'It is open.' },",
    "  { pattern: 'Other', reason: 'Unlike OpenShop.' },",
    '];',
    "export const SURVIVORS = [{ mutant: 'src/shops/open-shop.ts OpenShop without' }];",
    '',
  ].join('\n')],
  ['test/rigs/killers.json', JSON.stringify({ 'src/shops/open-shop.ts OpenShop without': 'shops/open-shop.test.ts › opens', 'src/private/counter.ts count': 'shops/open-shop.test.ts › counts' })],
  ['integ/integ.open-shop-alarms.ts', "import { OpenShop } from '../src';\nconst stack = new Stack(app, 'IntegOpenShopAlarms');\nnew IntegTest(app, 'OpenShopAlarms', [stack]);\n"],
  ['docs/open-shop.md', '# OpenShop\n\n[alarms](runbooks/open-shop.md), [itself](open-shop.md)\n'],
  ['rosetta/default.ts-fixture', "// An OpenShop.\nimport {\n  Alarms,\n  OpenShop,\n} from 'cdk-serverless-patterns';\n"],
]);

const TWICE = duplicate(PROJECT, 2);

test('once is as it is', () => {
  expect(duplicate(PROJECT, 1)).toEqual(new Map());
});

test('a copy is new, and so is what lists it; what is recorded is left for a recording', () => {
  expect([...TWICE.keys()].sort()).toEqual([
    'docs/open-shop-second.md',
    'integ/integ.open-shop-second-alarms.ts',
    'rosetta/default.ts-fixture',
    'src/index.ts',
    'src/private/counter.ts',
    'src/shops-second/open-shop.ts',
    'test/acknowledged-findings.ts',
    'test/patterns.ts',
    'test/patterns/open-shop-second.test.ts',
    'test/patterns/open-shop-second.ts',
    'test/proof/open-shop-second.ts',
    'test/proof/registry.ts',
    'test/rigs/killers.json',
    'test/shops-second/fixtures.ts',
    'test/shops-second/open-shop.test.ts',
    'test/shops-second/open-shop.texts.test.ts',
  ]);
});

test('a source exports everything under other names, and shares what is shared', () => {
  expect(TWICE.get('src/shops-second/open-shop.ts')).toBe([
    "import { Alarms } from '../alarms/alarms';",
    '/** What an {@link OpenShopSecond} is given. */',
    'export interface OpenShopSecondProps { readonly opening?: OpeningSecond }',
    'export interface OpeningSecond { readonly hour: number }',
    'export class OpenShopSecond {',
    "  public static readonly PROPERTY_INJECTION_ID = 'cdk-serverless-patterns.OpenShopSecond';",
    // A string with the name of an interface is about something else.
    "  public readonly dimension = 'shop:Opening';",
    '  constructor(props: OpenShopSecondProps) { new Alarms(); throw new Error(`OpenShopSecond ${props.opening as OpeningSecond} opens`); }',
    '}',
    '',
  ].join('\n'));
});

test.each([
  ['test/shops-second/open-shop.test.ts', "import { newShop } from './fixtures';\nimport { OpenShopSecond } from '../../src';\nimport { count } from '../../src/private/counter';\n"],
  ['test/shops-second/fixtures.ts', "import { openShopSecond } from '../patterns/open-shop-second';\n"],
  // What shared sources say is said of the original, and runbooks are shared.
  ['test/shops-second/open-shop.texts.test.ts', [
    "expect(text).toBe('OpenShopSecond: open it as with OpenShop');\nexpect(link).toBe(`${RUNBOOKS}/open-shop.md#closed`);\n",
  ].join('')],
  ['test/proof/open-shop-second.ts', [
    "export const openShopSecond = { name: 'OpenShopSecond', section: 'openshopsecond', ",
    "page: 'docs/open-shop-second.md', drill: 'integ/integ.open-shop-second-alarms.ts' };\n",
  ].join('')],
  ['test/patterns/open-shop-second.test.ts', "import { openShopSecond } from './open-shop-second';\n"],
  ['integ/integ.open-shop-second-alarms.ts', [
    "import { OpenShopSecond } from '../src';\nconst stack = new Stack(app, 'IntegOpenShopSecondAlarms');\nnew IntegTest(app, 'OpenShopSecondAlarms', [stack]);\n",
  ].join('')],
  ['docs/open-shop-second.md', '# OpenShopSecond\n\n[alarms](runbooks/open-shop.md), [itself](open-shop-second.md)\n'],
])('%s is about the copy', (file, text) => {
  expect(TWICE.get(file)).toBe(text);
});

test('lists have the copies in the order in which lint wants imports', () => {
  const thrice = duplicate(PROJECT, 5);
  expect(thrice.get('src/index.ts')).toBe([
    "export * from './alarms/alarms';",
    ...['', '-fifth', '-fourth', '-second', '-third'].map((suffix) => `export * from './shops${suffix}/open-shop';`),
    '',
  ].join('\n'));
  expect(TWICE.get('test/patterns.ts')).toBe([
    "import { openShop } from './patterns/open-shop';",
    "import { openShopSecond } from './patterns/open-shop-second';",
    'export const all = [\n  openShop,\n  openShopSecond,\n];\n',
  ].join('\n'));
  expect(TWICE.get('rosetta/default.ts-fixture')).toBe("// An OpenShop.\nimport {\n  Alarms,\n  OpenShop,\n  OpenShopSecond,\n} from 'cdk-serverless-patterns';\n");
});

test('what is acknowledged of a pattern is acknowledged of its copies', () => {
  expect(TWICE.get('test/acknowledged-findings.ts')).toBe([
    'export const FINDINGS = [',
    "  { pattern: 'OpenShop', reason: 'It is open.' },",
    "  { pattern: 'OpenShopSecond', reason: 'It is open.' },",
    "  { pattern: 'Other', reason: 'Unlike OpenShop.' },",
    '];',
    "export const SURVIVORS = [{ mutant: 'src/shops/open-shop.ts OpenShop without' },",
    "  { mutant: 'src/shops-second/open-shop.ts OpenShopSecond without' }];",
    '',
  ].join('\n'));
});

test('what is known of the mutants of a pattern is known of those of its copies', () => {
  expect(JSON.parse(TWICE.get('test/rigs/killers.json') ?? '')).toEqual({
    'src/shops/open-shop.ts OpenShop without': 'shops/open-shop.test.ts › opens',
    'src/shops-second/open-shop.ts OpenShopSecond without': 'shops-second/open-shop.test.ts › opens',
    'src/private/counter.ts count': 'shops/open-shop.test.ts › counts',
  });
});

test('what takes a pattern takes its copies', () => {
  expect(TWICE.get('src/private/counter.ts')).toBe([
    "import type { OpenShop as OpenShopFirst, OpenShopSecond } from '../shops/open-shop';",
    '',
    'type OpenShop = OpenShopFirst | OpenShopSecond;',
    '',
    'export function count(shop: OpenShop) { return shop; }',
    "export const HINT = 'open it as with OpenShop';",
    '',
  ].join('\n'));
});
