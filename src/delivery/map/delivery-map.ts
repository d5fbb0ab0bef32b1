import type { NodeKind } from './node-kinds';
import type { HopKind } from '../graph/hop';
import type { Severity } from '../rules/rule';

/** The deliveries of an app as they are drawn: plain data, which is also what `--format json` prints. */
export interface DeliveryMap {
  readonly nodes: readonly MapNode[];
  readonly hops: readonly MapHop[];
  /** What was found at resources that are not drawn, such as a role. */
  readonly elsewhere: readonly MapProblem[];
}

/** A resource of the app, or something outside it. */
export interface MapNode {
  /** Names it in this map, and only there. */
  readonly id: string;
  readonly kind: NodeKind;
  /** What it is called in the drawing: the part of its path that tells it from the others of its stack. */
  readonly label: string;
  /** `app`: of these templates; `outside`: known by its ARN only; `unknown`: only the deployment says what it is. */
  readonly place: 'app' | 'outside' | 'unknown';
  readonly type?: string | undefined;
  readonly stack?: string | undefined;
  readonly path?: string | undefined;
  readonly logicalId?: string | undefined;
  /** What a text of the template refers to, if it is not of the app. */
  readonly text?: string | undefined;
  /** Whether something puts there what it cannot deliver. */
  readonly holdsDeadLetters: boolean;
  /** Those that watch it. */
  readonly alarms: readonly MapAlarm[];
  readonly problems: readonly MapProblem[];
}

/** What becomes of what a hop cannot deliver. `keeps`: it stays where it is, or the caller is told. */
export type GivesUp = 'keeps' | 'deadLetters' | 'loses' | 'unknown';

/** One delivery. */
export interface MapHop {
  readonly id: string;
  readonly kind: HopKind;
  readonly name: string;
  /** The service that delivers. */
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly retries?: string | undefined;
  readonly givesUp: GivesUp;
  /** The node that takes what cannot be delivered. */
  readonly deadLetters?: string | undefined;
  /** The resource that says so. */
  readonly stack: string;
  readonly path: string;
  readonly logicalId: string;
  /** Those that watch the resource which says so, such as a rule. */
  readonly alarms: readonly MapAlarm[];
  readonly problems: readonly MapProblem[];
}

export interface MapAlarm {
  readonly stack: string;
  readonly path: string;
  readonly logicalId: string;
  /** The metrics of what it watches. */
  readonly metrics: readonly string[];
  /** Whom it tells: the paths of resources, or what is known of others. Undefined: only the deployment says. */
  readonly tells?: readonly string[] | undefined;
}

export interface MapProblem {
  readonly id: string;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly docs: string;
  readonly stack: string;
  readonly path: string;
  readonly logicalId: string;
}

/** What people call each kind of hop. */
export const HOP_NAMES: Readonly<Record<HopKind, string>> = {
  asynchronous: 'asynchronous invocation',
  bus: 'event bus',
  consumer: 'consumer',
  deliveryStream: 'delivery stream',
  destination: 'destination',
  eventSource: 'event source',
  integration: 'integration',
  iotRule: 'IoT rule',
  notification: 'notification',
  pipe: 'pipe',
  redrive: 'redrive',
  ruleTarget: 'rule target',
  schedule: 'schedule',
  subscriber: 'subscriber',
  subscription: 'subscription',
  task: 'task',
};
