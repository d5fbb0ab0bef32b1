import type { Resource } from '../template/app';

/** What a text of the template refers to. */
export interface End {
  /** As the template has it, symbols included. Undefined: none is stated. */
  readonly text: string | undefined;
  /** Undefined: nothing in this app, or not known which. */
  readonly resource?: Resource | undefined;
}

/** Where a hop puts what it cannot deliver. `none`: nowhere; `unknown`: only the deployment says. */
export type DeadLetters = End | 'none' | 'unknown';

export type HopKind =
  | 'redrive'
  | 'subscription'
  | 'ruleTarget'
  | 'bus'
  | 'subscriber'
  | 'schedule'
  | 'pipe'
  | 'eventSource'
  | 'asynchronous'
  | 'destination'
  | 'notification'
  | 'deliveryStream'
  | 'task'
  | 'integration'
  | 'consumer'
  | 'iotRule';

/** One delivery, from one resource to another. */
export interface Hop {
  readonly kind: HopKind;
  /** The resource that says so. */
  readonly at: Resource;
  /** What texts call it by, such as `target 'Target0' of rule 'Shop/Rule'`. */
  readonly name: string;
  readonly from: End;
  readonly to: End;
  /** The service that delivers, such as `sns.amazonaws.com`. */
  readonly service: string;
  /** The ARN of the role by which it does, if it needs one. */
  readonly role?: string | undefined;
  /** Undefined: what cannot be delivered stays where it is, as in a queue. */
  readonly deadLetters?: DeadLetters | undefined;
  /** Whether it sets something aside where it leads to: what failed, and no other. */
  readonly setsAside?: boolean | undefined;
  /** How often and how long it is tried, in words for a map, such as `185 attempts in 24 h`. */
  readonly retries?: string | undefined;
}

/** Where a hop puts what failed: where it leads to, if it sets something aside there, and its dead letters. */
export function setAsideIn({ to, deadLetters, setsAside }: Hop): (Resource | undefined)[] {
  return [setsAside ? to.resource : undefined, typeof deadLetters === 'object' ? deadLetters.resource : undefined];
}
