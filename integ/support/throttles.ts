import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';

const DAY_MS = 86_400_000;

/** Whether Lambda has turned invocations of a function away in the last day. On the local emulator, the time of metrics runs ahead of the clock. */
export async function isThrottled(functionName: string): Promise<boolean> {
  const { Datapoints: sums = [] } = await new CloudWatchClient({}).send(new GetMetricStatisticsCommand({
    Namespace: 'AWS/Lambda',
    MetricName: 'Throttles',
    Dimensions: [{ Name: 'FunctionName', Value: functionName }],
    Statistics: ['Sum'],
    Period: 3600,
    StartTime: new Date(Date.now() - DAY_MS),
    EndTime: new Date(Date.now() + 14 * DAY_MS),
  }));
  return sums.some(({ Sum: sum = 0 }) => sum > 0);
}
