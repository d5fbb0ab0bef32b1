import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AddPattern } from './add-pattern';

// The measured process: `node synth.js <way> <patterns> <folder for the assembly>`. At its very end it writes to descriptor 3 what it used of the machine.

/** 14 resources each, of the 500 that a stack may have; as many for every way, so that all have the same stacks. */
const PATTERNS_PER_STACK = 25;

const [way = '', count = '', outdir = ''] = process.argv.slice(2);
const { addPattern } = createRequire(__filename)(`./${way}`) as { addPattern: AddPattern };

const app = new App({ outdir });
let stack: Stack | undefined;
for (let index = 0; index < Number(count); index++) {
  if (!stack || index % PATTERNS_PER_STACK === 0) {
    stack = new Stack(app, `Stack${Math.floor(index / PATTERNS_PER_STACK)}`);
  }
  const handler = new lambda.Function(stack, `Handler${index}`, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async () => ({ batchItemFailures: [] });'),
    timeout: Duration.seconds(30),
  });
  addPattern(stack, `Pattern${index}`, handler);
}
app.synth();

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, maxRssKb: maxRSS }));
});
