import { Duration, Size, Stack, TimeZone } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { AsyncFunction, BucketFedFunction, EventRouter, FailureBucket, QueueFedFunction, ScheduledFunction } from 'cdk-serverless-patterns';
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

    // The day's accounts, every night, however often the clocks are changed.
    new ScheduledFunction(this, 'Nightly', {
      handler: this.newFunction('CloseDay', READ_MESSAGES),
      schedule: scheduler.ScheduleExpression.cron({ minute: '30', hour: '4', timeZone: TimeZone.EUROPE_BERLIN }),
      flexibleWindow: Duration.minutes(10),
      input: { accounts: 'daily' },
      maxReceiveCount: 3,
      alarms: { targetErrors: { threshold: 5 }, runsSetAside: { enabled: false } },
    });
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
