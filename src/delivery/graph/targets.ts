import type { DeliveryGraph } from './delivery-graph';
import { functionOf } from './functions';
import type { DeadLetters, End } from './hop';
import { STATE_MACHINE, STATE_MACHINE_ALIAS, STATE_MACHINE_VERSION } from './resource-types';
import type { Props } from '../template/props';


/** What the ARN of a target refers to: of a version or an alias, the function or the state machine itself. */
export function targetOf(graph: DeliveryGraph, text: string | undefined): End {
  return { text, resource: functionOf(graph, text).function ?? stateMachineOf(graph, text) ?? graph.app.find(text) };
}

function stateMachineOf({ app }: DeliveryGraph, text: string | undefined) {
  const alias = app.find(text, STATE_MACHINE_ALIAS);
  const version = app.find(alias === undefined ? text : alias.props.text('RoutingConfiguration.0.StateMachineVersionArn'), STATE_MACHINE_VERSION);
  return app.find(version?.props.text('StateMachineArn'), STATE_MACHINE);
}

/** What a property says that names a dead-letter queue or a destination. */
export function deadLettersOf(graph: DeliveryGraph, props: Props, path: string): DeadLetters {
  const given = props.has(path);
  return given === undefined ? 'unknown' : given ? graph.end(props, path) : 'none';
}

/** A retry policy, in words such as `185 attempts in 24 h`. */
export function retriesText(attempts: number | undefined, seconds: number | undefined): string | undefined {
  return attempts === undefined || seconds === undefined ? undefined : `${attempts} attempts in ${durationText(seconds)}`;
}

export function durationText(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
