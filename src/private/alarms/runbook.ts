/**
 * The page that says what to do when an alarm fires; every alarm's description ends with it, so it must stay where it is.
 */
export function runbook(page: string, anchor: string): string {
  return `https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/main/docs/runbooks/${page}.md#${anchor}`;
}
