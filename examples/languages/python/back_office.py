"""Documents that are too large for a message, jobs that are too long for a request, and what must be read in order."""

import jsii
from aws_cdk import Duration, RemovalPolicy, Size, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from cdk_serverless_patterns import (
    AlarmOptions,
    ApiLoggingAccount,
    ClaimCheckBucket,
    CountAlarmOptions,
    DurationAlarmOptions,
    FailureBucket,
    FunctionEngine,
    IJobEngine,
    IQueueFed,
    JobEngineBindOptions,
    JobEngineConfig,
    JobWorkflowAlarmOptions,
    PercentAlarmOptions,
    PollingStatusApi,
    PollingStatusApiAlarmOptions,
    QueueFedFunction,
    StreamFedFunction,
    StreamFedFunctionAlarmOptions,
    TableFedFunction,
    TableFedFunctionAlarmOptions,
    TableFilters,
    UploadAlarmOptions,
)
from constructs import Construct

# Reads each scan that was uploaded, and answers with the messages that failed.
READ_SCANS = """\
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
"""

# Writes a report, and answers with the place where it is.
REPORT = """\
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client();
exports.handler = async ({ id, body }) => {
  const key = 'reports/' + id + '.json';
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: key, Body: JSON.stringify(body) }));
  return { key };
};
"""

# Reads each change of the stock, and answers with the first that failed: it and those behind it come again.
WATCH_STOCK = """\
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
"""

# Reads what goes through the gate of the warehouse, likewise.
WATCH_GATE = """\
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
"""


@jsii.implements(IQueueFed)
class Warehouse:
    """A consumer of the company's own: the warehouse's software reads from its queue, with the SQS Extended Client Library."""

    def __init__(self, scope: Construct) -> None:
        self._dead_letter_queue = sqs.Queue(
            scope, "WarehouseDeadLetters", retention_period=Duration.days(14), enforce_ssl=True
        )
        self._queue = sqs.Queue(
            scope,
            "WarehouseQueue",
            dead_letter_queue=sqs.DeadLetterQueue(queue=self._dead_letter_queue, max_receive_count=5),
            enforce_ssl=True,
        )

    @property
    def queue(self) -> sqs.IQueue:
        return self._queue

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        return self._dead_letter_queue


@jsii.implements(IJobEngine)
class EventBusEngine:
    """An engine of the company's own: a job is announced on an event bus, for whoever can do it."""

    def __init__(self, bus: events.IEventBus, detail_type: str) -> None:
        self._bus = bus
        self._detail_type = detail_type

    @property
    def max_body_size(self) -> Size | None:
        return None

    def bind(self, scope: Construct, options: JobEngineBindOptions) -> JobEngineConfig:
        self._bus.grant_put_events_to(options.pipe_role)
        return JobEngineConfig(
            target_arn=self._bus.event_bus_arn,
            target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
                event_bridge_event_bus_parameters=pipes.CfnPipe.PipeTargetEventBridgeEventBusParametersProperty(
                    source="back-office", detail_type=self._detail_type
                ),
            ),
            batch_size=10,
        )


