/* eslint-disable no-console -- this is what a person runs and reads */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ConfirmedSend } from './books';
import { drawUpBooks } from './books';
import { deploy, STACK_NAME } from './deployment';
import type { DeadLetter } from './desk-client';
import { DeskClient, inBatches } from './desk-client';
import { findingsOf } from './findings';
import type { Options } from './options';
import { commandFor } from './options';
import type { OrderPlan } from './order-plan';
import { CATALOGUE, planOrders, REPAIR } from './order-plan';
import type { Progress } from './progress';
import { doStep, newProgress, showFindings } from './progress';
import { renderReport } from './report';
import { Sampler } from './sampler';
import type { StackFacts } from './stack-facts';
import { readStackFacts, summarizeResources } from './stack-facts';
import type { Closing, Story } from './story';
import { checksOf } from './story';
import { keptLines, summaryLines } from './summary';
import { detectTerminal, formatCount, plural } from './terminal';
import { showProgress } from './view';
import type { Emulator } from '../../../emulator/emulator';
import { EMULATOR_REGION, startEmulator } from '../../../emulator/emulator';
import { record } from '../../../scripts/results';
import type { Order } from '../handlers/order';

/**
 * How soon a failed message comes again in the demo. The queue is deployed with six times the handler's timeout, three minutes, so that a poison order is set
 * aside after a quarter of an hour: right on AWS, and long to watch.
 */
const VISIBILITY_SECONDS = 4;
const SENDERS = 4;
const SEND_ATTEMPTS = 5;
const BUILD = path.join(__dirname, '..', '..', '..', '.build');

/** One run of the demo, from the emulator's start to its end. */
export class Demo {
  /** Known once the checks are made. */
  exitCode?: number;
  private readonly terminal = detectTerminal(process.stdout, process.env);
  private readonly plan: OrderPlan;
  private readonly progress: Progress;
  private readonly sends: ConfirmedSend[] = [];
  private readonly accepted = new Set<string>();
  private readonly ending = new AbortController();
  private emulator?: Emulator;
  private folder?: string;
  private client?: DeskClient;
  private sampler?: Sampler;
  private cleaned?: Promise<void>;

  constructor(private readonly options: Options) {
    const { messages, poison, seed } = options;
    this.plan = planOrders(messages, poison, seed);
    this.progress = newProgress(['Order desk', plural(messages, 'order'), `${formatCount(poison)} poison`, `seed ${seed}`].join(` ${this.terminal.symbols.dot} `), this.plan);
  }

  /** Answers with the exit code: 1 if a check failed. */
  async run(): Promise<number> {
    const view = showProgress(this.progress, this.terminal, process.stdout);
    process.once('exit', () => view.stop());
    try {
      const story = await this.play();
      view.stop();
      console.log(summaryLines(story, this.terminal).join('\n'));
      const checks = checksOf(story);
      const passed = checks.filter((check) => check.passed).length;
      record('demo', { passed, failed: checks.length - passed });
      this.exitCode = passed === checks.length ? 0 : 1;
      if (this.options.keep) {
        console.log(keptLines(this.emulator!.env, this.client!.outputs).join('\n'));
        await this.emulator!.ended;
        if (!this.cleaned) {
          throw new Error(`the emulator ended by itself; see ${this.emulator!.logFile}`);
        }
      }
      return this.exitCode;
    } catch (error) {
      view.stop();
      record('demo', { failed: 1 });
      throw error;
    } finally {
      await this.stop();
    }
  }

  /** Ends everything that the run has started. May be called at any time, and twice. */
  stop(): Promise<void> {
    this.cleaned ??= this.cleanUp();
    return this.cleaned;
  }

  private async cleanUp(): Promise<void> {
    this.ending.abort();
    await this.sampler?.stop().catch(() => undefined);
    await this.emulator?.stop();
    this.client?.close();
    if (this.folder) {
      fs.rmSync(this.folder, { recursive: true, force: true });
    }
  }

  private async play(): Promise<Story> {
    // With IAM, so that the function gets by with what the app and the pattern grant it.
    const emulator = await doStep(this.progress.steps.emulator, () => startEmulator({ enforceIam: true }), ({ endpoint }) => `MiniStack on ${endpoint.replace('http://', '')}`);
    this.emulator = emulator;
    // Without the server everything else fails too, but later and less clearly.
    const died = emulator.ended.then(() => {
      throw new Error(`the emulator ended by itself; see ${emulator.logFile}`);
    });
    return Promise.race([died, this.playOn(emulator)]);
  }

