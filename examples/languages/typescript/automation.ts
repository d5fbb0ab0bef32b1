import { Duration, Size, Stack, TimeZone } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import {
  AsyncFunction, BucketDelivery, BucketFedFunction, EventRouter, FailureBucket, QueueFedFunction, QueueFedService, QueueFedWorkflow,
  ResilientWorkflow, ScheduledFunction, ScheduledMessages,
} from 'cdk-serverless-patterns';
import type { Construct } from 'constructs';

/** Reads messages, and answers with those that failed. */
const READ_MESSAGES = `exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const { messageId, body } of event.Records) {
    try {
      console.log('read', JSON.parse(body));
    } catch (error) {
      console.error(messageId, error);
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
};
`;

/** Thanks a customer. */
const THANK = `exports.handler = async ({ detail }) => {
  console.log('thank', detail.customer);
};
`;

/** Does a step of an order: the first one reads it from a message, and each hands it on. */
const DO_STEP = `exports.handler = async ({ body, order = JSON.parse(body) }) => {
  console.log('do', order);
  return { order };
};
`;

/** What happens by itself: by an event, by a file that is uploaded, and at night. */
export class Automation extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const office = new iam.Role(this, 'Office', { assumedBy: new iam.AccountRootPrincipal() });

    // Events of the shop and of another account, for whoever asks for them. Those of a month can be replayed.
    const router = new EventRouter(this, 'Router', { archiveRetention: Duration.days(30) });
    router.grantPutEvents(office);
    router.allowAccount('Web', '111122223333', { sources: ['web'] });
    router.addConsumer('Audit', new QueueFedFunction(this, 'AuditTrail', { handler: this.newFunction('Audit', READ_MESSAGES) }), {
      eventPattern: { source: ['shop', 'web'], detailType: ['OrderPlaced', 'OrderCancelled'] },
      alarms: { failedInvocations: { threshold: 3 }, moreDeadLetters: { enabled: false } },
    });

    // Whoever orders much is thanked, without a queue. What fails is kept with its error, and somebody looks at it.
    const failures = new FailureBucket(this, 'Failures', { alarms: { failuresStored: { threshold: 5 } } });
    failures.addConsumer('Inspection', new QueueFedFunction(this, 'Inspection', { handler: this.newFunction('Inspect', READ_MESSAGES) }), {
      prefix: 'aws/lambda/async/',
    });
    const thanks = new AsyncFunction(this, 'Thanks', {
      handler: this.newFunction('Thank', THANK),
      retryAttempts: 1,
      maxEventAge: Duration.hours(2),
      failureStore: failures,
      alarms: { eventAge: { threshold: Duration.minutes(30) }, recursiveInvocations: { enabled: false } },
    });
    router.addFunction('Thanks', thanks, {
      eventPattern: { source: ['shop'], detail: { total: events.Match.greaterThanOrEqual(1000) } },
    });

    // Suppliers' price lists.
    const prices = new BucketFedFunction(this, 'Prices', {
      handler: this.newFunction('ReadPrices', READ_MESSAGES),
      prefix: 'in/',
      suffix: '.csv',
      maxObjectSize: Size.mebibytes(50),
      outputPrefix: 'read/',
      maxReceiveCount: 3,
      deliveryAlarms: { objectsTooLarge: { threshold: 2 }, moreDeadLetters: { enabled: false } },
    });
    prices.bucket.grantPut(office, 'in/*');

    // Suppliers' films take hours. Tasks work on them, and there are none while there are no films.
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'vpc-0123456a', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-01234561'], privateSubnetRouteTableIds: ['rtb-01234561'],
    });
    const films = new QueueFedService(this, 'Films', {
      image: ecs.ContainerImage.fromRegistry('public.ecr.aws/shop/film-worker:1'),
      cluster: new ecs.Cluster(this, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED }),
      maxProcessingTime: Duration.hours(2),
      averageProcessingTime: Duration.minutes(10),
      maxCapacity: 5,
      cpu: 1024,
      memoryLimitMiB: 4096,
      alarms: { workersFail: { threshold: 2 }, atMaximum: { enabled: false } },
    });
    films.grantSendMessages(office);

    // The day's accounts, every night, however often the clocks are changed.
    new ScheduledFunction(this, 'Nightly', {
      handler: this.newFunction('CloseDay', READ_MESSAGES),
      schedule: scheduler.ScheduleExpression.cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }),
      flexibleWindow: Duration.minutes(10),
      input: { accounts: 'daily' },
      maxReceiveCount: 3,
      alarms: { targetErrors: { threshold: 5 }, runsSetAside: { enabled: false } },
    });

    // Reminders, each at a time of its own, which the office states.
    const reminders = new ScheduledMessages(this, 'Reminders', {
      target: new QueueFedFunction(this, 'Mail', { handler: this.newFunction('Remind', READ_MESSAGES) }),
      maxEventAge: Duration.hours(6),
      alarms: { targetErrors: { threshold: 5 }, runsSetAside: { enabled: false } },
    });
    reminders.grantCreateSchedules(office);

    // What customers look at, in files for the analysts.
    const looks = new BucketDelivery(this, 'Looks', {
      prefix: 'looks/',
      bufferingInterval: Duration.minutes(2),
      bufferingSize: Size.mebibytes(64),
      alarms: { throttledRecords: { threshold: 10 }, deliveryFreshness: { threshold: Duration.minutes(20) } },
    });
    looks.grantPutRecords(office);

    // An order reserves the goods and is paid. What was reserved is released again if nobody pays.
    const order = new ResilientWorkflow(this, 'Order', {
      definition: this.newStep('Reserve').next(this.newStep('Pay')),
      compensations: { Reserve: this.newStep('Release') },
      timeout: Duration.minutes(30),
      trafficShift: { percentage: 20, interval: Duration.minutes(15) },
      alarms: { failed: { threshold: 5 }, aborted: { enabled: false } },
    });
    order.grantStartExecution(office);

    // Orders wait in a queue. Each has one execution, even if its message comes twice; the message of one that fails is set aside.
    const orders = new QueueFedWorkflow(this, 'Orders', {
      stateMachine: order.alias!,
      maxReceiveCount: 3,
      alarms: { messageAge: { threshold: Duration.minutes(20) }, pipeThrottled: { enabled: false } },
    });
    orders.grantSendMessages(office);
  }

  private newStep(id: string): tasks.LambdaInvoke {
    return new tasks.LambdaInvoke(this, id, { lambdaFunction: this.newFunction(`${id}Step`, DO_STEP), payloadResponseOnly: true });
  }

  private newFunction(id: string, code: string): lambda.Function {
    return new lambda.Function(this, id, {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline(code),
      timeout: Duration.seconds(30),
    });
  }
}
