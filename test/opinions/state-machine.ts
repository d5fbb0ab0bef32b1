import { resolve, substitute } from './resolve';
import type { JudgedTemplate } from './templates';
import { resourcesOfType } from './templates';

export interface ErrorRule {
  readonly ErrorEquals: readonly string[];
  readonly Next?: string;
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly TimeoutSeconds?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Output?: unknown;
  readonly Retry?: readonly ErrorRule[];
  readonly Catch?: readonly ErrorRule[];
  readonly Next?: string;
  /** Of a Choice state. */
  readonly Choices?: readonly { readonly Condition: unknown; readonly Next: string }[];
  readonly Default?: string;
  /** Of a Fail state. */
  readonly Error?: unknown;
  readonly Cause?: unknown;
}

export interface Definition {
  readonly QueryLanguage?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface StateMachine {
  /** The template's name and the logical id. */
  readonly name: string;
  readonly logicalId: string;
  readonly definition: Definition;
  readonly judged: JudgedTemplate;
}

/** The state machines of a template, with their definitions as Step Functions gets them. */
export function stateMachinesOf(judged: JudgedTemplate): StateMachine[] {
  const { name, template } = judged;
  return resourcesOfType(template, 'AWS::StepFunctions::StateMachine').map(({ logicalId, properties }) => {
    const text = resolve(properties.DefinitionString, template);
    if (typeof text !== 'string') {
      throw new Error(`${name}, ${logicalId} has no DefinitionString`);
    }
    const substitutions = resolve(properties.DefinitionSubstitutions ?? {}, template) as Record<string, unknown>;
    const definition = JSON.parse(substitute(text, (key) => substitutions[key] ?? `\${${key}}`)) as Definition;
    return { name: `${name}, ${logicalId}`, logicalId, definition, judged };
  });
}

/** The service integration of a task, as in `lambda:invoke`; a function may also be named by its ARN alone. */
export function integrationOf({ Resource = '' }: State): string {
  return /^arn:[^:]+:lambda:/.test(Resource) ? 'lambda:invoke' : Resource.replace(/^arn:[^:]+:states:::/, '');
}

/** A definition that may be changed. */
export function copyOf(definition: Definition): Definition {
  return JSON.parse(JSON.stringify(definition)) as Definition;
}
