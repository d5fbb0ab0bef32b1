#!/usr/bin/env node
import { wantsColors } from './colors';
import { run } from './main';

void run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colors: wantsColors(process.stdout.isTTY === true, process.env),
}).then((status) => {
  // Not process.exit: a long report may still be on its way into a pipe.
  process.exitCode = status;
});
