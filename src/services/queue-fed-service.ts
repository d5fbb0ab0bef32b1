import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { addEventRules } from './private/event-rules';
import { addScaling } from './private/scaling';
import { claimTasks, environmentOf, newTaskDefinition, protectionStatement } from './private/task';
import type { QueueFedServiceAlarmOptions, QueueFedServiceAlarms } from './queue-fed-service.alarms';
import { QUEUE_FED_SERVICE_ALARMS } from './queue-fed-service.alarms';
import { checkAtSynthesis } from './queue-fed-service.late-rules';
import { planOf, strategiesOf } from './queue-fed-service.rules';
import type { IAlarmed } from '../alarms/alarmed';
import type { IQueueFed } from '../messaging/queue-fed';
import type { QueueFedProps } from '../messaging/queue-fed-props';
import { listed } from '../private/alarms/alarm-table';
import { RoleGrants } from '../private/iam/role-grants';
import { warnOfKeyByAlias } from '../private/kms/key-by-alias';
import { LOG_RETENTION } from '../private/log-groups/vended-log-group';
import { grantRedrive, newFedQueues } from '../private/sqs/fed-queues';

/**
 * Properties of a `QueueFedService`.
 */
export interface QueueFedServiceProps extends QueueFedProps {
  /**
   * The image with the worker, built for `cpuArchitecture`. Its settings are in `QUEUE_URL`, `MAX_PROCESSING_SECONDS` and `VISIBILITY_TIMEOUT_SECONDS`, where `runWorker` of the
   * runtime package, which does all that is asked of a worker, finds them. Either this or `taskDefinition` is required.
   *
   * @default - that of `taskDefinition`
   */
  readonly image?: ecs.ContainerImage;

  /**
   * A task definition of your own, whose default container is the worker. It must be for this service alone, and in its stack. It gets the permissions of the worker, and the default
   * container the variables of `image`. Set the container's `stopTimeout` to 120 seconds, so that a worker that is stopped can finish its message.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
   *
   * @default - a new one with `image` as its one container
   */
  readonly taskDefinition?: ecs.FargateTaskDefinition;

  /**
   * The cluster for the tasks, with Container Insights on: the number of running tasks, which the scaling needs, is a metric of it. Its VPC must let tasks reach SQS, the
   * registry of the image and CloudWatch Logs, by a NAT gateway or by VPC endpoints.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
   */
  readonly cluster: ecs.ICluster;

  /**
   * How long the processing of one message may take, up to 12 hours. A worker that takes longer gives its message up, which is then received again.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
   */
  readonly maxProcessingTime: Duration;

  /**
   * How long the processing of a message takes on average. With `acceptableDelay` it says how many messages may wait for each task.
   *
   * @default - `maxProcessingTime`
   */
  readonly averageProcessingTime?: Duration;

  /**
   * How long a message may wait before more tasks are started, which takes some minutes more.
   * https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-using-sqs-queue.html
   *
   * @default Duration.minutes(10)
   */
  readonly acceptableDelay?: Duration;

  /**
   * Minimum number of tasks. With 0, the first message starts one.
   *
   * @default 0
   */
  readonly minCapacity?: number;

  /**
   * Maximum number of tasks.
   *
   * @default 10
   */
  readonly maxCapacity?: number;

  /**
   * Whether four of five tasks run on Fargate Spot, the first always on demand. AWS stops Spot tasks two minutes after a warning; their messages are received again. The cluster
   * must have the capacity providers (`enableFargateCapacityProviders`).
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * CPU of a task: 256, 512, 1024 (one vCPU), 2048, 4096, 8192 or 16384.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
   *
   * @default - 512, or that of `taskDefinition`
   */
  readonly cpu?: number;

  /**
   * Memory of a task in MiB, of which Fargate has certain sizes for each `cpu`.
   *
   * @default - 1024, or that of `taskDefinition`
   */
  readonly memoryLimitMiB?: number;

  /**
   * The architecture that the image is built for.
   *
   * @default - ecs.CpuArchitecture.ARM64, or that of `taskDefinition`
   */
  readonly cpuArchitecture?: ecs.CpuArchitecture;

  /**
   * The command of the container.
   *
   * @default - that of the image, or of `taskDefinition`
   */
  readonly command?: string[];

  /**
   * For how long a message stays invisible after a receive and after each heartbeat, from 30 seconds to 12 hours: how soon another worker gets the message of one that died.
   *
   * @default Duration.minutes(2)
   */
  readonly visibilityTimeout?: Duration;

  /**
   * The subnets of the tasks.
   *
   * @default - private subnets with a way out; with `assignPublicIp`, public ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Whether tasks have public addresses, for a VPC without NAT gateway and endpoints. Nothing is allowed to connect to them.
   *
   * @default false
   */
  readonly assignPublicIp?: boolean;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: QueueFedServiceAlarmOptions;
}

