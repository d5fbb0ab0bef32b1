import type { Progress, Step } from './progress';
import type { Style, Terminal } from './terminal';
import { formatCount, styled } from './terminal';

/** Shows how far the run is. */
export interface View {
  /** Draws a last time and gives the terminal back as it was. May be called twice. */
  stop(): void;
}

export function showProgress(progress: Progress, terminal: Terminal, out: NodeJS.WriteStream): View {
  return terminal.live ? new LiveView(progress, terminal, out) : new PlainView(progress, terminal, out);
}

const REDRAW_MS = 150;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_TO_END_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** One screen that is drawn over itself. The last picture stays. */
class LiveView implements View {
  private drawn = 0;
  private stopped = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly progress: Progress, private readonly terminal: Terminal, private readonly out: NodeJS.WriteStream) {
    out.write(HIDE_CURSOR);
    this.timer = setInterval(() => this.draw(), REDRAW_MS);
    this.draw();
  }

  stop(): void {
    if (!this.stopped) {
      this.stopped = true;
      clearInterval(this.timer);
      this.draw();
      this.out.write(SHOW_CURSOR);
    }
  }

  private draw(): void {
    const { columns = 80, rows = 24 } = this.out;
    // The last column stays empty: writing there makes some terminals begin a new line.
    const width = Math.max(20, Math.min(columns - 1, 100));
    const lines = picture(this.progress, this.terminal, width).slice(0, Math.max(1, rows - 1));
    const home = this.drawn > 0 ? `\x1b[${this.drawn}A\r` : '\r';
    this.out.write(home + lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('') + CLEAR_BELOW);
    this.drawn = lines.length;
  }
}

/** A line now and then, where lines cannot be written over. */
class PlainView implements View {
  private readonly told = new Map<Step, Step['state']>();
  private readonly timer: NodeJS.Timeout;
  private lastCounts = '';
  private lastRemark = '';
  private ticks = 0;

  constructor(private readonly progress: Progress, private readonly terminal: Terminal, private readonly out: NodeJS.WriteStream) {
    out.write(`${progress.title}\n`);
    this.timer = setInterval(() => this.tell(++this.ticks % 10 === 0), 500);
  }

  stop(): void {
    clearInterval(this.timer);
    this.tell(false);
  }

  private tell(withCounts: boolean): void {
    const { accepted, done, waiting, setAside, remark } = this.progress;
    for (const step of Object.values(this.progress.steps).filter((candidate) => candidate.state !== (this.told.get(candidate) ?? 'todo'))) {
      this.told.set(step, step.state);
      this.out.write(`${stepLine(step, this.terminal)}\n`);
    }
    if (remark && remark !== this.lastRemark) {
      this.lastRemark = remark;
      this.out.write(`    ${remark}\n`);
    }
    const counts = `    accepted ${formatCount(accepted)}, billed ${formatCount(done.billing)}, produced ${formatCount(done.production)}, shipped ${formatCount(done.shipping)}, `
      + `waiting ${formatCount(waiting)}, set aside ${formatCount(setAside)}`;
    if (withCounts && accepted > 0 && counts !== this.lastCounts) {
      this.lastCounts = counts;
      this.out.write(`${counts}\n`);
    }
  }
}

function picture(progress: Progress, terminal: Terminal, width: number): string[] {
  const { symbols } = terminal;
  const rule = symbols.rule.repeat(width);
  const clock = seconds(Date.now() - progress.startedAt);
  const style = (name: Style, text: string) => styled(terminal, name, text);
  return [
    style('bold', fit(progress.title, width - clock.length - 1).padEnd(width - clock.length)) + style('dim', clock),
    style('dim', rule),
    ...Object.values(progress.steps).map((step) => paintStep(step, terminal, fit(stepLine(step, terminal), width))),
    style('dim', rule),
    bar('accepted', progress.accepted, 'cyan'),
    bar('billed', progress.done.billing, 'green'),
    bar('produced', progress.done.production, 'green'),
    bar('shipped', progress.done.shipping, 'green'),
    bar('waiting', progress.waiting, 'yellow'),
    bar('set aside', progress.setAside, 'red'),
    style('dim', rule),
    style('dim', faultRow('What goes wrong on purpose', 'planned', 'seen')),
    ...Object.values(progress.faults).map(({ title, planned, seen }) => faultRow(title, formatCount(planned), seen)),
    ...wrap(progress.remark, width).slice(0, 1),
  ];

  function bar(name: string, value: number, colour: Style): string {
    const room = Math.max(0, width - 22);
    // What is there at all is seen.
    const length = value === 0 ? 0 : Math.max(1, Math.min(room, Math.round(room * value / Math.max(1, progress.planned))));
    const track = style(colour, symbols.bar.repeat(length)) + style('dim', symbols.track.repeat(room - length));
    return `  ${name.padEnd(10)}${formatCount(value).padStart(8)}  ${track}`;
  }

  function faultRow(title: string, planned: string, seen: string): string {
    return fit(`  ${title.padEnd(36)}${planned.padStart(8)}   ${seen}`, width);
  }
}

function paintStep({ state }: Step, terminal: Terminal, line: string): string {
  const styles: Readonly<Record<Step['state'], Style>> = { todo: 'dim', doing: 'bold', done: 'green' };
  return state === 'done' ? styled(terminal, styles[state], line.slice(0, 1)) + line.slice(1) : styled(terminal, styles[state], line);
}

function stepLine({ title, state, startedAt, endedAt, note }: Step, { symbols }: Terminal): string {
  const time = startedAt === undefined ? '' : seconds((endedAt ?? Date.now()) - startedAt);
  return `${symbols[state]} ${title.padEnd(33)}${(state === 'done' ? time : '').padStart(8)}   ${note ?? ''}`.trimEnd();
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function fit(text: string, width: number): string {
  return text.length > width ? text.slice(0, Math.max(0, width)) : text;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
