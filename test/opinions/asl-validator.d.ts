/** The package has no types of its own. */
declare module 'asl-validator' {
  interface Violation {
    readonly 'Error code': string;
    readonly 'Message': string;
  }

  /** Gives the states of `definition` a query language where they have none. */
  export default function validator(definition: object): { readonly isValid: boolean; readonly errors: readonly Violation[] };
}
