/**
 * Functions that a Kinesis stream feeds are fed with faults, and every record is accounted for, before and after the repair: a record that one of them cannot process is set aside whole, those
 * behind it go on in the order of their keys, and what one suffers is nothing to the others.
 *
 * Runs unchanged on the local emulator (`npm run integ`) and on AWS (`npm run integ:aws`).
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import type { StreamFedFunctionProps } from '../src';
import { StreamFedFunction } from '../src';
import { expectAnswer, faultDrill, inOrder, untilBooksAre } from './support/drill';
import { streamEntrance } from './support/entrances/stream';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const live = new Stack(app, 'IntegStreamFedFunctionLive');
const stack = new Stack(app, 'IntegStreamFedFunction');
const ledger = new Ledger(stack, 'Ledger');

/** A consumer, by its name in the ledger. Only time-outs that are planned are wanted, however slow the machine. */
function consumer(station: string, props: Partial<StreamFedFunctionProps> = {}, timeoutSeconds = 30): StreamFedFunction {
  const handler = ledger.newHandler(stack, `${station}Handler`, { timeout: Duration.seconds(timeoutSeconds), station });
  return new StreamFedFunction(stack, station, { handler, removalPolicy: RemovalPolicy.DESTROY, ...props });
}

// Several consumers of a stream of another stack. The handler of the first comes to its timeout, so that is short.
const stream = new kinesis.Stream(live, 'Stream', { shardCount: 1, streamMode: kinesis.StreamMode.PROVISIONED, removalPolicy: RemovalPolicy.DESTROY });
const troubled = consumer('troubled', { stream, batchSize: 25 }, 12);
// What waits for concurrency takes no attempt: there is none to take.
const throttled = consumer('throttled', { stream, retryAttempts: 0 });
// What is broken for a while must not be set aside meanwhile.
const stuck = consumer('stuck', { stream, retryAttempts: 10_000 });
const calm = consumer('calm', { stream });
const fannedOut = consumer('fanned-out', { stream, enhancedFanOut: true });
ledger.topology('orders', { entrance: streamEntrance(stream), stations: { troubled, throttled, stuck, calm, 'fanned-out': fannedOut } });

// A stream of the pattern's own, with as many shards as Kinesis gives it: one may be held up by poison while the others go on.
const sharded = consumer('sharded', { parallelizationFactor: 2 });
ledger.topology('shards', { entrance: streamEntrance(sharded.stream), stations: { sharded } });

const integ = new IntegTest(app, 'StreamFedFunction', { testCases: [stack], stackUpdateWorkflow: false });

const KEYS = 50;
const orders: PlanOptions = {
  messages: 3 * KEYS,
  groups: KEYS,
  faults: { 'poison': 3, 'transient': 3, 'resend': 3, 'batch-error': 1, 'time-out': 1, 'crash': 1, 'malformed': 1 },
  faultAt: ['troubled'],
  seed: seed(1),
};
const plan = planMessages(orders);
const poison = numbersWith('poison', plan);
const half = orders.messages / 2;

function send(part: readonly [number, number]) {
  const sent = plan.filter(({ number }) => number >= part[0] && number <= part[1]);
  return expectAnswer(integ, ledger.producer, { run: 'orders', ...orders, part }, { confirmed: sent.length + numbersWith('resend', sent).length, refused: 0 });
}

const books = (effects: number, accepted = orders.messages) => ({ accepted, effects, setAside: [], altered: [], unexplained: 0, orderViolations: 0 });
const done = books(orders.messages);
const settled = { lost: 0, unexplained: 0, orderViolations: 0, altered: 0 };

inOrder([
  send([1, half]),
  untilBooksAre(integ, ledger, 'orders', { stations: { throttled: books(half, half), stuck: books(half, half) } }),
  // One consumer has faults of every kind, one cannot run, one fails all the time: the others have everything.
  ...faultWindow(integ, ledger, ledger.throttle(throttled.handler), [
    ...faultWindow(integ, ledger, ledger.breakDownstream('orders', 'stuck'), [
      send([half + 1, orders.messages]),
      untilBooksAre(integ, ledger, 'orders', {
        stations: { 'calm': done, 'fanned-out': done, 'throttled': { effects: half, setAside: [] }, 'stuck': { effects: half, setAside: [] } },
      }),
    ]),
  ]),
  untilBooksAre(integ, ledger, 'orders', {
    ...settled,
    setAside: poison.length,
    stations: {
      'troubled': {
        ...books(orders.messages - poison.length),
        setAside: poison,
        // Without this a fault that never struck would look like one that did no harm.
        failures: { 'poison': poison.length, 'transient': 3, 'batch-error': 1, 'time-out': 1, 'crash': 1, 'malformed': 1 },
      },
      // Each record, and each copy, was delivered once.
      'throttled': { ...done, retries: 0, failures: {} },
      'stuck': done,
      'calm': { ...done, retries: 0, failures: {} },
      'fanned-out': { ...done, retries: 0, failures: {} },
    },
  }),
  expectAnswer(integ, ledger.redriver, { run: 'orders', station: 'troubled' }, { redriven: poison }),
  untilBooksAre(integ, ledger, 'orders', { ...settled, setAside: 0, effects: 5 * orders.messages, stations: { troubled: done } }),
  ...faultDrill(integ, ledger, { shards: { messages: 80, groups: 20, faults: { 'poison': 2, 'transient': 2, 'batch-error': 1 }, seed: seed(2) } }),
]);
