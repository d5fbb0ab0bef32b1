/** What the terminal that we write to can show. */
export interface Terminal {
  /** Whether lines can be written over. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly symbols: Symbols;
}

export interface Symbols {
  readonly done: string;
  readonly doing: string;
  readonly todo: string;
  readonly failed: string;
  readonly bar: string;
  readonly track: string;
  readonly rule: string;
  readonly dot: string;
}

const UNICODE: Symbols = { done: '✔', doing: '▸', todo: '·', failed: '✘', bar: '█', track: '░', rule: '─', dot: '·' };
const ASCII: Symbols = { done: '+', doing: '>', todo: '.', failed: 'x', bar: '#', track: '.', rule: '-', dot: '-' };

export function detectTerminal(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const live = stream.isTTY && env.TERM !== 'dumb';
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    live,
    // https://no-color.org: any value that is not empty means no colour.
    colour: live && !env.NO_COLOR,
    symbols: /utf-?8/i.test(locale) || process.platform === 'darwin' ? UNICODE : ASCII,
  };
}

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** Text in a style, or as it is where there is no colour. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
}

/** `1,234` */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 order`, `2 orders` */
export function plural(value: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(value)} ${value === 1 ? noun : many}`;
}
