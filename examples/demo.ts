/** Runs the demo of an example: `--example` says which, and the demo reads what else is on the command line. */
const DEMOS: Readonly<Record<string, () => Promise<unknown>>> = {
  'order-desk': async () => import('./order-desk/demo.js'),
  'warehouse': async () => import('./warehouse/demo.js'),
};

const at = process.argv.indexOf('--example');
const [, example = at < 0 ? 'order-desk' : ''] = at < 0 ? [] : process.argv.splice(at, 2);
const run = DEMOS[example];
if (run) {
  void run();
} else {
  console.error(`--example is ${Object.keys(DEMOS).join(' or ')}, not '${example}'`);
  process.exitCode = 2;
}