/**
 * An SQS queue that feeds workers on Fargate and loses nothing: every message is processed, or tried again, or moved whole to a dead-letter queue that an
 * alarm watches. For work that takes longer than a Lambda function may, or more memory.
 *
 * Creates the queue, its dead-letter queue, the service with its task definition, the scaling by the backlog from no task at all, the permissions of the worker and the alarms,
 * with values that fit each other. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
 *
 * @example
 * const vpc = new ec2.Vpc(this, 'Vpc');
 * const cluster = new ecs.Cluster(this, 'Cluster', { vpc: vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
 *
 * new QueueFedService(this, 'Videos', {
 *   image: ecs.ContainerImage.fromRegistry('public.ecr.aws/shop/video-worker:1'),
 *   cluster: cluster,
 *   maxProcessingTime: Duration.hours(1),
 * });
 */
@propertyInjectable
export class QueueFedService extends Construct implements IQueueFed, IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.services.QueueFedService';

  /**
   * The queue that feeds the workers.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The dead-letter queue, for messages on which the workers failed `maxReceiveCount` times.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * Where the workers log. Undefined with a task definition of your own, which says so itself.
   */
  public readonly logGroup?: logs.LogGroup;

  /**
   * The definition of the tasks. Grant to its `taskRole` what the worker needs; add secrets and variables to its `defaultContainer`, volumes and sidecars to itself.
   */
  public readonly taskDefinition: ecs.FargateTaskDefinition;

  /**
   * The service that runs the tasks.
   */
  public readonly service: ecs.FargateService;

  /**
   * The scaling of the service, for example to have tasks at certain hours by a schedule.
   */
  public readonly scaling: ecs.ScalableTaskCount;

  /**
   * The alarms on the two queues and on the workers, by their names.
   */
  public readonly alarms: QueueFedServiceAlarms;

  constructor(scope: Construct, id: string, props: QueueFedServiceProps) {
    super(scope, id);
    const plan = planOf(this, props);

    const queues = newFedQueues(this, 'QueueFedService', props, plan);
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;

    const environment = environmentOf(this.queue, plan);
    if (props.taskDefinition) {
      this.taskDefinition = props.taskDefinition;
      claimTasks(this, props.taskDefinition, environment);
    } else {
      this.logGroup = new logs.LogGroup(this, 'LogGroup', { retention: LOG_RETENTION, removalPolicy: RemovalPolicy.DESTROY });
      this.taskDefinition = newTaskDefinition(this, 'TaskDefinition', {
        image: props.image!,
        command: props.command,
        cpu: plan.cpu,
        memoryLimitMiB: plan.memoryLimitMiB,
        cpuArchitecture: props.cpuArchitecture ?? ecs.CpuArchitecture.ARM64,
        logGroup: this.logGroup,
        environment,
      });
    }
    warnOfKeyByAlias(this, this.queue.encryptionMasterKey);
    this.queue.grantConsumeMessages(new RoleGrants(this).to(this.taskDefinition.taskRole));
    this.taskDefinition.addToTaskRolePolicy(protectionStatement(this, props.cluster));

    this.service = new ecs.FargateService(this, 'Service', {
      cluster: props.cluster,
      taskDefinition: this.taskDefinition,
      capacityProviderStrategies: strategiesOf(props),
      vpcSubnets: props.vpcSubnets,
      assignPublicIp: props.assignPublicIp,
      // And at most 200, as is the default: a new task stands beside an old one, which may be protected until its message is done.
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
    });
    // Tasks that may not pull their image or log yet would be failures for the circuit breaker.
    this.service.node.addDependency(this.taskDefinition.obtainExecutionRole());
    // The number of tasks is for the scaling to say: a number here would be set again by each deployment.
    (this.service.node.defaultChild as ecs.CfnService).desiredCount = undefined;

    const subject = { path: this.node.path, queue: this.queue, service: this.service };
    const scaled = addScaling(this, subject, plan);
    this.scaling = scaled.scaling;
    const rules = addEventRules(this, this.service);
    this.alarms = QUEUE_FED_SERVICE_ALARMS.add(this, { ...plan, ...subject, ...rules, deadLetterQueue: this.deadLetterQueue }, props.alarms);
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, { environment, ...rules, ...scaled }) });
  }

  /**
   * The alarms on the two queues and on the workers, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /**
   * Allows `grantee` to send messages to the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`, and the use of its key.
   *
   * @param grantee who sends: a role, a function, a service
   */
  public grantSendMessages(grantee: iam.IGrantable): iam.Grant {
    return this.queue.grantSendMessages(new RoleGrants(this).to(grantee));
  }

  /**
   * Allows an operator to read the dead letters, and to move them back to the queue once the cause is fixed. The redrive must name the queue as its destination.
   *
   * On the dead-letter queue: `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`,
   * `sqs:StartMessageMoveTask`, `sqs:ListMessageMoveTasks`, `sqs:CancelMessageMoveTask`; on the queue: `sqs:SendMessage`, `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`;
   * and the use of their keys. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   *
   * @param grantee who redrives: an operator's role, or a function
   */
  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    return grantRedrive(this, this, grantee);
  }
}
