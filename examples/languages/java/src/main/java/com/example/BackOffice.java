package com.example;

import io.github.cdkserverlesspatterns.AlarmOptions;
import io.github.cdkserverlesspatterns.ApiLoggingAccount;
import io.github.cdkserverlesspatterns.ClaimCheckBucket;
import io.github.cdkserverlesspatterns.ClaimCheckConsumerOptions;
import io.github.cdkserverlesspatterns.CountAlarmOptions;
import io.github.cdkserverlesspatterns.DurationAlarmOptions;
import io.github.cdkserverlesspatterns.FailureBucket;
import io.github.cdkserverlesspatterns.FunctionEngine;
import io.github.cdkserverlesspatterns.IJobEngine;
import io.github.cdkserverlesspatterns.IQueueFed;
import io.github.cdkserverlesspatterns.JobEngineBindOptions;
import io.github.cdkserverlesspatterns.JobEngineConfig;
import io.github.cdkserverlesspatterns.JobWorkflowAlarmOptions;
import io.github.cdkserverlesspatterns.PercentAlarmOptions;
import io.github.cdkserverlesspatterns.PollingStatusApi;
import io.github.cdkserverlesspatterns.PollingStatusApiAlarmOptions;
import io.github.cdkserverlesspatterns.QueueFedFunction;
import io.github.cdkserverlesspatterns.StreamFedFunction;
import io.github.cdkserverlesspatterns.StreamFedFunctionAlarmOptions;
import io.github.cdkserverlesspatterns.TableFedFunction;
import io.github.cdkserverlesspatterns.TableFedFunctionAlarmOptions;
import io.github.cdkserverlesspatterns.TableFilters;
import io.github.cdkserverlesspatterns.UploadAlarmOptions;
import io.github.cdkserverlesspatterns.UploadConsumer;
import io.github.cdkserverlesspatterns.UploadConsumerOptions;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Size;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.apigateway.JsonSchema;
import software.amazon.awscdk.services.apigateway.JsonSchemaType;
import software.amazon.awscdk.services.dynamodb.Attribute;
import software.amazon.awscdk.services.dynamodb.AttributeType;
import software.amazon.awscdk.services.dynamodb.StreamViewType;
import software.amazon.awscdk.services.dynamodb.TableV2;
import software.amazon.awscdk.services.events.EventBus;
import software.amazon.awscdk.services.events.IEventBus;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.pipes.CfnPipe;
import software.amazon.awscdk.services.sqs.DeadLetterQueue;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/** Documents that are too large for a message, jobs that are too long for a request, and what must be read in order. */
public final class BackOffice extends Stack {
    /** Reads each scan that was uploaded, and answers with the messages that failed. */
    private static final String READ_SCANS = """
        const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
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
        """;

    /** Writes a report, and answers with the place where it is. */
    private static final String REPORT = """
        const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
        const s3 = new S3Client();
        exports.handler = async ({ id, body }) => {
          const key = 'reports/' + id + '.json';
          await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: key, Body: JSON.stringify(body) }));
          return { key };
        };
        """;

    /** Reads each change of the stock, and answers with the first that failed: it and those behind it come again. */
    private static final String WATCH_STOCK = """
        exports.handler = async (event) => {
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
        """;

    /** Reads what goes through the gate of the warehouse, likewise. */
    private static final String WATCH_GATE = """
        exports.handler = async (event) => {
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
        """;

    /** A consumer of the company's own: the warehouse's software reads from its queue, with the SQS Extended Client Library. */
    private static final class Warehouse implements IQueueFed {
        private final Queue deadLetterQueue;
        private final Queue queue;

        Warehouse(final Construct scope) {
            this.deadLetterQueue = Queue.Builder.create(scope, "WarehouseDeadLetters")
                .retentionPeriod(Duration.days(14))
                .enforceSsl(true)
                .build();
            this.queue = Queue.Builder.create(scope, "WarehouseQueue")
                .deadLetterQueue(DeadLetterQueue.builder().queue(this.deadLetterQueue).maxReceiveCount(5).build())
                .enforceSsl(true)
                .build();
        }

