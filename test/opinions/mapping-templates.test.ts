/**
 * Judges the mapping templates of PollingStatusApi with Apache Velocity 1.7, and with it the engines of the unit tests and of the
 * emulator.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Exchange } from './mapping-exchanges';
import { GROUPS } from './mapping-exchanges';
import { resolve } from './resolve';
import { formTemplates, resourcesOfType } from './templates';
import type { Rendered } from './velocity';
import { missingForVelocity, renderByEmulator, renderByVelocity } from './velocity';
import { installedPython } from '../../emulator/python';
import { render } from '../jobs/mapping-template';
import { patterns } from '../patterns';

const exchanges = GROUPS.flatMap((group) => group.exchanges);
const NAMES = GROUPS.flatMap((group) => group.exchanges.map((_, index) => `${group.name}, ${index}`));

function renderByVelocityjs({ template, ...exchange }: Exchange): Rendered {
  try {
    const { text, status, headers } = render(template, exchange);
    return { text, status: status ?? null, headers };
  } catch (error) {
    return { error: String(error) };
  }
}

/**
 * Where two engines differ. An error is the same as any other error; line breaks are left out, because in JSON they stand between members
 * only, and engines treat those around directives differently.
 */
function differences(ones: readonly Rendered[], others: readonly Rendered[]): string[] {
  const plain = ({ error, text = '', ...rest }: Rendered) => (
    error === undefined ? { ...rest, text: text.replaceAll('\n', '') } : { error: true }
  );
  return NAMES.flatMap((name, index) => {
    const [one, other] = [ones[index] ?? {}, others[index] ?? {}];
    return isDeepStrictEqual(plain(one), plain(other)) ? [] : [`${name}: ${JSON.stringify(one)}, but ${JSON.stringify(other)}`];
  });
}

/** What is the same whatever a client writes: which members there are, status and header names. */
function skeletonOf({ text, status, headers, error }: Rendered): string {
  return JSON.stringify([error === undefined ? membersOf(parsed(text)) : 'error', status, Object.keys(headers ?? {})]);
}

function membersOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).map(([key, item]) => [key, membersOf(item)]) : typeof value;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return undefined;
  }
}

/** What is no JSON, and what a text gets in beside what the harmless text of its group does. */
function broken(rendered: readonly Rendered[]): string[] {
  let at = 0;
  return GROUPS.flatMap((group) => {
    const own = rendered.slice(at, at += group.exchanges.length);
    const [harmless] = own;
    return own.flatMap((result, index) => {
      const isSound = parsed(result.text) !== undefined && harmless !== undefined && skeletonOf(result) === skeletonOf(harmless);
      return isSound ? [] : [`${group.name}, ${index}: ${JSON.stringify(result)}`];
    });
  });
}

/** A template, but for the names and numbers of one API. */
function shapeOf(template: string): string {
  return template.replaceAll(/"TableName": "\w+"/g, '"TableName": ""').replaceAll(/\d+/g, '0');
}

