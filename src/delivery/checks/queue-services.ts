import type { Reading } from './check';
import { check } from './check';
import { queriesOf } from '../graph/alarms';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { queueFacts, redriveOf } from '../graph/queues';
import { remembered } from '../graph/reading';
import { ALARM, CLUSTER } from '../graph/resource-types';
import { queueServices } from '../graph/services';
import type { QueueServiceFacts } from '../rules/queue-service';
import { DEFAULT_STOP_SECONDS, QUEUE_SERVICE_RULES } from '../rules/queue-service';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';
import { isLiteral } from '../template/symbols';

export const QUEUE_SERVICE_CHECKS = [check(QUEUE_SERVICE_RULES, readServices)];

const SCALING_POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';
const INSIGHTS = 'ECS/ContainerInsights';

function* readServices(graph: DeliveryGraph): Iterable<Reading<QueueServiceFacts>> {
  for (const { service, queue, cluster, worker } of queueServices(graph)) {
    const isMeasured = cluster !== undefined && measured(graph).has(cluster);
    const redrive = redriveOf(graph, queue);
    yield {
      at: service,
      facts: {
        queue: { ...queueFacts(queue), maxReceiveCount: typeof redrive === 'object' ? redrive.maxReceiveCount : undefined },
        cluster: { path: String(cluster?.path), containerInsights: isMeasured ? hasContainerInsights(cluster) : undefined },
        maxProcessingSeconds: secondsIn(worker?.environment, 'MAX_PROCESSING_SECONDS'),
        visibilityTimeoutSeconds: secondsIn(worker?.environment, 'VISIBILITY_TIMEOUT_SECONDS'),
        spot: isOnSpot(service),
        stopTimeoutSeconds: worker?.container.number('StopTimeout', DEFAULT_STOP_SECONDS),
        // Only what is scaled by the backlog needs the metrics of the queue in its own account.
        account: isMeasured ? service.stack.account : undefined,
      },
    };
  }
}

/** The clusters whose number of running tasks something scales by. What nobody asks for need not be measured. */
const measured = remembered((graph: DeliveryGraph): ReadonlySet<Resource | undefined> => {
  const scaling = graph.app.ofType(SCALING_POLICY).flatMap(({ props }) => scalingMetrics(props));
  const clusters = [...scaling, ...graph.app.ofType(ALARM).flatMap(alarmMetrics)];
  return new Set(clusters.map((name) => graph.app.find(name, CLUSTER)));
});

function scalingMetrics(props: Props): (string | undefined)[] {
  const metrics = props.items('TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics') ?? [];
  return metrics.map((metric) => metric.part('MetricStat.Metric')).filter((metric) => metric.text('Namespace') === INSIGHTS)
    .map((metric) => metric.items('Dimensions')?.find((dimension) => dimension.text('Name') === 'ClusterName')?.text('Value'));
}

function alarmMetrics(alarm: Resource): (string | undefined)[] {
  return queriesOf(alarm).metrics.filter(({ namespace }) => namespace === INSIGHTS)
    .map(({ dimensions }) => dimensions?.find(({ name }) => name === 'ClusterName')?.value);
}

/** Undefined: not known, as where the settings of the account decide. */
function hasContainerInsights({ props }: Resource): boolean | undefined {
  const value = props.items('ClusterSettings')?.find((setting) => setting.text('Name') === 'containerInsights')?.literal('Value');
  return value === undefined ? undefined : value !== 'disabled';
}

function isOnSpot({ props }: Resource): boolean | undefined {
  const strategies = props.items('CapacityProviderStrategy');
  return strategies?.some((strategy) => strategy.text('CapacityProvider') === 'FARGATE_SPOT' && strategy.number('Weight', 0) !== 0);
}

/** As the workers of the runtime package are told. */
function secondsIn(environment: ReadonlyMap<string, string> | undefined, name: string): number | undefined {
  const text = environment?.get(name);
  return isLiteral(text) && /^\d+$/.test(text) ? Number(text) : undefined;
}
