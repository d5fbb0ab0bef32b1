import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Alarms, QueueFedFunction } from 'cdk-serverless-patterns';

/** An order desk: shops send orders to a queue, a function prices and charges them, one by one. */
class OrderDesk extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    // An example leaves nothing behind. Leave these removal policies out of anything real: tables are then kept when the stack goes.
    const orders = new Table(this, 'Orders', {
      partitionKey: { name: 'orderId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const catalogue = new Table(this, 'Catalogue', {
      partitionKey: { name: 'entry', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const processOrders = new NodejsFunction(this, 'ProcessOrders', {
      entry: path.join(__dirname, 'handlers', 'process-orders.ts'),
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(30),
      environment: { ORDERS_TABLE: orders.tableName, CATALOGUE_TABLE: catalogue.tableName },
      logGroup: new LogGroup(this, 'ProcessOrdersLog', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    });
    orders.grant(processOrders, 'dynamodb:UpdateItem');
    catalogue.grant(processOrders, 'dynamodb:BatchGetItem');

    // The pattern: the queue, its dead-letter queue, what connects them with the function, and the alarms.
    const desk = new QueueFedFunction(this, 'Desk', {
      handler: processOrders,
      // The payment provider takes no more calls than this at a time.
      maxConcurrency: 5,
    });

    new CfnOutput(this, 'QueueUrl', { value: desk.queue.queueUrl });
    new CfnOutput(this, 'QueueArn', { value: desk.queue.queueArn });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: desk.deadLetterQueue.queueUrl });
    new CfnOutput(this, 'DeadLetterQueueArn', { value: desk.deadLetterQueue.queueArn });
    new CfnOutput(this, 'OrdersTable', { value: orders.tableName });
    new CfnOutput(this, 'CatalogueTable', { value: catalogue.tableName });
  }
}

const app = new App();
const desk = new OrderDesk(app, 'OrderDesk');

// Who hears the alarms, of this pattern and of any that are added later.
Alarms.of(app).notify(new SnsAction(new Topic(desk, 'OnCall', { displayName: 'Order desk on call' })));
