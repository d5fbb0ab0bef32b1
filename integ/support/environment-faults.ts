import type { IApiCall, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { ExpectedResult, Match } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import type { Ledger } from './ledger';

/** What the ledger's controller is asked to do. */
export type Control =
  /** `limit` invocations at a time; none stated: as many as the account has. */
  | { readonly kind: 'concurrency'; readonly functionName: string; readonly limit?: number }
  /** The document of an inline policy of a role. */
  | { readonly kind: 'policy'; readonly roleName: string; readonly policyName: string; readonly document: unknown }
  | { readonly kind: 'event-source'; readonly id: string; readonly enabled: boolean }
  | { readonly kind: 'pipe'; readonly name: string; readonly running: boolean }
  | { readonly kind: 'schedule'; readonly group: string; readonly name: string; readonly enabled: boolean }
  | { readonly kind: 'downstream'; readonly book: string; readonly down: boolean };

/** What tells that a fault has been felt. */
export type Sign =
  /** Lambda holds messages of the queue. */
  | { readonly kind: 'messages-held'; readonly queueUrl: string }
  /** Lambda has turned an invocation of the function away, for want of concurrency. */
  | { readonly kind: 'throttled'; readonly functionName: string }
  /** The last attempt of the event source went wrong. */
  | { readonly kind: 'event-source-problem'; readonly id: string }
  /** A handler has failed for this reason. */
  | { readonly kind: 'failure'; readonly book: string; readonly reason: string };

/** A fault of what surrounds the messages: it lasts for a while, whatever messages come. Made by the ledger: `throttle`, `breakDownstream`, … */
export interface EnvironmentFault {
  readonly begin: Control;
  readonly end: Control;
  /** @default - the fault is taken as felt when it has begun */
  readonly sign?: Sign;
}

/**
 * A window of time in which a fault lasts: it begins, the calls are made, the fault is felt, and it ends.
 *
 * @param during what is done meanwhile, such as sending messages
 * @param before the fault ends: what must be true of it then
 */
export function faultWindow(
  integ: IntegTest, ledger: Ledger, fault: EnvironmentFault, during: readonly IApiCall[], before: readonly IApiCall[] = [],
): IApiCall[] {
  const control = (payload: Control | { readonly sign: Sign }, answer: Record<string, unknown>) => integ.assertions
    .invokeFunction({ functionName: ledger.controller.functionName, payload: JSON.stringify(payload) })
    .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(Match.objectLike(answer)) }));
  const felt = fault.sign && control({ sign: fault.sign }, { felt: true })
    .waitForAssertions({ totalTimeout: Duration.minutes(4), interval: Duration.seconds(5) });
  return [control(fault.begin, { done: true }), ...during, ...felt ? [felt] : [], ...before, control(fault.end, { done: true })];
}
