import type { End, Hop, HopKind } from './hop';
import { groupedBy } from './reading';
import type { Resource, TemplateApp } from '../template/app';
import type { Props } from '../template/props';

/** What can be asked to list the hops of one service. It is told those that the readers before it found. */
export type HopReader = (graph: DeliveryGraph, earlier: readonly Hop[]) => Iterable<Hop>;

/** The deliveries of an app: what sends what to whom. */
export class DeliveryGraph {
  private found?: readonly Hop[];
  private ofKind?: ReadonlyMap<HopKind, readonly Hop[]>;
  private from?: ReadonlyMap<Resource, readonly Hop[]>;
  private complete?: boolean;
  private to?: ReadonlyMap<Resource, readonly Hop[]>;

  public constructor(public readonly app: TemplateApp, private readonly readers: readonly HopReader[]) {}

  /** In the order of the readers. */
  public get hops(): readonly Hop[] {
    this.found ??= this.readers.reduce<readonly Hop[]>((earlier, read) => earlier.concat([...read(this, earlier)]), []);
    return this.found;
  }

  /** Those of some kinds, kind by kind. */
  public hopsOf(...kinds: readonly HopKind[]): readonly Hop[] {
    this.ofKind ??= groupedBy(this.hops, ({ kind }) => kind);
    return kinds.flatMap((kind) => this.ofKind?.get(kind) ?? []);
  }

  public hopsFrom(resource: Resource): readonly Hop[] {
    this.from ??= groupedBy(this.hops, ({ from }) => from.resource);
    return this.from.get(resource) ?? [];
  }

  public hopsTo(resource: Resource): readonly Hop[] {
    this.to ??= groupedBy(this.hops, ({ to }) => to.resource);
    return this.to.get(resource) ?? [];
  }

  /** What a property refers to. */
  public end(props: Props, path: string, ...types: readonly string[]): End {
    return this.endOf(props.text(path), ...types);
  }

  public endOf(text: string | undefined, ...types: readonly string[]): End {
    return { text, resource: this.app.find(text, ...types) };
  }

  /** Whether nothing can be missing from what was read: no template has a part that only the deployment adds. */
  public get isComplete(): boolean {
    this.complete ??= this.app.stacks.every(({ incomplete }) => !incomplete);
    return this.complete;
  }
}
