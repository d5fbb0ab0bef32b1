package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	patterns "github.com/cdkserverlesspatterns/cdk-serverless-patterns-go/cdkserverlesspatterns"
)

// readScans reads each scan that was uploaded, and answers with the messages that failed.
const readScans = `const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
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
`

// makeReport writes a report, and answers with the place where it is.
const makeReport = `const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client();
exports.handler = async ({ id, body }) => {
  const key = 'reports/' + id + '.json';
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: key, Body: JSON.stringify(body) }));
  return { key };
};
`

// watchStock reads each change of the stock, and answers with the first that failed: it and those behind it come again.
const watchStock = `exports.handler = async (event) => {
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
`

// watchGate reads what goes through the gate of the warehouse, likewise.
const watchGate = `exports.handler = async (event) => {
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
`

// warehouse is a consumer of the company's own: its software reads from its queue, with the SQS Extended Client Library.
type warehouse struct {
	queue           awssqs.Queue
	deadLetterQueue awssqs.Queue
}

func newWarehouse(scope constructs.Construct) *warehouse {
	deadLetterQueue := awssqs.NewQueue(scope, jsii.String("WarehouseDeadLetters"), &awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
		EnforceSSL:      jsii.Bool(true),
	})
	queue := awssqs.NewQueue(scope, jsii.String("WarehouseQueue"), &awssqs.QueueProps{
		DeadLetterQueue: &awssqs.DeadLetterQueue{Queue: deadLetterQueue, MaxReceiveCount: jsii.Number(5)},
		EnforceSSL:      jsii.Bool(true),
	})
	return &warehouse{queue: queue, deadLetterQueue: deadLetterQueue}
}

func (w *warehouse) Queue() awssqs.IQueue           { return w.queue }
func (w *warehouse) DeadLetterQueue() awssqs.IQueue { return w.deadLetterQueue }

// eventBusEngine is an engine of the company's own: a job is announced on an event bus, for whoever can do it.
type eventBusEngine struct {
	bus        awsevents.IEventBus
	detailType string
}

func (e *eventBusEngine) MaxBodySize() awscdk.Size { return nil }

func (e *eventBusEngine) Bind(_ constructs.Construct, options *patterns.JobEngineBindOptions) *patterns.JobEngineConfig {
	e.bus.GrantPutEventsTo(options.PipeRole, nil)
	return &patterns.JobEngineConfig{
		TargetArn: e.bus.EventBusArn(),
		TargetParameters: &awspipes.CfnPipe_PipeTargetParametersProperty{
			EventBridgeEventBusParameters: &awspipes.CfnPipe_PipeTargetEventBridgeEventBusParametersProperty{
				Source:     jsii.String("back-office"),
				DetailType: jsii.String(e.detailType),
			},
		},
		BatchSize: jsii.Number(10),
	}
}