        @Override
        public IQueue getQueue() {
            return this.queue;
        }

        @Override
        public IQueue getDeadLetterQueue() {
            return this.deadLetterQueue;
        }
    }

    /** An engine of the company's own: a job is announced on an event bus, for whoever can do it. */
    private static final class EventBusEngine implements IJobEngine {
        private final IEventBus bus;
        private final String detailType;

        EventBusEngine(final IEventBus bus, final String detailType) {
            this.bus = bus;
            this.detailType = detailType;
        }

        @Override
        public JobEngineConfig bind(final Construct scope, final JobEngineBindOptions options) {
            this.bus.grantPutEventsTo(options.getPipeRole());
            return JobEngineConfig.builder()
                .targetArn(this.bus.getEventBusArn())
                .targetParameters(CfnPipe.PipeTargetParametersProperty.builder()
                    .eventBridgeEventBusParameters(CfnPipe.PipeTargetEventBridgeEventBusParametersProperty.builder()
                        .source("back-office")
                        .detailType(this.detailType)
                        .build())
                    .build())
                .batchSize(10)
                .build();
        }
    }

    public BackOffice(final Construct scope, final String id) {
        super(scope, id);
        final Role office = Role.Builder.create(this, "Office").assumedBy(new AccountRootPrincipal()).build();
        final Role picker = Role.Builder.create(this, "Picker").assumedBy(new AccountRootPrincipal()).build();

        // A document stays for as long as a message, or a dead letter, may still point to it.
        final ClaimCheckBucket documents = ClaimCheckBucket.Builder.create(this, "Documents").redriveWindow(Duration.days(7)).build();

        // By message: the office deposits a packing list and sends a pointer to it.
        final Warehouse warehouse = new Warehouse(this);
        documents.addConsumer("Warehouse", warehouse, ClaimCheckConsumerOptions.builder().prefix("packing-lists/").grantee(picker).build());
        documents.grantDeposit(office, "packing-lists/");
        warehouse.getQueue().grantSendMessages(office);
        warehouse.getQueue().grantConsumeMessages(picker);

        // By upload: each scan becomes a message itself.
        final QueueFedFunction scans = QueueFedFunction.Builder.create(this, "ScansToRead")
            .handler(Function.Builder.create(this, "ReadScans")
                .runtime(Runtime.NODEJS_22_X)
                .handler("index.handler")
                .code(Code.fromInline(READ_SCANS))
                .timeout(Duration.minutes(1))
                .build())
            .build();
        final UploadConsumer uploads = documents.addUploadConsumer("Scans", scans, UploadConsumerOptions.builder()
            .prefix("scans/")
            .suffixes(List.of(".pdf"))
            .alarms(UploadAlarmOptions.builder()
                .failedInvocations(CountAlarmOptions.builder().threshold(3).build())
                .moreDeadLetters(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build());
        documents.grantDeposit(office, "scans/");
        uploads.getDeadLetterQueue().grantConsumeMessages(office);

        // A report takes minutes, so the office asks for it, and then asks whether it is there.
        final Function report = Function.Builder.create(this, "Report")
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .code(Code.fromInline(REPORT))
            .timeout(Duration.minutes(5))
            .environment(Map.of("BUCKET", documents.getBucket().getBucketName()))
            .build();
        documents.grantDeposit(report, "reports/");
        documents.grantClaim(office, "reports/");
        final ApiLoggingAccount logging = new ApiLoggingAccount(this, "ApiLogging");
        final PollingStatusApi reports = PollingStatusApi.Builder.create(this, "Reports")
            .engine(FunctionEngine.Builder.create(report)
                .alarms(JobWorkflowAlarmOptions.builder()
                    .failed(CountAlarmOptions.builder().threshold(2).build())
                    .aborted(CountAlarmOptions.builder().enabled(false).build())
                    .build())
                .build())
            .bodySchema(JsonSchema.builder()
                .type(JsonSchemaType.OBJECT)
                .required(List.of("month"))
                .properties(Map.of(
                    "month", JsonSchema.builder().type(JsonSchemaType.STRING).pattern("^[0-9]{4}-[0-9]{2}$").build(),
                    "currency", JsonSchema.builder().type(JsonSchemaType.STRING).enumValue(List.of("EUR", "USD")).build()))
                .additionalProperties(false)
                .build())
            .maxBodySize(Size.kibibytes(4))
            .timeout(Duration.minutes(10))
            .retentionPeriod(Duration.days(2))
            .retryAfter(Duration.seconds(2))
            .corsAllowOrigins(List.of("https://office.example.com"))
            .throttlingRateLimit(20)
            .alarms(PollingStatusApiAlarmOptions.builder()
                .serverErrors(PercentAlarmOptions.builder().threshold(1).build())
                .latency(DurationAlarmOptions.builder().threshold(Duration.seconds(1)).evaluationPeriods(3).build())
                .moreDeadLetters(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        reports.getNode().addDependency(logging);
        reports.grantSubmit(office);

        // A stocktake takes days, and is done by people.
        final EventBus bus = new EventBus(this, "Bus");
        final PollingStatusApi stocktakes = PollingStatusApi.Builder.create(this, "Stocktakes")
            .engine(new EventBusEngine(bus, "Stocktake requested"))
            .timeout(Duration.days(2))
            .retryAfter(Duration.minutes(10))
            .accessLogs(false)
            .removalPolicy(RemovalPolicy.DESTROY)
            .build();
        stocktakes.grantSubmit(office);
        stocktakes.grantReport(picker);

        // What a stream could not deliver is kept whole, for whoever repairs it.
        final FailureBucket failures = FailureBucket.Builder.create(this, "Failures").expiration(Duration.days(180)).build();
        failures.grantRead(office);

        // Every change of the stock, in order for each article. Those that expired were sold out long before.
        TableFedFunction.Builder.create(this, "StockToWatch")
            .table(TableV2.Builder.create(this, "Stock")
                .partitionKey(Attribute.builder().name("article").type(AttributeType.STRING).build())
                .timeToLiveAttribute("soldOutFor")
                .dynamoStream(StreamViewType.NEW_AND_OLD_IMAGES)
                .build())
            .handler(Function.Builder.create(this, "WatchStock")
                .runtime(Runtime.NODEJS_22_X)
                .handler("index.handler")
                .code(Code.fromInline(WATCH_STOCK))
                .timeout(Duration.seconds(30))
                .build())
            .filters(List.of(TableFilters.withoutTtlDeletes()))
            .maxRecordAge(Duration.hours(6))
            .failureStore(failures)
            .alarms(TableFedFunctionAlarmOptions.builder()
                .iteratorAge(DurationAlarmOptions.builder().threshold(Duration.minutes(10)).build())
                .storedFailures(CountAlarmOptions.builder().threshold(5).build())
                .build())
            .build();

        // What goes through the gate, in order for each article: a stream, which others may read, too.
        final StreamFedFunction gate = StreamFedFunction.Builder.create(this, "Gate")
            .handler(Function.Builder.create(this, "WatchGate")
                .runtime(Runtime.NODEJS_22_X)
                .handler("index.handler")
                .code(Code.fromInline(WATCH_GATE))
                .timeout(Duration.seconds(30))
                .build())
            .streamRetentionPeriod(Duration.days(3))
            .parallelizationFactor(2)
            .failureStore(failures)
            .alarms(StreamFedFunctionAlarmOptions.builder()
                .readingStopped(AlarmOptions.builder().evaluationPeriods(30).build())
                .readThrottles(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        gate.grantWrite(picker);
    }
}
