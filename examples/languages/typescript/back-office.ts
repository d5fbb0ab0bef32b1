import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IJobEngine, IQueueFed, JobEngineBindOptions, JobEngineConfig } from 'cdk-serverless-patterns';
import {
  ApiLoggingAccount,
  ClaimCheckBucket,
  FailureBucket,
  FunctionEngine,
  PollingStatusApi,
  QueueFedFunction,
  StreamFedFunction,
  TableFedFunction,
  TableFilters,
} from 'cdk-serverless-patterns';
import type { Construct } from 'constructs';

/** Reads each scan that was uploaded, and answers with the messages that failed. */
const READ_SCANS = `const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client();
exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const message of event.Records) {
    try {
      const { bucket, object } = JSON.parse(message.body).detail;
      const scan = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key: object.key }));
      console.log('read', object.key, (await scan.Body.transformToByteArray()).length);
    } catch (error) {
      console.error(message.messageId, error);
      batchItemFailures.push({ itemIdentifier: message.messageId });
    }
  }
  return { batchItemFailures };
};
`;

/** Writes a report, and answers with the place where it is. */
const REPORT = `const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client();
exports.handler = async ({ id, body }) => {
  const key = 'reports/' + id + '.json';
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: key, Body: JSON.stringify(body) }));
  return { key };
};
`;

/** Reads each change of the stock, and answers with the first that failed: it and those behind it come again. */
const WATCH_STOCK = `exports.handler = async (event) => {
  for (const { dynamodb } of event.Records) {
    try {
      console.log('stock of', dynamodb.Keys.article.S, 'is', dynamodb.NewImage.pieces.N);
    } catch (error) {
      console.error(dynamodb.SequenceNumber, error);
      return { batchItemFailures: [{ itemIdentifier: dynamodb.SequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
};
`;

/** Reads what goes through the gate of the warehouse, likewise. */
const WATCH_GATE = `exports.handler = async (event) => {
  for (const { kinesis } of event.Records) {
    try {
      console.log('at the gate', JSON.parse(Buffer.from(kinesis.data, 'base64')).article);
    } catch (error) {
      console.error(kinesis.sequenceNumber, error);
      return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
};
`;

/** A consumer of the company's own: the warehouse's software reads from its queue, with the SQS Extended Client Library. */
class Warehouse implements IQueueFed {
  public readonly queue: sqs.Queue;
  public readonly deadLetterQueue: sqs.Queue;

  constructor(scope: Construct) {
    this.deadLetterQueue = new sqs.Queue(scope, 'WarehouseDeadLetters', { retentionPeriod: Duration.days(14), enforceSSL: true });
    this.queue = new sqs.Queue(scope, 'WarehouseQueue', {
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 5 },
      enforceSSL: true,
    });
  }
}

/** An engine of the company's own: a job is announced on an event bus, for whoever can do it. */
class EventBusEngine implements IJobEngine {
  constructor(private readonly bus: events.IEventBus, private readonly detailType: string) {}

  public bind(_scope: Construct, { pipeRole }: JobEngineBindOptions): JobEngineConfig {
    this.bus.grantPutEventsTo(pipeRole);
    return {
      targetArn: this.bus.eventBusArn,
      targetParameters: { eventBridgeEventBusParameters: { source: 'back-office', detailType: this.detailType } },
      batchSize: 10,
    };
  }
}

