/**
 * Functions that the stream of a DynamoDB table feeds are fed with faults, and every change is accounted for, before and after the
 * repair: a change that one of them cannot process is set aside whole, those behind it go on in the order of their items; a deleted item
 * arrives with what it was; and filters let through what they should, and nothing else.
 *
 * Runs on the local emulator (`npm run integ`). On AWS (`npm run integ:aws`) an item whose time is over may stay for days, so there the
 * test waits in vain.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { TableFedFunctionProps } from '../src';
import { TableFedFunction, TableFilters } from '../src';
import { expectAnswer, inOrder, untilBooksAre } from './support/drill';
import { DELETED, EXPIRED, TABLE_KEY, TABLE_TIME_TO_LIVE, tableEntrance } from './support/entrances/table';
import { faultWindow } from './support/environment-faults';
import type { PlanOptions } from './support/faults';
import { numbersWith, planMessages } from './support/faults';
import { Ledger } from './support/ledger';
import { seed } from './support/seed';

const app = new App();
const live = new Stack(app, 'IntegTableFedFunctionLive');
const stack = new Stack(app, 'IntegTableFedFunction');
const ledger = new Ledger(stack, 'Ledger');

function newTable(id: string): dynamodb.TableV2 {
  return new dynamodb.TableV2(live, id, {
    partitionKey: { name: TABLE_KEY, type: dynamodb.AttributeType.STRING },
    timeToLiveAttribute: TABLE_TIME_TO_LIVE,
    dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** A consumer, by its name in the ledger. Only time-outs that are planned are wanted, however slow the machine. */
function consumer(station: string, table: dynamodb.ITable, props: Partial<TableFedFunctionProps> = {}, timeoutSeconds = 30): TableFedFunction {
  const handler = ledger.newHandler(stack, `${station}Handler`, { timeout: Duration.seconds(timeoutSeconds), station });
  return new TableFedFunction(stack, station, { handler, table, removalPolicy: RemovalPolicy.DESTROY, ...props });
}

// Two consumers, which are as many as may read the stream of one table.
const orders = newTable('Orders');
const troubled = consumer('troubled', orders, { batchSize: 20 }, 12);
const throttled = consumer('throttled', orders, { retryAttempts: 0 });
ledger.topology('orders', { entrance: tableEntrance(orders), stations: { troubled, throttled } });

// Deletes of every kind, and all but those of the service.
const sessions = newTable('Sessions');
const deletes = consumer('deletes', sessions, { filters: [TableFilters.deletesOnly()] });
const lasting = consumer('lasting', sessions, { filters: [TableFilters.withoutTtlDeletes()] });
ledger.topology('sessions', { entrance: tableEntrance(sessions), stations: { deletes, lasting }, due: { deletes: [DELETED, EXPIRED] } });

const visits = newTable('Visits');
const expired = consumer('expired', visits, { filters: [TableFilters.ttlDeletesOnly()] });
ledger.topology('visits', { entrance: tableEntrance(visits), stations: { expired }, due: { expired: [EXPIRED] } });

const integ = new IntegTest(app, 'TableFedFunction', { testCases: [stack], stackUpdateWorkflow: false });

const ITEMS = 20;
const plans: Record<string, PlanOptions> = {
  orders: {
    messages: 4 * ITEMS,
    groups: ITEMS,
    faults: { 'poison': 3, 'transient': 3, 'batch-error': 1, 'time-out': 1, 'crash': 1, 'malformed': 1 },
    faultAt: ['troubled'],
    seed: seed(1),
  },
  // An item for each message, because an item that is gone has no next change.
  sessions: { messages: 12, categories: ['kept', DELETED, EXPIRED], faults: { poison: 2 }, faultAt: ['deletes'], seed: seed(2) },
  visits: { messages: 6, categories: ['kept', DELETED, EXPIRED], seed: seed(3) },
};
const planned = (run: string) => planMessages(plans[run]!);
const poison = numbersWith('poison', planned('orders'));
const deletesPoison = numbersWith('poison', planned('sessions').filter(({ category }) => category !== 'kept'));

const half = 2 * ITEMS;
const send = (run: string, part: readonly [number, number]) => (
  expectAnswer(integ, ledger.producer, { run, ...plans[run], part }, { confirmed: part[1] - part[0] + 1, refused: 0 })
);
const books = (effects: number, setAside: readonly number[] = []) => (
  { accepted: effects + setAside.length, effects, setAside, altered: [], lost: 0, unexplained: 0, orderViolations: 0 }
);

inOrder([
  send('visits', [1, 6]),
  send('sessions', [1, 12]),
  send('orders', [1, half]),
  untilBooksAre(integ, ledger, 'orders', { stations: { throttled: books(half) } }),
  ...faultWindow(integ, ledger, ledger.throttle(throttled.handler), [send('orders', [half + 1, 2 * half])], [
    expectAnswer(integ, ledger.auditor, { run: 'orders' }, { stations: { throttled: { accepted: 2 * half, effects: half, setAside: [] } } }),
  ]),
  untilBooksAre(integ, ledger, 'orders', {
    stations: {
      troubled: {
        ...books(2 * half - poison.length, poison),
        failures: { 'poison': poison.length, 'transient': 3, 'batch-error': 1, 'time-out': 1, 'crash': 1, 'malformed': 1 },
      },
      // Each change was delivered once.
      throttled: { ...books(2 * half), retries: 0, failures: {} },
    },
  }),
  untilBooksAre(integ, ledger, 'sessions', { stations: { deletes: books(8 - deletesPoison.length, deletesPoison), lasting: books(12) } }),
  untilBooksAre(integ, ledger, 'visits', { stations: { expired: { ...books(2), deliveries: 2 } } }),
  expectAnswer(integ, ledger.redriver, { run: 'orders', station: 'troubled' }, { redriven: poison }),
  expectAnswer(integ, ledger.redriver, { run: 'sessions', station: 'deletes' }, { redriven: deletesPoison }),
  untilBooksAre(integ, ledger, 'orders', { stations: { troubled: books(2 * half), throttled: books(2 * half) } }),
  // A message of the deleted items is seen by the second consumer twice, of the expired ones once.
  untilBooksAre(integ, ledger, 'sessions', { stations: { deletes: books(8), lasting: { ...books(12), deliveries: 16 } } }),
]);
