import * as fs from 'node:fs';
import { isBalanced } from './books';
import type { ConfirmedSend } from './books';
import type { OrderRecord } from './desk-client';
import type { Findings } from './findings';
import type { OrderPlan } from './order-plan';
import { orderId, orderNumber } from './order-plan';
import type { Sample } from './sampler';
import type { StackFacts } from './stack-facts';
import type { Books } from '../../../integ/support/books';

/** Everything that was seen when the queue had become empty. */
export interface Closing {
  readonly books: Books;
  readonly records: readonly OrderRecord[];
  /** The orders in the dead-letter queue, as often as they are there. */
  readonly deadLetters: readonly string[];
  readonly at: number;
}

/** A whole run: what the summary and the report tell. */
export interface Story {
  readonly command: string;
  readonly reportFile: string;
  readonly plan: OrderPlan;
  readonly facts: StackFacts;
  /** The visibility timeout that the queue had during the run. */
  readonly visibilitySeconds: number;
  readonly sends: readonly ConfirmedSend[];
  readonly samples: readonly Sample[];
  readonly beforeRepair: Closing;
  readonly repairedAt: number;
  readonly afterRedrive: Closing;
  /** What the records showed before the repair. */
  readonly findings: Findings;
  /** When the demo was started. */
  readonly startedAt: number;
}

export interface Check {
  readonly title: string;
  readonly passed: boolean;
}

/** What must be so for the demo to have succeeded, the report included. */
export function checksOf(story: Story): Check[] {
  const { reportFile, startedAt } = story;
  return [...checksOfBooks(story), { title: 'the report is written', passed: fs.existsSync(reportFile) && fs.statSync(reportFile).mtimeMs >= startedAt }];
}

/** What must be so of the orders. */
export function checksOfBooks({ plan, beforeRepair, afterRedrive }: Story): Check[] {
  const poison = plan.orders.filter(({ fault }) => fault === 'poison').map(({ order }) => order.orderId);
  return [
    { title: 'the books balance before the repair', passed: isBalanced(beforeRepair.books) && beforeRepair.books.accepted === plan.orders.length },
    { title: 'exactly the poison orders were set aside', passed: sameOrders(beforeRepair.deadLetters, poison) },
    {
      title: 'after the redrive every order is processed and none is set aside',
      passed: isBalanced(afterRedrive.books) && afterRedrive.books.effects === plan.orders.length && afterRedrive.deadLetters.length === 0,
    },
  ];
}

/** Which accepted orders were neither processed nor set aside, if any: a line for each closing of the books. */
export function missingOrders({ beforeRepair, afterRedrive }: Story): string[] {
  const closings = [['before the repair', beforeRepair], ['after the redrive', afterRedrive]] as const;
  return closings.flatMap(([when, { books: { lost, inFlight, outstanding } }]) => {
    const more = lost + inFlight > outstanding.length ? ', …' : '';
    return outstanding.length === 0 ? [] : [`neither processed nor set aside ${when}: ${outstanding.map(orderId).join(', ')}${more}`];
  });
}

function sameOrders(some: readonly string[], others: readonly string[]): boolean {
  const inOrder = (ids: readonly string[]) => ids.map(orderNumber).sort((a, b) => a - b).join();
  return inOrder(some) === inOrder(others);
}
