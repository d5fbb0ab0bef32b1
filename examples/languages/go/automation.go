package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctionstasks"
	"github.com/aws/jsii-runtime-go"
	patterns "github.com/cdkserverlesspatterns/cdk-serverless-patterns-go/cdkserverlesspatterns"
)

// readMessages reads messages, and answers with those that failed.
const readMessages = `exports.handler = async (event) => {
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
`

// thank thanks a customer.
const thank = `exports.handler = async ({ detail }) => {
  console.log('thank', detail.customer);
};
`

// doStep does a step of an order: the first one reads it from a message, and each hands it on.
const doStep = `exports.handler = async ({ body, order = JSON.parse(body) }) => {
  console.log('do', order);
  return { order };
};
`

// newAutomation makes a stack for what happens by itself: by an event, by a file that is uploaded, and at night.
func newAutomation(app awscdk.App) awscdk.Stack {
	stack := awscdk.NewStack(app, jsii.String("Automation"), nil)
	office := awsiam.NewRole(stack, jsii.String("Office"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})

	// Events of the shop and of another account, for whoever asks for them. Those of a month can be replayed.
	router := patterns.NewEventRouter(stack, jsii.String("Router"), &patterns.EventRouterProps{
		ArchiveRetention: awscdk.Duration_Days(jsii.Number(30)),
	})
	router.GrantPutEvents(office)
	router.AllowAccount(jsii.String("Web"), jsii.String("111122223333"), &patterns.EventRouterSenderOptions{Sources: jsii.Strings("web")})
	auditTrail := patterns.NewQueueFedFunction(stack, jsii.String("AuditTrail"), withCompanyDefaults(patterns.QueueFedFunctionProps{
		Handler: newFunction(stack, "Audit", readMessages),
	}))
	router.AddConsumer(jsii.String("Audit"), auditTrail, &patterns.EventRouterConsumerOptions{
		EventPattern: &awsevents.EventPattern{
			Source:     jsii.Strings("shop", "web"),
			DetailType: jsii.Strings("OrderPlaced", "OrderCancelled"),
		},
		Alarms: &patterns.EventRouterConsumerAlarmOptions{
			FailedInvocations: &patterns.CountAlarmOptions{Threshold: jsii.Number(3)},
			MoreDeadLetters:   &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})

	// Whoever orders much is thanked, without a queue. What fails is kept with its error, and somebody looks at it.
	failures := patterns.NewFailureBucket(stack, jsii.String("Failures"), &patterns.FailureBucketProps{
		Alarms: &patterns.FailureBucketAlarmOptions{FailuresStored: &patterns.CountAlarmOptions{Threshold: jsii.Number(5)}},
	})
	inspection := patterns.NewQueueFedFunction(stack, jsii.String("Inspection"), withCompanyDefaults(patterns.QueueFedFunctionProps{
		Handler: newFunction(stack, "Inspect", readMessages),
	}))
	failures.AddConsumer(jsii.String("Inspection"), inspection, &patterns.FailureConsumerOptions{Prefix: jsii.String("aws/lambda/async/")})
	thanks := patterns.NewAsyncFunction(stack, jsii.String("Thanks"), &patterns.AsyncFunctionProps{
		Handler:       newFunction(stack, "Thank", thank),
		RetryAttempts: jsii.Number(1),
		MaxEventAge:   awscdk.Duration_Hours(jsii.Number(2)),
		FailureStore:  failures,
		Alarms: &patterns.AsyncFunctionAlarmOptions{
			EventAge:             &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Minutes(jsii.Number(30))},
			RecursiveInvocations: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	router.AddFunction(jsii.String("Thanks"), thanks, &patterns.EventRouterFunctionOptions{
		EventPattern: &awsevents.EventPattern{
			Source: jsii.Strings("shop"),
			Detail: &map[string]interface{}{"total": awsevents.Match_GreaterThanOrEqual(jsii.Number(1000))},
		},
	})

	// Suppliers' price lists.
	prices := patterns.NewBucketFedFunction(stack, jsii.String("Prices"), &patterns.BucketFedFunctionProps{
		Handler:         newFunction(stack, "ReadPrices", readMessages),
		Prefix:          jsii.String("in/"),
		Suffix:          jsii.String(".csv"),
		MaxObjectSize:   awscdk.Size_Mebibytes(jsii.Number(50)),
		OutputPrefix:    jsii.String("read/"),
		MaxReceiveCount: jsii.Number(3),
		DeliveryAlarms: &patterns.ObjectDeliveryAlarmOptions{
			ObjectsTooLarge: &patterns.CountAlarmOptions{Threshold: jsii.Number(2)},
			MoreDeadLetters: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	prices.Bucket().GrantPut(office, jsii.String("in/*"))

	// Suppliers' films take hours. Tasks work on them, and there are none while there are no films.
	vpc := awsec2.Vpc_FromVpcAttributes(stack, jsii.String("Vpc"), &awsec2.VpcAttributes{
		VpcId:                      jsii.String("vpc-0123456a"),
		AvailabilityZones:          jsii.Strings("us-east-1a"),
		PrivateSubnetIds:           jsii.Strings("subnet-01234561"),
		PrivateSubnetRouteTableIds: jsii.Strings("rtb-01234561"),
	})
	films := patterns.NewQueueFedService(stack, jsii.String("Films"), &patterns.QueueFedServiceProps{
		Image: awsecs.ContainerImage_FromRegistry(jsii.String("public.ecr.aws/shop/film-worker:1"), nil),
		Cluster: awsecs.NewCluster(stack, jsii.String("Cluster"), &awsecs.ClusterProps{
			Vpc:                 vpc,
			ContainerInsightsV2: awsecs.ContainerInsights_ENABLED,
		}),
		MaxProcessingTime:     awscdk.Duration_Hours(jsii.Number(2)),
		AverageProcessingTime: awscdk.Duration_Minutes(jsii.Number(10)),
		MaxCapacity:           jsii.Number(5),
		Cpu:                   jsii.Number(1024),
		MemoryLimitMiB:        jsii.Number(4096),
		Alarms: &patterns.QueueFedServiceAlarmOptions{
			WorkersFail: &patterns.CountAlarmOptions{Threshold: jsii.Number(2)},
			AtMaximum:   &patterns.DurationAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	films.GrantSendMessages(office)

	// The day's accounts, every night, however often the clocks are changed.
	patterns.NewScheduledFunction(stack, jsii.String("Nightly"), &patterns.ScheduledFunctionProps{
		Handler: newFunction(stack, "CloseDay", readMessages),
		Schedule: awsscheduler.ScheduleExpression_Cron(&awsscheduler.CronOptionsWithTimezone{
			Minute:   jsii.String("30"),
			Hour:     jsii.String("4"),
			TimeZone: awscdk.TimeZone_EUROPE_BERLIN(),
		}),
		FlexibleWindow:  awscdk.Duration_Minutes(jsii.Number(10)),
		Input:           &map[string]interface{}{"accounts": "daily"},
		MaxReceiveCount: jsii.Number(3),
		Alarms: &patterns.ScheduledFunctionAlarmOptions{
			TargetErrors: &patterns.CountAlarmOptions{Threshold: jsii.Number(5)},
			RunsSetAside: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})

	// Reminders, each at a time of its own, which the office states.
	mail := patterns.NewQueueFedFunction(stack, jsii.String("Mail"), withCompanyDefaults(patterns.QueueFedFunctionProps{
		Handler: newFunction(stack, "Remind", readMessages),
	}))
	reminders := patterns.NewScheduledMessages(stack, jsii.String("Reminders"), &patterns.ScheduledMessagesProps{
		Target:      mail,
		MaxEventAge: awscdk.Duration_Hours(jsii.Number(6)),
		Alarms: &patterns.ScheduleAlarmOptions{
			TargetErrors: &patterns.CountAlarmOptions{Threshold: jsii.Number(5)},
			RunsSetAside: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	reminders.GrantCreateSchedules(office)

	// What customers look at, in files for the analysts.
	looks := patterns.NewBucketDelivery(stack, jsii.String("Looks"), &patterns.BucketDeliveryProps{
		Prefix:            jsii.String("looks/"),
		BufferingInterval: awscdk.Duration_Minutes(jsii.Number(2)),
		BufferingSize:     awscdk.Size_Mebibytes(jsii.Number(64)),
		Alarms: &patterns.BucketDeliveryAlarmOptions{
			ThrottledRecords:  &patterns.CountAlarmOptions{Threshold: jsii.Number(10)},
			DeliveryFreshness: &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Minutes(jsii.Number(20))},
		},
	})
	looks.GrantPutRecords(office)

	// An order reserves the goods and is paid. What was reserved is released again if nobody pays.
	order := patterns.NewResilientWorkflow(stack, jsii.String("Order"), &patterns.ResilientWorkflowProps{
		Definition:    newStep(stack, "Reserve").Next(newStep(stack, "Pay")),
		Compensations: &map[string]awsstepfunctions.IChainable{"Reserve": newStep(stack, "Release")},
		Timeout:       awscdk.Duration_Minutes(jsii.Number(30)),
		TrafficShift: &patterns.WorkflowTrafficShift{
			Percentage: jsii.Number(20),
			Interval:   awscdk.Duration_Minutes(jsii.Number(15)),
		},
		Alarms: &patterns.ResilientWorkflowAlarmOptions{
			Failed:  &patterns.CountAlarmOptions{Threshold: jsii.Number(5)},
			Aborted: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	order.GrantStartExecution(office)

	// Orders wait in a queue. Each has one execution, even if its message comes twice; the message of one that fails is set aside.
	orders := patterns.NewQueueFedWorkflow(stack, jsii.String("Orders"), &patterns.QueueFedWorkflowProps{
		StateMachine:    order.Alias(),
		MaxReceiveCount: jsii.Number(3),
		Alarms: &patterns.QueueFedWorkflowAlarmOptions{
			MessageAge:    &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Minutes(jsii.Number(20))},
			PipeThrottled: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	orders.GrantSendMessages(office)
	return stack
}

func newStep(stack awscdk.Stack, id string) awsstepfunctionstasks.LambdaInvoke {
	return awsstepfunctionstasks.NewLambdaInvoke(stack, jsii.String(id), &awsstepfunctionstasks.LambdaInvokeProps{
		LambdaFunction:      newFunction(stack, id+"Step", doStep),
		PayloadResponseOnly: jsii.Bool(true),
	})
}

func newFunction(stack awscdk.Stack, id string, code string) awslambda.Function {
	return awslambda.NewFunction(stack, jsii.String(id), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String(code)),
		Timeout: awscdk.Duration_Seconds(jsii.Number(30)),
	})
}
