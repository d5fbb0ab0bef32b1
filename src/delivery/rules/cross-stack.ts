import type { Rule } from './rule';

/** By what a template names a resource of another stack, if CloudFormation does not know of it. */
export type WeakReference = 'name' | 'parameter' | 'output';

/** What is known of a delivery that names a resource of another stack. */
export interface CrossStackFacts {
  /** What delivers, as in `target 'Target0' of rule 'Shop/Rule'`. */
  readonly delivery: string;
  readonly resource: string;
  readonly stack: string;
  /** How it is named. Undefined: by an export, or not known. */
  readonly by?: WeakReference | undefined;
}

const NAMED_BY: Readonly<Record<WeakReference, string>> = {
  name: 'by its literal name or ARN',
  parameter: 'by a parameter of Systems Manager',
  output: 'by Fn::GetStackOutput',
};

/**
 * What is true of deliveries between stacks that CloudFormation keeps from being broken.
 */
export const CROSS_STACK_RULES: readonly Rule<CrossStackFacts>[] = [
  {
    id: 'crossStackReferenceWeak',
    severity: 'note',
    why: 'CloudFormation refuses to delete or replace what another stack imports by an export, and nothing else.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html',
    finding: ({ delivery, resource, stack, by }) => (
      by === undefined ? undefined : {
        what: `${delivery} names '${resource}' of stack '${stack}' ${NAMED_BY[by]}, so CloudFormation would let that be deleted or replaced, and what is delivered afterwards is lost`,
        fix: `export it from stack '${stack}' and refer to it by Fn::ImportValue, or keep both in one stack`,
      }
    ),
  },
];