  private async playOn(emulator: Emulator): Promise<Story> {
    const { steps } = this.progress;
    await doStep(steps.bootstrap, () => emulator.bootstrap());
    const { client, facts } = await doStep(steps.deploy, () => this.deploy(emulator), ({ facts: { resources } }) => plural(resources.length, 'resource'));
    this.progress.remark = `Deployed: ${summarizeResources(facts)}, and what connects them.`;

    this.sampler = this.watch(client, facts);
    await doStep(steps.send, () => this.send(client), () => plural(this.sends.length, 'message'));
    this.progress.remark = `Poison is tried ${facts.queue.maxReceiveCount} times, then set aside. A failed message comes again after ${VISIBILITY_SECONDS} s here, `
      + `to be quick; after ${facts.queue.visibilitySeconds} s as deployed.`;
    const beforeRepair = await doStep(steps.process, () => this.closeBooks(client, this.sampler!), ({ letters }) => `${plural(letters.length, 'dead letter')}`);
    const findings = findingsOf(this.plan, beforeRepair.records);
    showFindings(this.progress, findings, facts.queue.maxReceiveCount);

    this.progress.remark = 'SQS moves them: aws sqs start-message-move-task, with the queue as its destination.';
    const repairedAt = Date.now();
    const afterRedrive = await doStep(steps.redrive, async () => {
      await client.fillCatalogue(REPAIR);
      await client.redrive(beforeRepair.letters);
      return this.closeBooks(client, this.sampler!);
    }, ({ letters }) => `${plural(letters.length, 'dead letter')} left`);
    this.progress.remark = '';
    await this.sampler.stop();

    const story: Story = {
      command: commandFor(this.options),
      reportFile: this.options.report,
      startedAt: this.progress.startedAt,
      plan: this.plan,
      facts,
      visibilitySeconds: VISIBILITY_SECONDS,
      sends: this.sends,
      samples: this.sampler.samples,
      beforeRepair,
      findings,
      repairedAt,
      afterRedrive,
    };
    await doStep(steps.report, async () => {
      fs.mkdirSync(path.dirname(this.options.report), { recursive: true });
      fs.writeFileSync(this.options.report, renderReport(story));
    });
    return story;
  }

  private async deploy(emulator: Emulator): Promise<{ readonly client: DeskClient; readonly facts: StackFacts }> {
    fs.mkdirSync(BUILD, { recursive: true });
    this.folder = fs.mkdtempSync(path.join(BUILD, 'order-desk-'));
    const { outputs, cloudAssembly } = await deploy(this.folder, emulator.childEnv(), this.ending.signal);
    const client = new DeskClient(emulator.endpoint, EMULATOR_REGION, outputs);
    this.client = client;
    await client.setVisibilityTimeout(VISIBILITY_SECONDS);
    await client.fillCatalogue(CATALOGUE);
    return { client, facts: readStackFacts(cloudAssembly, STACK_NAME) };
  }

  private watch(client: DeskClient, facts: StackFacts): Sampler {
    const sampler = new Sampler(client, () => this.accepted.size, ({ waiting, setAside }) => {
      Object.assign(this.progress, { waiting, setAside });
    }, (records) => {
      this.progress.processed = records.filter(({ processedAt }) => processedAt !== undefined).length;
      if (this.progress.steps.redrive.state === 'todo') {
        showFindings(this.progress, findingsOf(this.plan, records), facts.queue.maxReceiveCount);
      }
    });
    sampler.start();
    return sampler;
  }

  /** Sends everything in the plan, about in its order. */
  private async send(client: DeskClient): Promise<void> {
    const batches = inBatches(this.plan.sends);
    const sender = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        await this.sendBatch(client, batch);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
  }

  /** Sends until SQS has confirmed all of them; only what is confirmed counts as accepted. */
  private async sendBatch(client: DeskClient, batch: readonly Order[]): Promise<void> {
    let rest = [...batch];
    for (let attempt = 1; rest.length > 0; attempt++) {
      if (attempt > SEND_ATTEMPTS) {
        throw new Error(`SQS did not accept ${plural(rest.length, 'order')} in ${SEND_ATTEMPTS} attempts`);
      }
      const confirmed = await client.send(rest);
      this.sends.push(...confirmed.map(({ send }) => send));
      confirmed.forEach(({ send }) => this.accepted.add(send.orderId));
      rest = rest.filter((_, index) => !confirmed.some(({ position }) => position === index));
      this.progress.accepted = this.accepted.size;
    }
  }

  /** Waits until the queue is empty, or nothing moves any more, and looks where every order is. */
  private async closeBooks(client: DeskClient, sampler: Sampler): Promise<Closing & { readonly letters: readonly DeadLetter[] }> {
    await sampler.untilQueueIsEmpty();
    const letters = await client.holdDeadLetters();
    const records = await client.readOrders();
    const deadLetters = letters.map(({ orderId }) => orderId);
    const inFlight = await client.countWaiting();
    const there = await client.countDeadLetters();
    if (there !== letters.length) {
      throw new Error(`the dead-letter queue holds ${plural(there, 'message')}, but ${letters.length} could be read`);
    }
    this.progress.processed = records.filter(({ processedAt }) => processedAt !== undefined).length;
    this.progress.setAside = letters.length;
    return { letters, records, deadLetters, at: Date.now(), books: drawUpBooks(this.sends, records, deadLetters, inFlight) };
  }
}