// newBackOffice makes a stack for documents that are too large for a message, jobs that are too long for a request, and what must be read in order.
func newBackOffice(app awscdk.App) awscdk.Stack {
	stack := awscdk.NewStack(app, jsii.String("BackOffice"), nil)
	office := awsiam.NewRole(stack, jsii.String("Office"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})
	picker := awsiam.NewRole(stack, jsii.String("Picker"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})

	// A document stays for as long as a message, or a dead letter, may still point to it.
	documents := patterns.NewClaimCheckBucket(stack, jsii.String("Documents"), &patterns.ClaimCheckBucketProps{
		RedriveWindow: awscdk.Duration_Days(jsii.Number(7)),
	})

	// By message: the office deposits a packing list and sends a pointer to it.
	packing := newWarehouse(stack)
	documents.AddConsumer(jsii.String("Warehouse"), packing, &patterns.ClaimCheckConsumerOptions{
		Prefix:  jsii.String("packing-lists/"),
		Grantee: picker,
	})
	documents.GrantDeposit(office, jsii.String("packing-lists/"))
	packing.queue.GrantSendMessages(office)
	packing.queue.GrantConsumeMessages(picker)

	// By upload: each scan becomes a message itself.
	scans := patterns.NewQueueFedFunction(stack, jsii.String("ScansToRead"), withCompanyDefaults(patterns.QueueFedFunctionProps{
		Handler: awslambda.NewFunction(stack, jsii.String("ReadScans"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_22_X(),
			Handler: jsii.String("index.handler"),
			Code:    awslambda.Code_FromInline(jsii.String(readScans)),
			Timeout: awscdk.Duration_Minutes(jsii.Number(1)),
		}),
	}))
	uploads := documents.AddUploadConsumer(jsii.String("Scans"), scans, &patterns.UploadConsumerOptions{
		Prefix: jsii.String("scans/"),
		Suffixes: jsii.Strings(".pdf"),
		Alarms: &patterns.UploadAlarmOptions{
			FailedInvocations: &patterns.CountAlarmOptions{Threshold: jsii.Number(3)},
			MoreDeadLetters:   &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	documents.GrantDeposit(office, jsii.String("scans/"))
	uploads.DeadLetterQueue.GrantConsumeMessages(office)

	// A report takes minutes, so the office asks for it, and then asks whether it is there.
	report := awslambda.NewFunction(stack, jsii.String("Report"), &awslambda.FunctionProps{
		Runtime:     awslambda.Runtime_NODEJS_22_X(),
		Handler:     jsii.String("index.handler"),
		Code:        awslambda.Code_FromInline(jsii.String(makeReport)),
		Timeout:     awscdk.Duration_Minutes(jsii.Number(5)),
		Environment: &map[string]*string{"BUCKET": documents.Bucket().BucketName()},
	})
	documents.GrantDeposit(report, jsii.String("reports/"))
	documents.GrantClaim(office, jsii.String("reports/"))
	logging := patterns.NewApiLoggingAccount(stack, jsii.String("ApiLogging"), nil)
	reports := patterns.NewPollingStatusApi(stack, jsii.String("Reports"), &patterns.PollingStatusApiProps{
		Engine: patterns.NewFunctionEngine(report, &patterns.FunctionEngineOptions{
			Alarms: &patterns.JobWorkflowAlarmOptions{
				Failed:  &patterns.CountAlarmOptions{Threshold: jsii.Number(2)},
				Aborted: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
			},
		}),
		BodySchema: &awsapigateway.JsonSchema{
			Type:     awsapigateway.JsonSchemaType_OBJECT,
			Required: jsii.Strings("month"),
			Properties: &map[string]*awsapigateway.JsonSchema{
				"month":    {Type: awsapigateway.JsonSchemaType_STRING, Pattern: jsii.String("^[0-9]{4}-[0-9]{2}$")},
				"currency": {Type: awsapigateway.JsonSchemaType_STRING, Enum: &[]interface{}{"EUR", "USD"}},
			},
			AdditionalProperties: false,
		},
		MaxBodySize:         awscdk.Size_Kibibytes(jsii.Number(4)),
		Timeout:             awscdk.Duration_Minutes(jsii.Number(10)),
		RetentionPeriod:     awscdk.Duration_Days(jsii.Number(2)),
		RetryAfter:          awscdk.Duration_Seconds(jsii.Number(2)),
		CorsAllowOrigins:    jsii.Strings("https://office.example.com"),
		ThrottlingRateLimit: jsii.Number(20),
		Alarms: &patterns.PollingStatusApiAlarmOptions{
			ServerErrors:    &patterns.PercentAlarmOptions{Threshold: jsii.Number(1)},
			Latency:         &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Seconds(jsii.Number(1)), EvaluationPeriods: jsii.Number(3)},
			MoreDeadLetters: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	reports.Node().AddDependency(logging)
	reports.GrantSubmit(office)

	// A stocktake takes days, and is done by people.
	bus := awsevents.NewEventBus(stack, jsii.String("Bus"), nil)
	stocktakes := patterns.NewPollingStatusApi(stack, jsii.String("Stocktakes"), &patterns.PollingStatusApiProps{
		Engine:        &eventBusEngine{bus: bus, detailType: "Stocktake requested"},
		Timeout:       awscdk.Duration_Days(jsii.Number(2)),
		RetryAfter:    awscdk.Duration_Minutes(jsii.Number(10)),
		AccessLogs:    jsii.Bool(false),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	stocktakes.GrantSubmit(office)
	stocktakes.GrantReport(picker)

	// What a stream could not deliver is kept whole, for whoever repairs it.
	failures := patterns.NewFailureBucket(stack, jsii.String("Failures"), &patterns.FailureBucketProps{
		Expiration: awscdk.Duration_Days(jsii.Number(180)),
	})
	failures.GrantRead(office, nil)

	// Every change of the stock, in order for each article. Those that expired were sold out long before.
	patterns.NewTableFedFunction(stack, jsii.String("StockToWatch"), &patterns.TableFedFunctionProps{
		Table: awsdynamodb.NewTableV2(stack, jsii.String("Stock"), &awsdynamodb.TablePropsV2{
			PartitionKey:        &awsdynamodb.Attribute{Name: jsii.String("article"), Type: awsdynamodb.AttributeType_STRING},
			TimeToLiveAttribute: jsii.String("soldOutFor"),
			DynamoStream:        awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
		}),
		Handler: awslambda.NewFunction(stack, jsii.String("WatchStock"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_22_X(),
			Handler: jsii.String("index.handler"),
			Code:    awslambda.Code_FromInline(jsii.String(watchStock)),
			Timeout: awscdk.Duration_Seconds(jsii.Number(30)),
		}),
		Filters:      &[]*map[string]interface{}{patterns.TableFilters_WithoutTtlDeletes()},
		MaxRecordAge: awscdk.Duration_Hours(jsii.Number(6)),
		FailureStore: failures,
		Alarms: &patterns.TableFedFunctionAlarmOptions{
			IteratorAge:    &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Minutes(jsii.Number(10))},
			StoredFailures: &patterns.CountAlarmOptions{Threshold: jsii.Number(5)},
		},
	})

	// What goes through the gate, in order for each article: a stream, which others may read, too.
	gate := patterns.NewStreamFedFunction(stack, jsii.String("Gate"), &patterns.StreamFedFunctionProps{
		Handler: awslambda.NewFunction(stack, jsii.String("WatchGate"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_NODEJS_22_X(),
			Handler: jsii.String("index.handler"),
			Code:    awslambda.Code_FromInline(jsii.String(watchGate)),
			Timeout: awscdk.Duration_Seconds(jsii.Number(30)),
		}),
		StreamRetentionPeriod: awscdk.Duration_Days(jsii.Number(3)),
		ParallelizationFactor: jsii.Number(2),
		FailureStore:          failures,
		Alarms: &patterns.StreamFedFunctionAlarmOptions{
			ReadingStopped: &patterns.AlarmOptions{EvaluationPeriods: jsii.Number(30)},
			ReadThrottles:  &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	gate.GrantWrite(picker)
	return stack
}
