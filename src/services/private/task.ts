import { Duration, Size, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct, IConstruct } from 'constructs';
import { LONGEST_STOP_SECONDS } from '../../delivery/rules/queue-service';
import { appState, isInTree } from '../../private/app/registry';
import { renderedResource } from '../../private/app/rendered-resource';

/** What a task runs. */
export interface Work {
  readonly image: ecs.ContainerImage;
  readonly command?: string[] | undefined;
  readonly cpu: number;
  readonly memoryLimitMiB: number;
  readonly cpuArchitecture: ecs.CpuArchitecture;
  readonly logGroup: logs.ILogGroup;
  readonly environment: { readonly [name: string]: string };
}

/** What the worker is told; the runtime package reads it. */
export function environmentOf({ queueUrl }: sqs.IQueue, times: { readonly maxProcessingSeconds: number; readonly visibilitySeconds: number }) {
  return { QUEUE_URL: queueUrl, MAX_PROCESSING_SECONDS: `${times.maxProcessingSeconds}`, VISIBILITY_TIMEOUT_SECONDS: `${times.visibilitySeconds}` };
}

const STOP_TIMEOUT = Duration.seconds(LONGEST_STOP_SECONDS);

/** Makes the definition of the tasks, with the worker as its one container. */
export function newTaskDefinition(scope: Construct, id: string, work: Work): ecs.FargateTaskDefinition {
  const { image, command, cpu, memoryLimitMiB, cpuArchitecture, logGroup, environment } = work;
  const taskDefinition = new ecs.FargateTaskDefinition(scope, id, {
    cpu,
    memoryLimitMiB,
    runtimePlatform: { cpuArchitecture, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
  });
  taskDefinition.addContainer('Worker', {
    image,
    environment,
    ...command && { command },
    stopTimeout: STOP_TIMEOUT,
    // A worker must not wait, with a message in its hand, for logs that cannot be delivered. What is lost then are lines of the log.
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    logging: ecs.LogDrivers.awsLogs({ logGroup, streamPrefix: 'worker', mode: ecs.AwsLogDriverMode.NON_BLOCKING, maxBufferSize: Size.mebibytes(25) }),
  });
  return taskDefinition;
}

interface RenderedContainer {
  readonly Name: string;
  readonly StopTimeout?: unknown;
}

export interface RenderedContainers {
  readonly containers: readonly RenderedContainer[];
  /** Which one the worker is: -1 for none. */
  readonly worker: number;
}

/** The containers of a task as they will be in the template. */
export function renderedContainers({ node, defaultContainer }: ecs.TaskDefinition): RenderedContainers {
  const { Properties } = renderedResource(node.defaultChild as ecs.CfnTaskDefinition);
  const { ContainerDefinitions: containers = [] } = Properties as { ContainerDefinitions?: RenderedContainer[] };
  return { containers, worker: containers.findIndex(({ Name }) => Name === defaultContainer?.containerName) };
}

/** Which service of the app has which task definition. */
const ownersIn = (scope: IConstruct) => appState(scope, 'taskOwners', () => new Map<IConstruct, IConstruct>());

/** The service that has this task definition already, if there is one. Its worker would be told of another queue. */
export function ownerOfTasks(taskDefinition: ecs.TaskDefinition): IConstruct | undefined {
  const owner = ownersIn(taskDefinition).get(taskDefinition);
  return owner && isInTree(owner) ? owner : undefined;
}

/** Makes the default container of a task definition, which somebody else has made, the worker of a service. */
export function claimTasks(service: Construct, taskDefinition: ecs.TaskDefinition, environment: Work['environment']): void {
  ownersIn(service).set(taskDefinition, service);
  Object.entries(environment).forEach(([name, value]) => taskDefinition.defaultContainer!.addEnvironment(name, value));
}

/**
 * Allows tasks to protect themselves, by the endpoint of the agent.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
 */
export function protectionStatement(scope: Construct, cluster: ecs.ICluster): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
    resources: [Stack.of(scope).formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster.clusterName}/*` })],
  });
}
