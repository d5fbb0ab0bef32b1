import type { Resource, TemplateApp } from '../template/app';
import { Props } from '../template/props';

/** How a text in a template names what is in another stack, if CloudFormation does not know of it. */
export type Weakness = 'name' | 'parameter' | 'output';

/** A resource of another stack, and how it is named. Undefined: so that CloudFormation knows of it, or in a way of which that is not known. */
export interface NamedResource {
  readonly resource: Resource;
  readonly by?: Weakness | undefined;
}

const PARAMETER = 'AWS::SSM::Parameter';
const SSM_REFERENCE = /^\{\{resolve:ssm:([^:}]+)(?::\d+)?\}\}$/;

/** What is written in a resource, by what it is evaluated to. */
export function writtenTexts({ stack, written }: Resource): ReadonlyMap<string, unknown> {
  const texts = new Map<string, unknown>();
  const rest = [written];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === 'string' || isIntrinsic(next)) {
      const text = stack.evaluate(next);
      if (typeof text === 'string' && !texts.has(text)) {
        texts.set(text, next);
      }
    } else if (typeof next === 'object' && next !== null) {
      Object.values(next).forEach((item) => rest.push(item));
    }
  }
  return texts;
}

/** The resource that something written in a template refers to, and how. */
export function namedResource(app: TemplateApp, { stack }: Resource, written: unknown, found: Resource | undefined): NamedResource | undefined {
  if (found !== undefined) {
    return { resource: found, by: weaknessOf(written) };
  }
  const name = typeof written === 'string' ? SSM_REFERENCE.exec(written)?.[1] : defaultOfParameter(stack.input.template, new Props(written).literal('Ref'));
  const resource = app.find(app.find(name, PARAMETER)?.props.text('Value'));
  return resource && { resource, by: 'parameter' };
}

/** The name of the parameter of Systems Manager of which a parameter of the template has the value. */
function defaultOfParameter(template: unknown, name: string | undefined): string | undefined {
  const parameter = name === undefined ? undefined : new Props(new Props(template).part('Parameters').value(name));
  return parameter?.text('Type')?.startsWith('AWS::SSM::Parameter::Value') ? parameter.literal('Default') : undefined;
}

function isIntrinsic(value: unknown): value is object {
  const [name, more] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return name !== undefined && more === undefined && (name === 'Ref' || name.startsWith('Fn::'));
}

/** Whatever refers to something of its own template is not known to be weak: it may be passed on from another. */
function weaknessOf(written: unknown): Weakness | undefined {
  const rest = [written];
  let by: Weakness = 'name';
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== 'object' || next === null) {
      continue;
    }
    for (const [name, value] of Object.entries(next)) {
      if (['Fn::ImportValue', 'Fn::GetAtt'].includes(name) || (name === 'Ref' && !isPseudo(value)) || (name === 'Fn::Sub' && !substitutesPseudo(value))) {
        return undefined;
      }
      by = name === 'Fn::GetStackOutput' ? 'output' : by;
      rest.push(value);
    }
  }
  return by;
}

function isPseudo(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith('AWS::');
}

function substitutesPseudo(value: unknown): boolean {
  const [text, values = {}] = Array.isArray(value) ? value as unknown[] : [value];
  return typeof text === 'string' && [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].every(([, name = '']) => isPseudo(name.trim()) || Object.hasOwn(Object(values), name.trim()));
}
