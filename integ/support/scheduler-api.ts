import { signedCall } from './signed-call';

/** Calls the API of EventBridge Scheduler. */
export async function callScheduler(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const { ok, status, text } = await signedCall('scheduler', { method, path, headers, body: body && JSON.stringify(body) });
  if (!ok) {
    throw new Error(`Scheduler: ${method} ${path}: ${status} ${text}`);
  }
  return JSON.parse(text || '{}');
}

/** Enables or disables a schedule, which otherwise stays as it is. */
export async function switchSchedule(group: string, name: string, enabled: boolean): Promise<void> {
  const path = `/schedules/${name}`;
  const schedule = await callScheduler('GET', `${path}?groupName=${group}`) as Readonly<Record<string, unknown>>;
  const settings = ['GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow', 'Target'];
  const kept = Object.fromEntries(settings.map((setting) => [setting, schedule[setting]]));
  await callScheduler('PUT', path, { ...kept, State: enabled ? 'ENABLED' : 'DISABLED' });
}
