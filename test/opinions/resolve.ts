import type { CloudFormationTemplate } from '../rigs/synth';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Stack/1`,
  'AWS::StackName': 'Stack',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The types whose `Ref` is an ARN. What `Ref` gives for others is a name. */
const REF_IS_ARN = ['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic', 'AWS::Lambda::Version', 'AWS::Lambda::Alias'];

/**
 * A value of a template as CloudFormation would resolve it, with stand-ins for the names and ARNs that only a deployment knows. A
 * reference to what the template
 * does not have, or a function that is not known here, is an error.
 */
export function resolve(value: unknown, template: CloudFormationTemplate): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, template));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [[name, argument]] = entries.length === 1 ? entries as [[string, unknown]] : [['', undefined]];
  if (name === 'Ref' || name.startsWith('Fn::')) {
    return evaluate(name, argument, template);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, template)]));
}

function evaluate(name: string, argument: unknown, template: CloudFormationTemplate): unknown {
  switch (name) {
    case 'Ref':
      return reference(argument as string, template);
    case 'Fn::GetAtt':
      return attribute(Array.isArray(argument) ? argument as string[] : (argument as string).split('.'), template);
    case 'Fn::ImportValue':
      return `imported-${String(resolve(argument, template))}`;
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown];
      return (resolve(parts, template) as string[]).join(separator);
    }
    case 'Fn::Split': {
      const [separator, text] = argument as [string, unknown];
      return String(resolve(text, template)).split(separator);
    }
    case 'Fn::Select': {
      const [index, items] = argument as [number | string, unknown];
      return (resolve(items, template) as unknown[])[Number(index)];
    }
    case 'Fn::Sub': {
      const [text, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
      return substitute(text, (key) => {
        if (key in values) {
          return resolve(values[key], template);
        }
        return key.includes('.') && !key.includes('::') ? attribute(key.split('.'), template) : reference(key, template);
      });
    }
    default:
      throw new Error(`${name} cannot be resolved here`);
  }
}

/** Replaces each `${name}` in a text. */
export function substitute(text: string, valueOf: (name: string) => unknown): string {
  return text.replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name: string) => String(valueOf(name)));
}

function reference(id: string, template: CloudFormationTemplate): unknown {
  const pseudo = PSEUDO_PARAMETERS[id];
  if (pseudo !== undefined) {
    return pseudo;
  }
  const parameter = (template.Parameters as Record<string, { Default?: unknown }> | undefined)?.[id];
  if (parameter) {
    return parameter.Default ?? `parameter-${id}`;
  }
  const type = typeOf(id, template);
  return REF_IS_ARN.includes(type) ? arnOf(id, type) : id;
}

function attribute([id = '', ...path]: readonly string[], template: CloudFormationTemplate): string {
  const type = typeOf(id, template);
  return path.join('.').endsWith('Arn') ? arnOf(id, type) : `${id}-${path.join('.')}`;
}

function typeOf(id: string, { Resources = {} }: CloudFormationTemplate): string {
  const resource = Resources[id];
  if (!resource) {
    throw new Error(`the template has no ${id}`);
  }
  return resource.Type;
}

function arnOf(id: string, type: string): string {
  const [, service = '', resource = ''] = type.split('::');
  switch (service) {
    case 'StepFunctions':
      return `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${id}`;
    case 'Lambda':
      return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`;
    default:
      return `arn:aws:${service.toLowerCase()}:${REGION}:${ACCOUNT}:${resource.toLowerCase()}/${id}`;
  }
}