class BackOffice(Stack):
    """Documents that are too large for a message, jobs that are too long for a request, and what must be read in order."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        office = iam.Role(self, "Office", assumed_by=iam.AccountRootPrincipal())
        picker = iam.Role(self, "Picker", assumed_by=iam.AccountRootPrincipal())

        # A document stays for as long as a message, or a dead letter, may still point to it.
        documents = ClaimCheckBucket(self, "Documents", redrive_window=Duration.days(7))

        # By message: the office deposits a packing list and sends a pointer to it.
        warehouse = Warehouse(self)
        documents.add_consumer("Warehouse", warehouse, prefix="packing-lists/", grantee=picker)
        documents.grant_deposit(office, "packing-lists/")
        warehouse.queue.grant_send_messages(office)
        warehouse.queue.grant_consume_messages(picker)

        # By upload: each scan becomes a message itself.
        scans = QueueFedFunction(
            self,
            "ScansToRead",
            handler=lambda_.Function(
                self,
                "ReadScans",
                runtime=lambda_.Runtime.NODEJS_22_X,
                handler="index.handler",
                code=lambda_.Code.from_inline(READ_SCANS),
                timeout=Duration.minutes(1),
            ),
        )
        uploads = documents.add_upload_consumer(
            "Scans",
            scans,
            prefix="scans/",
            suffixes=[".pdf"],
            alarms=UploadAlarmOptions(
                failed_invocations=CountAlarmOptions(threshold=3),
                more_dead_letters=CountAlarmOptions(enabled=False),
            ),
        )
        documents.grant_deposit(office, "scans/")
        uploads.dead_letter_queue.grant_consume_messages(office)

        # A report takes minutes, so the office asks for it, and then asks whether it is there.
        report = lambda_.Function(
            self,
            "Report",
            runtime=lambda_.Runtime.NODEJS_22_X,
            handler="index.handler",
            code=lambda_.Code.from_inline(REPORT),
            timeout=Duration.minutes(5),
            environment={"BUCKET": documents.bucket.bucket_name},
        )
        documents.grant_deposit(report, "reports/")
        documents.grant_claim(office, "reports/")
        logging = ApiLoggingAccount(self, "ApiLogging")
        reports = PollingStatusApi(
            self,
            "Reports",
            engine=FunctionEngine(
                report,
                alarms=JobWorkflowAlarmOptions(
                    failed=CountAlarmOptions(threshold=2),
                    aborted=CountAlarmOptions(enabled=False),
                ),
            ),
            body_schema=apigateway.JsonSchema(
                type=apigateway.JsonSchemaType.OBJECT,
                required=["month"],
                properties={
                    "month": apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING, pattern="^[0-9]{4}-[0-9]{2}$"),
                    "currency": apigateway.JsonSchema(type=apigateway.JsonSchemaType.STRING, enum=["EUR", "USD"]),
                },
                additional_properties=False,
            ),
            max_body_size=Size.kibibytes(4),
            timeout=Duration.minutes(10),
            retention_period=Duration.days(2),
            retry_after=Duration.seconds(2),
            cors_allow_origins=["https://office.example.com"],
            throttling_rate_limit=20,
            alarms=PollingStatusApiAlarmOptions(
                server_errors=PercentAlarmOptions(threshold=1),
                latency=DurationAlarmOptions(threshold=Duration.seconds(1), evaluation_periods=3),
                more_dead_letters=CountAlarmOptions(enabled=False),
            ),
        )
        reports.node.add_dependency(logging)
        reports.grant_submit(office)

        # A stocktake takes days, and is done by people.
        bus = events.EventBus(self, "Bus")
        stocktakes = PollingStatusApi(
            self,
            "Stocktakes",
            engine=EventBusEngine(bus, "Stocktake requested"),
            timeout=Duration.days(2),
            retry_after=Duration.minutes(10),
            access_logs=False,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stocktakes.grant_submit(office)
        stocktakes.grant_report(picker)

        # What a stream could not deliver is kept whole, for whoever repairs it.
        failures = FailureBucket(self, "Failures", expiration=Duration.days(180))
        failures.grant_read(office)

        # Every change of the stock, in order for each article. Those that expired were sold out long before.
        TableFedFunction(
            self,
            "StockToWatch",
            table=dynamodb.TableV2(
                self,
                "Stock",
                partition_key=dynamodb.Attribute(name="article", type=dynamodb.AttributeType.STRING),
                time_to_live_attribute="soldOutFor",
                dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            ),
            handler=lambda_.Function(
                self,
                "WatchStock",
                runtime=lambda_.Runtime.NODEJS_22_X,
                handler="index.handler",
                code=lambda_.Code.from_inline(WATCH_STOCK),
                timeout=Duration.seconds(30),
            ),
            filters=[TableFilters.without_ttl_deletes()],
            max_record_age=Duration.hours(6),
            failure_store=failures,
            alarms=TableFedFunctionAlarmOptions(
                iterator_age=DurationAlarmOptions(threshold=Duration.minutes(10)),
                stored_failures=CountAlarmOptions(threshold=5),
            ),
        )

        # What goes through the gate, in order for each article: a stream, which others may read, too.
        gate = StreamFedFunction(
            self,
            "Gate",
            handler=lambda_.Function(
                self,
                "WatchGate",
                runtime=lambda_.Runtime.NODEJS_22_X,
                handler="index.handler",
                code=lambda_.Code.from_inline(WATCH_GATE),
                timeout=Duration.seconds(30),
            ),
            stream_retention_period=Duration.days(3),
            parallelization_factor=2,
            failure_store=failures,
            alarms=StreamFedFunctionAlarmOptions(
                reading_stopped=AlarmOptions(evaluation_periods=30),
                read_throttles=CountAlarmOptions(enabled=False),
            ),
        )
        gate.grant_write(picker)
