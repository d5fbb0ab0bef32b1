/** Whether a report is colored: on a terminal, unless the user says otherwise. https://no-color.org */
export function wantsColors(isTerminal: boolean, { NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return isTerminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}
