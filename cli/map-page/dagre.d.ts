// The declarations of the package are those of an ES module, which a CommonJS file cannot import.
declare module '@dagrejs/dagre' {
  export interface LaidOut {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }

  export class Graph {
    public constructor(options?: { readonly multigraph?: boolean });
    public setGraph(label: Readonly<Record<string, unknown>>): this;
    public setNode(id: string, label: { width: number; height: number }): this;
    public node(id: string): LaidOut;
    public setEdge(from: string, to: string, label: object, name: string): this;
    public edge(from: string, to: string, name: string): { readonly points: readonly { readonly x: number; readonly y: number }[] };
  }

  export function layout(graph: Graph): Graph;
}
