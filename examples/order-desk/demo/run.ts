/* eslint-disable no-console -- this is what a person runs and reads */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawUpBooks } from './books';
import type { DeadLetter, DeskOutputs } from './desk-client';
import { DeskClient } from './desk-client';
import { findingsOf } from './findings';
import type { Options } from './options';
import { commandFor } from './options';
import type { OrderPlan, Station } from './order-plan';
import { CATALOGUE, planOrders, REPAIR, STATIONS } from './order-plan';
import type { Progress } from './progress';
import { doStep, newProgress, showFindings } from './progress';
import type { ReleaseOutcome } from './release';
import { BrokenRelease } from './release';
import { renderReport } from './report';
import { ofEach, Sampler, total } from './sampler';
import { countAccepted, Shops } from './shops';
import type { StackFacts } from './stack-facts';
import { readStackFacts, summarizeResources, templateFile } from './stack-facts';
import type { Closing, Story } from './story';
import { checksOf } from './story';
import { keptLines, summaryLines } from './summary';
import { detectTerminal, formatCount, plural } from './terminal';
import { showProgress } from './view';
import type { Emulator } from '../../../emulator/emulator';
import { EMULATOR_ACCOUNT, EMULATOR_REGION, startEmulator } from '../../../emulator/emulator';
import { record } from '../../../scripts/results';
import { deploy } from '../../deployment';

/**
 * How soon a failed message comes again in the demo. The queues are deployed with six times the handler's timeout, three minutes, so that a poison order is set
 * aside after a quarter of an hour: right on AWS, and long to watch.
 */
const VISIBILITY_SECONDS = 4;
/**
 * What a second of CloudWatch's and CodeDeploy's time lasts in the demo: the five minutes in which a new version gets a tenth of the traffic take 15 seconds.
 */
const CLOUDWATCH_TIME_SCALE = 1 / 20;
const EXAMPLE = { folder: 'order-desk', stackName: 'OrderDesk' };
const BUILD = path.join(__dirname, '..', '..', '..', '.build');
/** Where `cdk bootstrap` has assets kept. */
const ASSETS_BUCKET = `cdk-hnb659fds-assets-${EMULATOR_ACCOUNT}-${EMULATOR_REGION}`;

interface Deployed {
  readonly client: DeskClient;
  readonly facts: StackFacts;
  readonly template: string;
}

interface ClosingWithLetters extends Closing {
  /** The dead letters, held so that they can be moved. */
  readonly letters: Readonly<Record<Station, readonly DeadLetter[]>>;
}

/** One run of the demo, from the emulator's start to its end. */
export class Demo {
  /** Known once the checks are made. */
  exitCode?: number;
  private readonly terminal = detectTerminal(process.stdout, process.env);
  private readonly plan: OrderPlan;
  private readonly progress: Progress;
  private readonly ending = new AbortController();
  private emulator?: Emulator;
  private folder?: string;
  private client?: DeskClient;
  private sampler?: Sampler;
  private cleaned?: Promise<void>;

  constructor(private readonly options: Options) {
    const { messages, poison, seed } = options;
    this.plan = planOrders(messages, poison, seed);
    const title = ['Order desk', `${plural(messages, 'order')} in ${plural(this.plan.files.length, 'file')}`, `${formatCount(poison)} poison`, `seed ${seed}`];
    this.progress = newProgress(title.join(` ${this.terminal.symbols.dot} `), this.plan);
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
        console.log(keptLines(this.emulator!.env, this.client!.outputs, this.client!.jobsUrl).join('\n'));
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
    // With IAM, so that the functions and the shops get by with what the app and the patterns grant them.
    const emulator = await doStep(this.progress.steps.emulator, async () => {
      const started = await startEmulator({ enforceIam: true, cloudWatchTimeScale: CLOUDWATCH_TIME_SCALE });
      this.emulator = started;
      await started.bootstrap();
      return started;
    }, ({ endpoint }) => `MiniStack on ${endpoint.replace('http://', '')}`);
    // Without the server everything else fails too, but later and less clearly.
    const died = emulator.ended.then(() => {
      throw new Error(`the emulator ended by itself; see ${emulator.logFile}`);
    });
    return Promise.race([died, this.playOn(emulator)]);
  }

