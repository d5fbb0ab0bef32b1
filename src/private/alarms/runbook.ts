import type { IConstruct } from 'constructs';
import { DOCUMENTATION } from '../app/documentation';
import { appState } from '../app/registry';

/** A section of a runbook. */
export interface RunbookSection {
  readonly page: string;
  readonly section: string;
}

/** The base URLs that were set, by the construct that they are set for. */
const basesOf = (scope: IConstruct) => appState(scope, 'runbooks', () => new Map<IConstruct, string>());

/** Sets where the runbooks of the alarms in and below `scope` are. */
export function useRunbooksAt(scope: IConstruct, baseUrl: string): void {
  basesOf(scope).set(scope, baseUrl.replace(/\/+$/, ''));
}

/**
 * Where the runbook of an alarm says what to do; every alarm's description ends with it.
 */
export function runbookUrl(alarm: IConstruct, { page, section }: RunbookSection): string {
  const bases = basesOf(alarm);
  const nearest = [...alarm.node.scopes].reverse().find((scope) => bases.has(scope));
  return `${nearest ? `${bases.get(nearest)}/${page}` : `${DOCUMENTATION}/runbooks/${page}.md`}#${section}`;
}
