import type { Construct } from 'constructs';

/** One form of a pattern. */
export interface Form<P extends object> {
  /** The props. Whatever the pattern is given from outside (a handler, a key, a live queue) is made in `inputs`. */
  readonly props: (inputs: Construct) => P;
  /** The ids of the warnings that belong to this form, without their prefix. */
  readonly warnings?: readonly string[];
  /** Whether the form has no alarms. */
  readonly silent?: boolean;
  /** Whether it refuses what is made in another stack. */
  readonly oneStack?: boolean;
}

/** A pattern's class, as far as the checks need it. */
export interface PatternType<P extends object> {
  readonly PROPERTY_INJECTION_ID: string;
  readonly name: string;
  new (scope: Construct, id: string, props: P): Construct;
}

/** A form whose props are known to nobody but its pattern. */
export interface PatternForm {
  readonly name: string;
  readonly warnings: readonly string[];
  readonly silent: boolean;
  readonly oneStack: boolean;
  props(inputs: Construct): object;
}

/** A pattern and its forms. */
export interface Pattern {
  readonly name: string;
  readonly type: unknown;
  readonly injectionId: string;
  readonly forms: readonly PatternForm[];
  /** Makes the pattern below `scope` with the props that one of its forms gave. */
  make(scope: Construct, props: object): Construct;
}

export function pattern<P extends object>(type: PatternType<P>, forms: { default: Form<P> } & { [name: string]: Form<P> }): Pattern {
  return {
    name: type.name,
    type,
    injectionId: type.PROPERTY_INJECTION_ID,
    forms: Object.entries(forms).map(([name, { props, warnings = [], silent = false, oneStack = false }]) => (
      { name, warnings, silent, oneStack, props }
    )),
    make: (scope, props) => new type(scope, 'Pattern', props as P),
  };
}