  private async playOn(emulator: Emulator): Promise<Story> {
    const { steps } = this.progress;
    const { client, facts, template } = await doStep(steps.deploy, () => this.deploy(emulator), (deployed) => plural(deployed.facts.resources.length, 'resource'));
    this.progress.remark = `Deployed: ${summarizeResources(facts)}, and what connects them.`;

    this.sampler = this.watch(client, facts);
    const shops = new Shops(client, this.plan, () => {
      this.progress.accepted = countAccepted(shops.accepted);
    });
    const [, release] = await doStep(steps.handIn, () => this.handIn(client, shops, template), () => `${plural(shops.jobs.length, 'job')}, ${plural(shops.accepted.length, 'message')} to each of 3 stations`);
    const { maxReceiveCount } = facts.stations.production;
    this.progress.remark = `Poison is tried ${maxReceiveCount} times, ${VISIBILITY_SECONDS} s apart here, ${facts.stations.production.visibilitySeconds} s apart as deployed.`;
    const beforeRepair = await doStep(steps.work, () => this.closeBooks(client, shops), ({ letters }) => plural(STATIONS.flatMap((station) => letters[station]).length, 'dead letter'));
    const findings = findingsOf(this.plan, beforeRepair.records);
    showFindings(this.progress, findings, maxReceiveCount);

    this.progress.remark = 'SQS moves them: aws sqs start-message-move-task, with the queue as its destination.';
    const repairedAt = Date.now();
    const afterRedrive = await doStep(steps.redrive, async () => {
      await client.fillCatalogue(REPAIR);
      await ofEach((station) => client.redrive(station, beforeRepair.letters[station]));
      return this.closeBooks(client, shops);
    }, ({ letters }) => `${plural(STATIONS.flatMap((station) => letters[station]).length, 'dead letter')} left`);
    this.progress.remark = '';
    await this.sampler.stop();

    const story: Story = {
      command: commandFor(this.options),
      reportFile: this.options.report,
      startedAt: this.progress.startedAt,
      plan: this.plan,
      facts,
      visibilitySeconds: VISIBILITY_SECONDS,
      jobs: shops.jobs,
      jobCount: await client.countJobs(),
      accepted: shops.accepted,
      refusedLines: shops.refusedLines,
      filesRecognised: shops.recognised,
      depositedOrders: await client.countPayloads('orders/'),
      ...(release ? { release } : {}),
      cloudWatchTimeScale: CLOUDWATCH_TIME_SCALE,
      samples: this.sampler.samples,
      beforeRepair,
      findings,
      repairedAt,
      afterRedrive,
      firedAlarms: await client.firedAlarms(),
    };
    await doStep(steps.report, async () => {
      fs.mkdirSync(path.dirname(this.options.report), { recursive: true });
      fs.writeFileSync(this.options.report, renderReport(story));
    });
    return story;
  }

  private async deploy(emulator: Emulator): Promise<Deployed> {
    fs.mkdirSync(BUILD, { recursive: true });
    this.folder = fs.mkdtempSync(path.join(BUILD, 'order-desk-'));
    const { outputs, cloudAssembly } = await deploy<DeskOutputs>(EXAMPLE, this.folder, emulator.childEnv(), this.ending.signal);
    const client = new DeskClient(emulator.endpoint, EMULATOR_REGION, outputs, EXAMPLE.stackName);
    this.client = client;
    await client.setVisibilityTimeout(VISIBILITY_SECONDS);
    await client.fillCatalogue(CATALOGUE);
    return { client, facts: readStackFacts(cloudAssembly, EXAMPLE.stackName), template: templateFile(cloudAssembly, EXAMPLE.stackName) };
  }

  private watch(client: DeskClient, facts: StackFacts): Sampler {
    const sampler = new Sampler(client, ({ waiting, setAside }) => {
      Object.assign(this.progress, { waiting: total(waiting), setAside: total(setAside) });
    }, (records) => {
      this.showDone(records);
      if (this.progress.steps.redrive.state === 'todo') {
        showFindings(this.progress, findingsOf(this.plan, records), facts.stations.production.maxReceiveCount);
      }
    });
    sampler.start();
    return sampler;
  }

  private showDone(records: Closing['records']): void {
    for (const station of STATIONS) {
      this.progress.done[station] = records.filter((entry) => entry.station === station && entry.doneAt !== undefined).length;
    }
  }

  /** Hands in all files, and releases a broken version in the middle of it. */
  private async handIn(client: DeskClient, shops: Shops, template: string): Promise<readonly [void, ReleaseOutcome | undefined]> {
    let goOn: () => void = () => undefined;
    const half = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    return Promise.all([
      shops.handInAll(half, this.ending.signal),
      this.releaseBroken(client, template, goOn).finally(goOn),
    ]);
  }

  private async releaseBroken(client: DeskClient, template: string, onShift: () => void): Promise<ReleaseOutcome | undefined> {
    const { faults: { release: fault } } = this.progress;
    if (fault.planned === 0) {
      return undefined;
    }
    while (this.progress.accepted === 0) {
      await sleep(100, undefined, { signal: this.ending.signal });
    }
    fault.seen = 'is deployed';
    const release = new BrokenRelease(client, EXAMPLE.stackName, template, ASSETS_BUCKET);
    try {
      const outcome = await release.run(() => {
        fault.seen = 'has a part of the traffic';
        onShift();
      }, this.ending.signal);
      fault.seen = `${outcome.deploymentStatus.toLowerCase()} (${outcome.reason}); all traffic to version ${outcome.versionAfter}`;
      return outcome;
    } finally {
      release.close();
    }
  }

  /** Waits until the queues are empty, or nothing moves any more, and looks where every order is. */
  private async closeBooks(client: DeskClient, shops: Shops): Promise<ClosingWithLetters> {
    await this.sampler!.untilQueuesAreEmpty();
    const letters = await ofEach((station) => client.holdDeadLetters(station));
    const records = await client.readWork();
    const inFlight = await ofEach((station) => client.countWaiting(station));
    const there = await ofEach((station) => client.countDeadLetters(station));
    for (const station of STATIONS) {
      if (there[station] !== letters[station].length) {
        throw new Error(`the dead-letter queue of ${station} holds ${plural(there[station], 'message')}, but ${letters[station].length} could be read`);
      }
    }
    const deadLetters = await ofEach(async (station) => letters[station].map(({ orderId }) => orderId));
    this.showDone(records);
    this.progress.setAside = total(there);
    return {
      letters,
      records,
      deadLetters,
      pointers: STATIONS.flatMap((station) => letters[station]).filter(({ isPointer }) => isPointer).length,
      elsewhere: await client.countElsewhere(),
      at: Date.now(),
      books: drawUpBooks(shops.accepted, records, deadLetters, inFlight),
    };
  }
}
