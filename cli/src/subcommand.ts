/** What a command writes to. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether what is written to `out` may have colors. */
  readonly colors: boolean;
}

/** The exit statuses of all commands. */
export const CLEAN = 0;
export const FOUND = 1;
export const FAILED = 2;

/** One thing that the tool does. */
export interface Subcommand {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly help: string;
  /**
   * @returns the exit status
   * @throws UsageError if the arguments are wrong, UnreadableError or UnwritableError if a file stands in the way
   */
  readonly run: (args: readonly string[], io: Io) => number | Promise<number>;
}

/** The arguments are wrong. */
export class UsageError extends Error {}
