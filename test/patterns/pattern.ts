import type { Construct } from 'constructs';
import type { Bounded } from './check-bounds';
import type { PropBounds } from '../../src/private/checks/prop-bounds';

/** One form of a pattern. */
export interface Form<P extends object, T extends Construct = Construct> {
  /** The props. Whatever the pattern is given from outside (a handler, a key, a live queue) is made in `inputs`. */
  readonly props: (inputs: Construct) => P;
  /** Makes in `inputs` what the pattern's methods are given, such as consumers, and answers what is done with the pattern then. */
  readonly then?: (inputs: Construct) => (made: T) => void;
  /** The ids of the warnings that belong to this form, without their prefix. */
  readonly warnings?: readonly string[];
  /** Whether the form has no alarms. */
  readonly silent?: boolean;
  /** Whether the stack of what it is given comes to depend on its own, as that of a consumer on that of its topic, and not the reverse. */
  readonly feeds?: boolean;
  /** Whether it refuses what is made in another stack. */
  readonly oneStack?: boolean;
}

/** A pattern's class, as far as the checks need it. */
export interface PatternType<P extends object, T extends Construct> {
  readonly PROPERTY_INJECTION_ID: string;
  readonly name: string;
  new (scope: Construct, id: string, props: P): T;
}

/** A form whose props are known to nobody but its pattern. */
export interface PatternForm {
  readonly name: string;
  readonly warnings: readonly string[];
  readonly silent: boolean;
  readonly feeds: boolean;
  readonly oneStack: boolean;
  props(inputs: Construct): object;
  /** Makes what the pattern's methods are given; answers what is done with the pattern when it is made. */
  then(inputs: Construct): (made: Construct) => void;
}

/** A pattern and its forms. */
export interface Pattern {
  readonly name: string;
  readonly type: unknown;
  readonly injectionId: string;
  readonly forms: readonly PatternForm[];
  /** Props of which one is required, though each is optional. */
  readonly oneOf: readonly string[];
  /** What its props, and the options of its methods, may be by themselves. */
  readonly bounds: readonly Bounded[];
  /** Makes the pattern below `scope` with the props that one of its forms gave. */
  make(scope: Construct, props: object): Construct;
}

/** What the props of a pattern, and the options of its methods, may be by themselves; and the props of which one is required, though each is optional. */
interface Bounds<P> {
  readonly ofProps?: PropBounds<P>;
  readonly oneOf?: readonly (keyof P & string)[];
  /** What takes part besides the props of the default form, so that a value can be tried. */
  readonly besides?: object;
  readonly ofOptions?: readonly Bounded[];
}

export function pattern<P extends object, T extends Construct>(
  type: PatternType<P, T>,
  forms: { default: Form<P, T> } & { [name: string]: Form<P, T> },
  bounds: Bounds<P> = {},
): Pattern {
  return {
    name: type.name,
    type,
    injectionId: type.PROPERTY_INJECTION_ID,
    forms: Object.entries(forms).map(([name, { props, then, warnings = [], silent = false, feeds = false, oneStack = false }]) => (
      { name, warnings, silent, feeds, oneStack, props, then: (then ?? nothing) as PatternForm['then'] }
    )),
    oneOf: bounds.oneOf ?? [],
    bounds: [
      ...bounds.ofProps ? [{
        struct: `${type.name}Props`,
        table: bounds.ofProps as PropBounds<never>,
        base: (scope: Construct) => ({ ...forms.default.props(scope), ...bounds.besides }),
        make: (scope: Construct, props: object) => void new type(scope, 'Pattern', props as P),
      }] : [],
      ...bounds.ofOptions ?? [],
    ],
    make: (scope, props) => new type(scope, 'Pattern', props as P),
  };
}

function nothing(): () => void {
  return () => undefined;
}
