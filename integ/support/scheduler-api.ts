import { signWith } from '../../examples/order-desk/client/iam-signer';

/** Calls the API of EventBridge Scheduler, signed with the credentials of the function. Its client is not among the packages of the project. */
export async function callScheduler(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<unknown> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = '' } = process.env;
  const url = `${process.env.AWS_ENDPOINT_URL ?? `https://scheduler.${region}.amazonaws.com`}${path}`;
  const sign = signWith({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }, region, 'scheduler');
  const text = body && JSON.stringify(body);
  const headers = { 'content-type': 'application/json' };
  const request = { method, url, headers, ...(text === undefined ? {} : { body: text }) };
  const answer = await fetch(url, { method, headers: { ...headers, ...await sign(request) }, ...(text === undefined ? {} : { body: text }) });
  const answered = await answer.text();
  if (!answer.ok) {
    throw new Error(`Scheduler: ${method} ${path}: ${answer.status} ${answered}`);
  }
  return JSON.parse(answered || '{}');
}

/** Enables or disables a schedule, which otherwise stays as it is. */
export async function switchSchedule(group: string, name: string, enabled: boolean): Promise<void> {
  const path = `/schedules/${name}`;
  const schedule = await callScheduler('GET', `${path}?groupName=${group}`) as Readonly<Record<string, unknown>>;
  const settings = ['GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'FlexibleTimeWindow', 'Target'];
  const kept = Object.fromEntries(settings.map((setting) => [setting, schedule[setting]]));
  await callScheduler('PUT', path, { ...kept, State: enabled ? 'ENABLED' : 'DISABLED' });
}
