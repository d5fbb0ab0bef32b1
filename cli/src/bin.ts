#!/usr/bin/env node
import { run } from './main';

const noColor = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== '';

void run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colors: process.stdout.isTTY === true && !noColor && process.env.TERM !== 'dumb',
}).then((status) => {
  // Not process.exit: a long report may still be on its way into a pipe.
  process.exitCode = status;
});
