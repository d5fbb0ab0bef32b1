/** A state as Step Functions takes it. Values may be tokens. */
export type StateJson = Readonly<Record<string, unknown>>;

/** A definition, or what a Parallel or Map state runs. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, StateJson>>;
  readonly [field: string]: unknown;
}

/** A state, wherever it is nested. */
export interface PlacedState {
  readonly name: string;
  readonly state: StateJson;
  /** Whether it runs in Express workflows of its own, as the items of some distributed Map states do. */
  readonly express: boolean;
  /** The Parallel and Map states that it is in. */
  readonly around: readonly StateJson[];
}

/** All states, those within Parallel and Map states included. */
export function statesOf({ States }: Definition, express = false, around: readonly StateJson[] = []): PlacedState[] {
  return Object.entries(States).flatMap(([name, state]) => [
    { name, state, express, around },
    ...partsOf(state).flatMap((part) => statesOf(part, isExpress(part, express), [...around, state])),
  ]);
}

/** The same definition with each state changed, at every depth. */
export function withEachState<D extends Definition>(definition: D, change: (state: StateJson) => StateJson): D {
  const within = (part: Definition) => withEachState(part, change);
  const States = Object.fromEntries(Object.entries(definition.States).map(([name, state]) => {
    const { Branches, ItemProcessor, Iterator } = state as Parts;
    return [name, {
      ...change(state),
      ...Branches && { Branches: Branches.map(within) },
      ...ItemProcessor && { ItemProcessor: within(ItemProcessor) },
      ...Iterator && { Iterator: within(Iterator) },
    }];
  }));
  return { ...definition, States };
}

interface Parts {
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
  /** As `ItemProcessor` was called before. */
  readonly Iterator?: Definition;
}

function partsOf(state: StateJson): Definition[] {
  const { Branches = [], ItemProcessor, Iterator } = state as Parts;
  return [...Branches, ItemProcessor, Iterator].filter((part) => part !== undefined);
}

function isExpress({ ProcessorConfig }: Definition, around: boolean): boolean {
  const { Mode, ExecutionType } = (ProcessorConfig ?? {}) as { readonly Mode?: string; readonly ExecutionType?: string };
  return Mode === 'DISTRIBUTED' ? ExecutionType === 'EXPRESS' : around;
}