/** Documents that are too large for a message, jobs that are too long for a request, and what must be read in order. */
export class BackOffice extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const office = new iam.Role(this, 'Office', { assumedBy: new iam.AccountRootPrincipal() });
    const picker = new iam.Role(this, 'Picker', { assumedBy: new iam.AccountRootPrincipal() });

    // A document stays for as long as a message, or a dead letter, may still point to it.
    const documents = new ClaimCheckBucket(this, 'Documents', { redriveWindow: Duration.days(7) });

    // By message: the office deposits a packing list and sends a pointer to it.
    const warehouse = new Warehouse(this);
    documents.addConsumer('Warehouse', warehouse, { prefix: 'packing-lists/', grantee: picker });
    documents.grantDeposit(office, 'packing-lists/');
    warehouse.queue.grantSendMessages(office);
    warehouse.queue.grantConsumeMessages(picker);

    // By upload: each scan becomes a message itself.
    const scans = new QueueFedFunction(this, 'ScansToRead', {
      handler: new lambda.Function(this, 'ReadScans', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline(READ_SCANS),
        timeout: Duration.minutes(1),
      }),
    });
    const uploads = documents.addUploadConsumer('Scans', scans, {
      prefix: 'scans/',
      suffixes: ['.pdf'],
      alarms: { failedInvocations: { threshold: 3 }, moreDeadLetters: { enabled: false } },
    });
    documents.grantDeposit(office, 'scans/');
    uploads.deadLetterQueue.grantConsumeMessages(office);

    // A report takes minutes, so the office asks for it, and then asks whether it is there.
    const report = new lambda.Function(this, 'Report', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline(REPORT),
      timeout: Duration.minutes(5),
      environment: { BUCKET: documents.bucket.bucketName },
    });
    documents.grantDeposit(report, 'reports/');
    documents.grantClaim(office, 'reports/');
    const logging = new ApiLoggingAccount(this, 'ApiLogging');
    const reports = new PollingStatusApi(this, 'Reports', {
      engine: new FunctionEngine(report, { alarms: { failed: { threshold: 2 }, aborted: { enabled: false } } }),
      bodySchema: {
        type: apigateway.JsonSchemaType.OBJECT,
        required: ['month'],
        properties: {
          month: { type: apigateway.JsonSchemaType.STRING, pattern: '^[0-9]{4}-[0-9]{2}$' },
          currency: { type: apigateway.JsonSchemaType.STRING, enum: ['EUR', 'USD'] },
        },
        additionalProperties: false,
      },
      maxBodySize: Size.kibibytes(4),
      timeout: Duration.minutes(10),
      retentionPeriod: Duration.days(2),
      retryAfter: Duration.seconds(2),
      corsAllowOrigins: ['https://office.example.com'],
      throttlingRateLimit: 20,
      alarms: {
        serverErrors: { threshold: 1 },
        latency: { threshold: Duration.seconds(1), evaluationPeriods: 3 },
        moreDeadLetters: { enabled: false },
      },
    });
    reports.node.addDependency(logging);
    reports.grantSubmit(office);

    // A stocktake takes days, and is done by people.
    const bus = new events.EventBus(this, 'Bus');
    const stocktakes = new PollingStatusApi(this, 'Stocktakes', {
      engine: new EventBusEngine(bus, 'Stocktake requested'),
      timeout: Duration.days(2),
      retryAfter: Duration.minutes(10),
      accessLogs: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    stocktakes.grantSubmit(office);
    stocktakes.grantReport(picker);

    // What a stream could not deliver is kept whole, for whoever repairs it.
    const failures = new FailureBucket(this, 'Failures', { expiration: Duration.days(180) });
    failures.grantRead(office);

    // Every change of the stock, in order for each article. Those that expired were sold out long before.
    new TableFedFunction(this, 'StockToWatch', {
      table: new dynamodb.TableV2(this, 'Stock', {
        partitionKey: { name: 'article', type: dynamodb.AttributeType.STRING },
        timeToLiveAttribute: 'soldOutFor',
        dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      }),
      handler: new lambda.Function(this, 'WatchStock', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline(WATCH_STOCK),
        timeout: Duration.seconds(30),
      }),
      filters: [TableFilters.withoutTtlDeletes()],
      maxRecordAge: Duration.hours(6),
      failureStore: failures,
      alarms: { iteratorAge: { threshold: Duration.minutes(10) }, storedFailures: { threshold: 5 } },
    });

    // What goes through the gate, in order for each article: a stream, which others may read, too.
    const gate = new StreamFedFunction(this, 'Gate', {
      handler: new lambda.Function(this, 'WatchGate', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline(WATCH_GATE),
        timeout: Duration.seconds(30),
      }),
      streamRetentionPeriod: Duration.days(3),
      parallelizationFactor: 2,
      failureStore: failures,
      alarms: { readingStopped: { evaluationPeriods: 30 }, readThrottles: { enabled: false } },
    });
    gate.grantWrite(picker);
  }
}
