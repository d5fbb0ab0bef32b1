import type { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { ExpectedResult, Match } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Books } from './books';
import type { PlanOptions } from './faults';
import { numbersWith, planMessages } from './faults';
import type { Ledger } from './ledger';

/** Invokes a function and expects at least these properties in its answer. */
export function expectAnswer(integ: IntegTest, target: lambda.IFunction, payload: unknown, answer: object): IApiCall {
  return integ.assertions
    .invokeFunction({ functionName: target.functionName, payload: JSON.stringify(payload) })
    .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(Match.objectLike(answer as Record<string, unknown>)) }));
}

/**
 * Sends the messages of each run, expects the books that its plan leads to, moves the dead letters back after the repair, and expects that all messages arrive.
 *
 * All runs take the same step before any takes the next, so that they wait for their retries together.
 *
 * @param plans by the name of the run
 * @returns the calls in the order in which they must be made; chain them with `inOrder`
 */
export function faultDrill(
  integ: IntegTest,
  ledger: Ledger,
  plans: Readonly<Record<string, PlanOptions>>,
): IApiCall[] {
  const untilBooksAre = (run: string, expected: Partial<Books>) => expectAnswer(integ, ledger.auditor, { run }, expected)
    .waitForAssertions({ totalTimeout: Duration.minutes(4), interval: Duration.seconds(5) });
  const settled = { inFlight: 0, lost: 0, unexplained: 0, orderViolations: 0 };

  const steps: ((run: string, plan: PlanOptions, poison: number[]) => IApiCall)[] = [
    (run, plan) => expectAnswer(integ, ledger.producer, { run, ...plan }, { confirmed: plan.messages + (plan.faults?.resend ?? 0) }),
    (run, plan, poison) => untilBooksAre(run, {
      ...settled,
      accepted: plan.messages,
      // A FIFO queue removes the copy; a standard queue delivers it, and its work is done once all the same.
      resent: plan.groups ? 0 : plan.faults?.resend ?? 0,
      effects: plan.messages - poison.length,
      setAside: poison,
    }),
    (run, _plan, poison) => expectAnswer(integ, ledger.redriver, { run }, { redriven: poison }),
    (run, plan) => untilBooksAre(run, { ...settled, accepted: plan.messages, effects: plan.messages, setAside: [] }),
  ];
  return steps.flatMap((step) => Object.entries(plans).map(([run, plan]) => step(run, plan, numbersWith('poison', planMessages(plan)))));
}

/** Makes each call wait for the one before. */
export function inOrder(calls: readonly IApiCall[]): void {
  calls.reduce((before, call) => before.next(call));
}
