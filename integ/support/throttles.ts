import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';

const HOUR_MS = 3_600_000;

/** Whether Lambda has turned invocations of a function away in the last hour. */
export async function isThrottled(functionName: string): Promise<boolean> {
  const { Datapoints: sums = [] } = await new CloudWatchClient({}).send(new GetMetricStatisticsCommand({
    Namespace: 'AWS/Lambda',
    MetricName: 'Throttles',
    Dimensions: [{ Name: 'FunctionName', Value: functionName }],
    Statistics: ['Sum'],
    Period: 60,
    StartTime: new Date(Date.now() - HOUR_MS),
    EndTime: new Date(Date.now() + HOUR_MS),
  }));
  return sums.some(({ Sum: sum = 0 }) => sum > 0);
}
