import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { NodejsFunctionProps } from 'aws-cdk-lib/aws-lambda-nodejs';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { counter } from './counter/counter';
import type { TransferFunctions } from './transfer';
import { transferStates } from './transfer';
import {
  Alarms,
  AsyncFunction,
  BucketFedFunction,
  ClaimCheckBucket,
  EventRouter,
  FailureBucket,
  QueueFedFunction,
  QueueFedService,
  QueueFedWorkflow,
  ResilientWorkflow,
  ScheduledFunction,
  StreamFedFunction,
  TableFedFunction,
} from 'cdk-serverless-patterns';

// An example leaves nothing behind. Leave the removal policies out of anything real: tables, buckets and the stream are then kept when the stack goes.
const removalPolicy = RemovalPolicy.DESTROY;

/** A warehouse: goods are scanned on their way out, suppliers send delivery notes, the shop is told what is there, what runs low is ordered, and a branch gets what it asks for. */
class Warehouse extends Stack {
  private readonly variables: Record<string, string> = {};

  constructor(scope: Construct, id: string) {
    super(scope, id);

    // What is there of each article, and everything that was ever done: once each, however often it is asked for.
    const billingMode = BillingMode.PAY_PER_REQUEST;
    const stock = new Table(this, 'Stock', {
      partitionKey: { name: 'article', type: AttributeType.STRING }, stream: StreamViewType.NEW_AND_OLD_IMAGES, billingMode, removalPolicy,
    });
    const journal = new Table(this, 'Journal', { partitionKey: { name: 'entry', type: AttributeType.STRING }, billingMode, removalPolicy });
    Object.assign(this.variables, { STOCK_TABLE: stock.tableName, JOURNAL_TABLE: journal.tableName });

    // What streams and the supplier's function cannot process is kept whole in one place, and a ticket is opened for each.
    const openTicket = this.newFunction('OpenTicket', 'open-ticket.ts');
    const failures = new FailureBucket(this, 'Failures', { removalPolicy });
    failures.addConsumer('Tickets', new QueueFedFunction(this, 'Tickets', { handler: openTicket }));

    // Goods are scanned on their way out: those of an article are booked in the order of the scans.
    const bookScans = this.newFunction('BookScans', 'book-scans.ts');
    const scans = new StreamFedFunction(this, 'Scans', { handler: bookScans, failureStore: failures, removalPolicy });

    // Suppliers upload a delivery note for what they bring.
    const bookDelivery = this.newFunction('BookDelivery', 'book-delivery.ts');
    const deliveries = new BucketFedFunction(this, 'Deliveries', { handler: bookDelivery, suffix: '.csv', removalPolicy });

    for (const handler of [bookScans, bookDelivery]) {
      stock.grant(handler, 'dynamodb:UpdateItem');
    }

    // Every change of the stock becomes an event, for whoever wants to know. Nobody has to write twice, to the table and to the bus.
    const events = new EventRouter(this, 'Events', { removalPolicy });
    this.variables.EVENT_BUS = events.eventBus.eventBusName;
    const publishChanges = this.newFunction('PublishChanges', 'publish-changes.ts');
    new TableFedFunction(this, 'StockChanges', { table: stock, handler: publishChanges, failureStore: failures });
    events.grantPutEvents(publishChanges);

    // The shop shows what is there. Events have no order, so it keeps the newest.
    const showStock = this.newFunction('ShowStock', 'show-stock.ts');
    events.addConsumer('Shop', new QueueFedFunction(this, 'Shop', { handler: showStock }), {
      eventPattern: { source: ['warehouse'], detailType: ['StockChanged'] },
    });

    // What runs low is ordered from its supplier, who may be out of reach: then the order is kept, too.
    const orderGoods = this.newFunction('OrderGoods', 'order-goods.ts');
    stock.grant(orderGoods, 'dynamodb:GetItem');
    events.addFunction('Orders', new AsyncFunction(this, 'Orders', { handler: orderGoods, failureStore: failures }), {
      eventPattern: { source: ['warehouse'], detailType: ['StockLow'] },
    });

    // The branch asks for goods, and its requests wait in a queue. Each starts a workflow of several steps; when one of them fails for good, those before it are undone, and the request is set aside.
    const branch = new Table(this, 'Branch', { partitionKey: { name: 'article', type: AttributeType.STRING }, billingMode, removalPolicy });
    this.variables.BRANCH_TABLE = branch.tableName;
    const transfer = new ResilientWorkflow(this, 'Transfer', {
      ...transferStates(this, this.newTransferFunctions(stock, branch, journal)),
      // A step takes a second. Even if it hangs at each attempt, it fails in time to be undone.
      taskTimeout: Duration.minutes(1),
    });
    const transfers = new QueueFedWorkflow(this, 'Transfers', { stateMachine: transfer.stateMachine });
    events.addConsumer('Transfers', transfers, { eventPattern: { source: ['branch'], detailType: ['TransferRequested'] } });

    // Every night the stock is counted for the accountants. The list of a large warehouse is too large for a message, so it goes by way of a bucket.
    const fileList = this.newFunction('FileList', 'file-list.ts');
    const accounting = new QueueFedFunction(this, 'Accounting', { handler: fileList });
    const lists = new ClaimCheckBucket(this, 'Lists', { removalPolicy });
    lists.addConsumer('Accounting', accounting, { prefix: 'stock/' });
    Object.assign(this.variables, { LISTS_BUCKET: lists.bucket.bucketName, ACCOUNTING_QUEUE: accounting.queue.queueUrl });
    const countStock = this.newFunction('CountStock', 'count-stock.ts');
    stock.grant(countStock, 'dynamodb:Scan');
    lists.grantDeposit(countStock, 'stock/');
    accounting.grantSendMessages(countStock);
    const nightly = new ScheduledFunction(this, 'NightlyCount', {
      handler: countStock, schedule: ScheduleExpression.cron({ hour: '4', minute: '30', timeZone: TimeZone.EUROPE_VIENNA }),
    });

    // A drone films the shelves, and what is on the films is compared with the list. To count it takes longer than a function may: tasks do it, and there are none while there are no films.
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 0, subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC }] });
    const counting = new QueueFedService(this, 'Counting', {
      ...counter(),
      cluster: new Cluster(this, 'Cluster', { vpc, containerInsightsV2: ContainerInsights.ENABLED }),
      // Without a NAT gateway, which would cost more than the tasks.
      assignPublicIp: true,
      maxProcessingTime: Duration.hours(1),
      averageProcessingTime: Duration.minutes(10),
    });
    counting.taskDefinition.defaultContainer?.addEnvironment('JOURNAL_TABLE', journal.tableName);
    journal.grant(counting.taskDefinition.taskRole, 'dynamodb:PutItem');
    const films = new ClaimCheckBucket(this, 'Films', { removalPolicy });
    films.addUploadConsumer('Counting', counting, { prefix: 'shelves/' });
    films.grantClaim(counting.taskDefinition.taskRole, 'shelves/');

    for (const handler of [bookScans, bookDelivery, showStock, orderGoods, fileList, openTicket]) {
      journal.grant(handler, 'dynamodb:PutItem');
    }

    const outputs = {
      StockTable: stock.tableName,
      JournalTable: journal.tableName,
      ScansStream: scans.stream.streamName,
      DeliveriesBucket: deliveries.bucket.bucketName,
      FilmsBucket: films.bucket.bucketName,
      FailuresBucket: failures.bucket.bucketName,
      BranchTable: branch.tableName,
      EventBus: events.eventBus.eventBusName,
      TransfersQueue: transfers.queue.queueUrl,
      TransfersDeadLetterQueue: transfers.deadLetterQueue.queueUrl,
      TransferEndsQueue: transfer.deadLetterQueue.queueUrl,
      TransferCompensation: transfer.compensation!.stateMachineArn,
      NightlyCountGroup: nightly.scheduleGroup.scheduleGroupName,
      NightlyCountSchedule: nightly.schedule.scheduleName,
    };
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value });
    }
  }

  /** What does the steps of a transfer, and no more than these. */
  private newTransferFunctions(stock: Table, branch: Table, journal: Table): TransferFunctions {
    const open = this.newFunction('OpenTransfer', 'transfers.ts', { handler: 'open' });
    journal.grant(open, 'dynamodb:PutItem', 'dynamodb:GetItem');
    const forget = this.newFunction('ForgetTransfer', 'transfers.ts', { handler: 'forget' });
    journal.grant(forget, 'dynamodb:DeleteItem');
    const bookHere = this.newFunction('BookHere', 'book-goods.ts');
    stock.grant(bookHere, 'dynamodb:UpdateItem');
    // The same function, for the table of the branch.
    const bookThere = this.newFunction('BookThere', 'book-goods.ts', { environment: { ...this.variables, STOCK_TABLE: branch.tableName } });
    branch.grant(bookThere, 'dynamodb:UpdateItem');
    const callCarrier = this.newFunction('CallCarrier', 'call-carrier.ts');
    branch.grant(callCarrier, 'dynamodb:GetItem');
    [bookHere, bookThere, callCarrier].forEach((handler) => journal.grant(handler, 'dynamodb:PutItem'));
    return { open, forget, bookHere, bookThere, callCarrier };
  }

  private newFunction(id: string, entry: string, props?: NodejsFunctionProps): NodejsFunction {
    return new NodejsFunction(this, id, {
      entry: path.join(__dirname, 'handlers', entry),
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(30),
      environment: { ...this.variables },
      logGroup: new LogGroup(this, `${id}Log`, { retention: RetentionDays.ONE_MONTH, removalPolicy }),
      ...props,
    });
  }
}

const app = new App();
const warehouse = new Warehouse(app, 'Warehouse');

// Who hears the alarms, of these patterns and of any that are added later.
Alarms.of(app).notify(new SnsAction(new Topic(warehouse, 'OnCall', { displayName: 'Warehouse on call' })));
