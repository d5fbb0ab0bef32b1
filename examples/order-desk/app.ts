import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { JsonSchemaType } from 'aws-cdk-lib/aws-apigateway';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Alarms, CanaryFunction, ClaimCheckBucket, FunctionEngine, PollingStatusApi, QueueFedFunction, TopicFanOut } from 'cdk-serverless-patterns';

/** An order desk: shops hand in files of orders, and each order is billed, produced and shipped, by stations that know nothing of each other. */
class OrderDesk extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    // An example leaves nothing behind. Leave the removal policies out of anything real: tables and payloads are then kept when the stack goes.
    const work = new Table(this, 'Work', {
      partitionKey: { name: 'orderId', type: AttributeType.STRING },
      sortKey: { name: 'station', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const catalogue = new Table(this, 'Catalogue', {
      partitionKey: { name: 'entry', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    // Order files, and orders with artwork, are too large for a message. They go by way of this bucket.
    const payloads = new ClaimCheckBucket(this, 'Payloads', { removalPolicy: RemovalPolicy.DESTROY });

    // Each order is told to all stations, those of a customer in the order of the file.
    const placed = new TopicFanOut(this, 'OrderPlaced', { fifo: true });

    // A shop hands in a file, gets the number of a job, and asks until the file is read.
    const readFile = this.newFunction('ReadFile', 'read-file.ts', {
      PAYLOADS_BUCKET: payloads.bucket.bucketName, TOPIC_ARN: placed.topic.topicArn,
    }, Duration.minutes(5));
    payloads.grantClaim(readFile, 'files/');
    payloads.grantDeposit(readFile, 'orders/');
    placed.grantPublish(readFile);
    const jobs = new PollingStatusApi(this, 'Jobs', {
      engine: new FunctionEngine(readFile),
      bodySchema: { type: JsonSchemaType.OBJECT, required: ['file'], properties: { file: { type: JsonSchemaType.OBJECT, required: ['Body'] } } },
      timeout: Duration.minutes(15),
      retryAfter: Duration.seconds(1),
      // They need a role of the account, which an example should not change. See ApiLoggingAccount.
      accessLogs: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const environment = { WORK_TABLE: work.tableName, CATALOGUE_TABLE: catalogue.tableName, PAYLOADS_BUCKET: payloads.bucket.bucketName };
    const bill = this.newFunction('Bill', 'bill.ts', environment);
    const produce = this.newFunction('Produce', 'produce.ts', environment);
    const ship = this.newFunction('Ship', 'ship.ts', environment);

    // Billing charges a customer's orders one after the other; the payment provider takes no more calls than this at a time.
    const billing = new QueueFedFunction(this, 'Billing', { handler: bill, fifo: true, maxConcurrency: 5 });
    // Production changes often. A new version gets a tenth of the calls for five minutes, and loses them again if it fails; one order in a call makes that a tenth of the orders.
    const canary = new CanaryFunction(this, 'Canary', { handler: produce });
    const production = new QueueFedFunction(this, 'Production', { handler: canary.alias, batchSize: 1, maxConcurrency: 5 });
    const shipping = new QueueFedFunction(this, 'Shipping', { handler: ship, maxConcurrency: 5 });

    for (const [name, station, handler] of [['Billing', billing, bill], ['Production', production, produce], ['Shipping', shipping, ship]] as const) {
      placed.addConsumer(name, station);
      payloads.addConsumer(name, station, { prefix: 'orders/', throughTopic: true });
      work.grant(handler, 'dynamodb:UpdateItem');
      new CfnOutput(this, `${name}QueueUrl`, { value: station.queue.queueUrl });
      new CfnOutput(this, `${name}DeadLetterQueueUrl`, { value: station.deadLetterQueue.queueUrl });
    }
    catalogue.grant(produce, 'dynamodb:BatchGetItem');
    catalogue.grant(ship, 'dynamodb:BatchGetItem');

    // What a shop may do: deposit a file, hand it in, and ask how its own jobs stand.
    const shop = new Role(this, 'Shop', { assumedBy: new AccountRootPrincipal() });
    payloads.grantDeposit(shop, 'files/');
    jobs.grantSubmit(shop);

    new CfnOutput(this, 'JobsUrl', { value: jobs.url });
    new CfnOutput(this, 'JobsTable', { value: jobs.table.tableName });
    new CfnOutput(this, 'PayloadsBucket', { value: payloads.bucket.bucketName });
    new CfnOutput(this, 'ShopRoleArn', { value: shop.roleArn });
    new CfnOutput(this, 'WorkTable', { value: work.tableName });
    new CfnOutput(this, 'CatalogueTable', { value: catalogue.tableName });
  }

  private newFunction(id: string, entry: string, environment: Record<string, string>, timeout = Duration.seconds(30)): NodejsFunction {
    return new NodejsFunction(this, id, {
      entry: path.join(__dirname, 'handlers', entry),
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout,
      environment,
      logGroup: new LogGroup(this, `${id}Log`, { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    });
  }
}

const app = new App();
const desk = new OrderDesk(app, 'OrderDesk');

// Who hears the alarms, of these patterns and of any that are added later.
Alarms.of(app).notify(new SnsAction(new Topic(desk, 'OnCall', { displayName: 'Order desk on call' })));
