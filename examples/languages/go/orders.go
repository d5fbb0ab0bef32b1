// Orders that wait in a queue until they are billed, and none of them is lost.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	patterns "github.com/cdkserverlesspatterns/cdk-serverless-patterns-go/cdkserverlesspatterns"
)

// bill processes a batch, and answers with the messages that failed: only these are tried again.
const bill = `exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const message of event.Records) {
    try {
      console.log('billed', JSON.parse(message.body).order);
    } catch (error) {
      console.error(message.messageId, error);
      batchItemFailures.push({ itemIdentifier: message.messageId });
    }
  }
  return { batchItemFailures };
};
`

// checkout publishes an order.
const checkout = `const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
const sns = new SNSClient();
exports.handler = (order) => sns.send(new PublishCommand({
  TopicArn: process.env.TOPIC_ARN,
  Message: JSON.stringify({ order }),
  MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
}));
`

// withCompanyDefaults adds what the company wants of every QueueFedFunction that does not state it itself. It is called by hand, because a property injector
// written in Go cannot give back props that hold objects, such as the handler (jsii-runtime-go 1.140).
func withCompanyDefaults(props patterns.QueueFedFunctionProps) *patterns.QueueFedFunctionProps {
	if props.MaxReceiveCount == nil {
		props.MaxReceiveCount = jsii.Number(3)
	}
	return &props
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Orders"), nil)

	billing := awslambda.NewFunction(stack, jsii.String("Billing"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Code:    awslambda.Code_FromInline(jsii.String(bill)),
		Timeout: awscdk.Duration_Seconds(jsii.Number(20)),
	})

	// A new version gets a tenth of the orders more each minute, and loses all of them when it fails, or when too many orders stay without a bill.
	ordersWithoutBill := awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:  jsii.String("Shop"),
		MetricName: jsii.String("OrdersWithoutBill"),
		Statistic:  awscloudwatch.Stats_MAXIMUM(),
		Period:     awscdk.Duration_Minutes(jsii.Number(1)),
	})
	release := patterns.NewCanaryFunction(stack, jsii.String("BillingRelease"), &patterns.CanaryFunctionProps{
		Handler:                billing,
		DeploymentConfig:       awscodedeploy.LambdaDeploymentConfig_LINEAR_10PERCENT_EVERY_1MINUTE(),
		ProvisionedConcurrency: &patterns.ProvisionedConcurrency{MaxCapacity: jsii.Number(5), UtilizationTarget: jsii.Number(0.8)},
		RollbackAlarms: &[]awscloudwatch.IAlarm{
			ordersWithoutBill.CreateAlarm(stack, jsii.String("OrdersWithoutBillAlarm"), &awscloudwatch.CreateAlarmOptions{
				Threshold:         jsii.Number(100),
				EvaluationPeriods: jsii.Number(1),
			}),
		},
		Alarms: &patterns.CanaryFunctionAlarmOptions{
			NewVersionErrorRate: &patterns.PercentAlarmOptions{Threshold: jsii.Number(2)},
			NewVersionDuration:  &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Seconds(jsii.Number(10))},
			Duration:            &patterns.DurationAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})

	// Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
	orders := patterns.NewQueueFedFunction(stack, jsii.String("OrdersToBill"), withCompanyDefaults(patterns.QueueFedFunctionProps{
		Handler:           release.Alias(),
		BatchSize:         jsii.Number(50),
		MaxBatchingWindow: awscdk.Duration_Seconds(jsii.Number(5)),
		Filters: &[]*map[string]interface{}{
			awslambda.FilterCriteria_Filter(&map[string]interface{}{
				"body": map[string]interface{}{"order": map[string]interface{}{"paid": awslambda.FilterRule_NotExists()}},
			}),
		},
		MetricsConfig: &awslambda.MetricsConfig{Metrics: &[]awslambda.MetricType{awslambda.MetricType_EVENT_COUNT}},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
		Alarms: &patterns.QueueFedFunctionAlarmOptions{
			MessageAge:       &patterns.DurationAlarmOptions{Threshold: awscdk.Duration_Minutes(jsii.Number(20))},
			HandlerErrors:    &patterns.CountAlarmOptions{Threshold: jsii.Number(5)},
			HandlerThrottles: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	}))

	// Every order goes to whoever asks for it, each by a queue of their own: the billing, and another team, whose queues are made elsewhere.
	placed := patterns.NewTopicFanOut(stack, jsii.String("OrderPlaced"), &patterns.TopicFanOutProps{
		Alarms: &patterns.TopicFanOutAlarmOptions{
			Redriven:          &patterns.CountAlarmOptions{Threshold: jsii.Number(10), EvaluationPeriods: jsii.Number(2)},
			InvalidAttributes: &patterns.CountAlarmOptions{Enabled: jsii.Bool(false)},
		},
	})
	placed.AddConsumer(jsii.String("Billing"), orders, &patterns.TopicFanOutConsumerOptions{
		FilterPolicy: &map[string]awssns.SubscriptionFilter{
			"kind": awssns.SubscriptionFilter_StringFilter(&awssns.StringConditions{Allowlist: jsii.Strings("order", "reorder")}),
		},
	})
	fraud := patterns.QueueFed_Of(
		awssqs.Queue_FromQueueArn(stack, jsii.String("FraudQueue"), jsii.String("arn:aws:sqs:us-east-1:111122223333:fraud")),
		awssqs.Queue_FromQueueArn(stack, jsii.String("FraudDeadLetters"), jsii.String("arn:aws:sqs:us-east-1:111122223333:fraud-dead-letters")),
	)
	expensive := awssns.SubscriptionFilter_NumericFilter(&awssns.NumericConditions{GreaterThanOrEqualTo: jsii.Number(1000)})
	placed.AddConsumer(jsii.String("Fraud"), fraud, &patterns.TopicFanOutConsumerOptions{
		FilterPolicyWithMessageBody: &map[string]awssns.FilterOrPolicy{
			"order": awssns.FilterOrPolicy_Policy(&map[string]awssns.FilterOrPolicy{"total": awssns.FilterOrPolicy_Filter(expensive)}),
		},
		RawMessageDelivery: jsii.Bool(false),
	})

	checkoutFunction := awslambda.NewFunction(stack, jsii.String("Checkout"), &awslambda.FunctionProps{
		Runtime:     awslambda.Runtime_NODEJS_22_X(),
		Handler:     jsii.String("index.handler"),
		Code:        awslambda.Code_FromInline(jsii.String(checkout)),
		Environment: &map[string]*string{"TOPIC_ARN": placed.Topic().TopicArn()},
	})
	placed.GrantPublish(checkoutFunction)

	// Whoever repairs the billing may look at what it set aside, and move it back afterwards.
	orders.GrantRedrive(awsiam.NewRole(stack, jsii.String("Operator"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewAccountRootPrincipal(),
	}))

	newBackOffice(app)
	newAutomation(app)

	// The team hears every alarm of the app; what cannot wait also pages somebody.
	team := awssns.NewTopic(stack, jsii.String("Team"), nil)
	pager := awssns.NewTopic(stack, jsii.String("Pager"), nil)
	patterns.Alarms_Of(app).Notify(awscloudwatchactions.NewSnsAction(team))
	patterns.Alarms_Of(app).NotifyOf(patterns.AlarmSeverity_CRITICAL, awscloudwatchactions.NewSnsAction(pager))

	app.Synth(nil)
}
