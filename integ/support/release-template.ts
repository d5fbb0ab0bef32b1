import { createHash } from 'node:crypto';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>>;
}

/**
 * The template of a stack with a canary, as it is when the canary's handler has another release: the function has another environment, and its version, as for each
 * change, another logical id.
 *
 * @param ignoreAlarms as the prop of `CanaryFunction`
 */
export function withRelease(template: string, release: string, ignoreAlarms: boolean): string {
  const hash = createHash('md5').update(release).digest('hex');
  const released = template
    .replace(/"RELEASE":"[^"]*"/, () => `"RELEASE":${JSON.stringify(release)}`)
    .replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, (_, id: string) => `${id}${hash}`);
  return JSON.stringify(withAlarmsIgnored(JSON.parse(released) as Template, ignoreAlarms));
}

function withAlarmsIgnored(template: Template, ignoreAlarms: boolean): Template {
  for (const { Type, Properties } of Object.values(template.Resources)) {
    const watched = Properties?.AlarmConfiguration as { Alarms?: unknown[]; Enabled: boolean } | undefined;
    if (Type === 'AWS::CodeDeploy::DeploymentGroup' && watched) {
      watched.Enabled = !ignoreAlarms && watched.Alarms !== undefined;
    }
  }
  return template;
}