describe('the templates of the forms', () => {
  const integrations = formTemplates().flatMap(({ template }) => (
    resourcesOfType(template, 'AWS::ApiGateway::Method').map(({ properties }) => resolve(properties.Integration, template) as Integration)
  ));
  const ofForms = integrations.filter(({ Type }) => Type !== 'MOCK').flatMap(({ RequestTemplates = {}, IntegrationResponses = [] }) => (
    [RequestTemplates, ...IntegrationResponses.map(({ ResponseTemplates = {} }) => ResponseTemplates)].flatMap((byType) => Object.values(byType))
  ));

  (patterns().some(({ name }) => name === 'PollingStatusApi') ? test : test.skip)('are there', () => {
    expect(ofForms.length).toBeGreaterThan(0);
  });

  test('are those that are judged, or JSON as they are', () => {
    const judged = new Set(exchanges.map(({ template }) => shapeOf(template)));
    const others = ofForms.filter((template) => !judged.has(shapeOf(template)));
    expect(others.filter((template) => /[$#]/.test(template) || parsed(template) === undefined)).toEqual([]);
  });
});

interface Integration {
  readonly Type: string;
  readonly RequestTemplates?: Readonly<Record<string, string>>;
  readonly IntegrationResponses?: readonly { readonly ResponseTemplates?: Readonly<Record<string, string>> }[];
}

/**
 * Exchanges that show that an engine is really asked: the first of all by a template that does not escape, and what fails or is a number.
 */
const [first = { template: '', context: {}, headers: {}, path: {}, body: '' }] = exchanges;
const UNESCAPED = first.template.replace('$util.escapeJavaScript($input.body)', '$input.body');
const PLANTED: readonly Exchange[] = [
  first,
  { ...first, template: UNESCAPED, body: '"}, "x": {"S": "' },
  { ...first, template: UNESCAPED, body: '"' },
  { ...first, template: '#set($context.responseOverride.status = 404)#set($context.responseOverride.status = 503){}' },
  { ...first, template: '#set($seconds = $context.requestTimeEpoch / 1000){"N": "$seconds"}' },
];

const byVelocityjs = exchanges.map(renderByVelocityjs);

function judgeEngine(renderAll: (some: readonly Exchange[]) => Rendered[], isCompared = true): void {
  let rendered: Rendered[];
  let planted: Rendered[];
  beforeAll(() => {
    const all = renderAll([...exchanges, ...PLANTED]);
    [rendered, planted] = [all.slice(0, exchanges.length), all.slice(exchanges.length)];
  }, 120_000);

  test('renders every exchange', () => {
    expect(rendered).toHaveLength(exchanges.length);
    expect(exchanges.length).toBeGreaterThan(500);
  });

  test('gives JSON, into which no text gets a member', () => {
    expect(broken(rendered)).toEqual([]);
  });

  if (isCompared) {
    test('gives what velocityjs gives', () => {
      expect(differences(rendered, byVelocityjs)).toEqual([]);
    });
  }

  test('gives no JSON, or another member, where a template does not escape', () => {
    expect(UNESCAPED).not.toBe(first.template);
    const [harmless = {}, injected = {}, invalid = {}] = planted;
    expect(parsed(injected.text)).toBeDefined();
    expect(skeletonOf(injected)).not.toBe(skeletonOf(harmless));
    expect(parsed(invalid.text)).toBeUndefined();
  });

  test('gives an error where the status is overridden twice', () => {
    expect(planted[3]?.error).toBeDefined();
  });

  test('divides whole numbers to a whole number', () => {
    expect(planted[4]?.text).toBe('{"N": "1700000000"}');
  });
}

const missing = missingForVelocity();
(missing === undefined ? describe : describe.skip)(`Apache Velocity 1.7${missing === undefined ? '' : `, which needs ${missing}`}`, () => {
  judgeEngine(renderByVelocity);
});

// It comes with the emulator's Python packages, which `npm test` installs and `npm run unit` does not.
const python = installedPython();
(python === undefined ? describe.skip : describe)('the emulator\'s engine', () => {
  judgeEngine((some) => renderByEmulator(python ?? '', some));
});

describe('velocityjs', () => {
  judgeEngine(() => [...byVelocityjs, ...PLANTED.map(renderByVelocityjs)], false);
});

describe('the comparison', () => {
  test.each<[string, Rendered]>([
    ['a text', { ...byVelocityjs[0], text: `${byVelocityjs[0]?.text} ` }],
    ['a status', { ...byVelocityjs[0], status: 500 }],
    ['a header', { ...byVelocityjs[0], headers: { 'Retry-After': '1' } }],
    ['an error', { error: 'no such method' }],
  ])('reports %s that differs', (_, other) => {
    expect(differences(byVelocityjs, [other, ...byVelocityjs.slice(1)])).toHaveLength(1);
  });

  test('finds in a group what is no JSON, and what got a member more', () => {
    const [harmless = {}, ...rest] = byVelocityjs;
    expect(broken(byVelocityjs)).toEqual([]);
    const invalid = { ...harmless, text: '{"a": 1' };
    expect(broken([harmless, invalid, ...rest.slice(1)])).toEqual([expect.stringMatching(/^accept, IAM, bodies, 1:/)]);
    expect(broken([harmless, { ...harmless, text: harmless.text?.replace('{', '{"x": 1, ') }, ...rest.slice(1)])).toHaveLength(1);
  });
});
