import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { AddPattern } from './add-pattern';

// The measured process: `node synth.js <way> <patterns> <patterns in a stack> <folder for the assembly>`. At its very end it writes to descriptor 3 what it
// used of the machine.

const [way = '', count = '', perStack = '', outdir = ''] = process.argv.slice(2);
const { addPattern } = createRequire(__filename)(`./${way}`) as { addPattern: AddPattern };

const app = new App({ outdir });
let stack: Stack | undefined;
for (let index = 0; index < Number(count); index++) {
  if (!stack || index % Number(perStack) === 0) {
    stack = new Stack(app, `Stack${Math.floor(index / Number(perStack))}`);
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
