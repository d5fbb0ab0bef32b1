// Orders that wait in a queue until they are billed, and none of them is lost.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
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

// checkout sends an order to the queue.
const checkout = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient();
exports.handler = (order) => sqs.send(new SendMessageCommand({
  QueueUrl: process.env.QUEUE_URL,
  MessageBody: JSON.stringify({ kind: 'order', order }),
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

	// Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
	orders := patterns.NewQueueFedFunction(stack, jsii.String("OrdersToBill"), withCompanyDefaults(patterns.QueueFedFunctionProps{
		Handler:           billing,
		BatchSize:         jsii.Number(50),
		MaxBatchingWindow: awscdk.Duration_Seconds(jsii.Number(5)),
		Filters: &[]*map[string]interface{}{
			awslambda.FilterCriteria_Filter(&map[string]interface{}{
				"body": map[string]interface{}{"kind": awslambda.FilterRule_IsEqual(jsii.String("order"))},
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

	checkoutFunction := awslambda.NewFunction(stack, jsii.String("Checkout"), &awslambda.FunctionProps{
		Runtime:     awslambda.Runtime_NODEJS_22_X(),
		Handler:     jsii.String("index.handler"),
		Code:        awslambda.Code_FromInline(jsii.String(checkout)),
		Environment: &map[string]*string{"QUEUE_URL": orders.Queue().QueueUrl()},
	})
	orders.GrantSendMessages(checkoutFunction)

	// Whoever repairs the billing may look at what it set aside, and move it back afterwards.
	orders.GrantRedrive(awsiam.NewRole(stack, jsii.String("Operator"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewAccountRootPrincipal(),
	}))

	// The team hears every alarm of the app; what cannot wait also pages somebody.
	team := awssns.NewTopic(stack, jsii.String("Team"), nil)
	pager := awssns.NewTopic(stack, jsii.String("Pager"), nil)
	patterns.Alarms_Of(app).Notify(awscloudwatchactions.NewSnsAction(team))
	patterns.Alarms_Of(app).NotifyOf(patterns.AlarmSeverity_ACT_NOW, awscloudwatchactions.NewSnsAction(pager))

	app.Synth(nil)
}
