package com.example;

import io.github.cdkserverlesspatterns.AlarmSeverity;
import io.github.cdkserverlesspatterns.Alarms;
import io.github.cdkserverlesspatterns.CanaryFunction;
import io.github.cdkserverlesspatterns.CanaryFunctionAlarmOptions;
import io.github.cdkserverlesspatterns.CountAlarmOptions;
import io.github.cdkserverlesspatterns.DurationAlarmOptions;
import io.github.cdkserverlesspatterns.IQueueFed;
import io.github.cdkserverlesspatterns.PercentAlarmOptions;
import io.github.cdkserverlesspatterns.ProvisionedConcurrency;
import io.github.cdkserverlesspatterns.QueueFed;
import io.github.cdkserverlesspatterns.QueueFedFunction;
import io.github.cdkserverlesspatterns.QueueFedFunctionAlarmOptions;
import io.github.cdkserverlesspatterns.TopicFanOut;
import io.github.cdkserverlesspatterns.TopicFanOutAlarmOptions;
import io.github.cdkserverlesspatterns.TopicFanOutConsumerOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.App;
import software.amazon.awscdk.AppProps;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.IPropertyInjector;
import software.amazon.awscdk.InjectionContext;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.CreateAlarmOptions;
import software.amazon.awscdk.services.cloudwatch.Metric;
import software.amazon.awscdk.services.cloudwatch.Stats;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.codedeploy.LambdaDeploymentConfig;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FilterCriteria;
import software.amazon.awscdk.services.lambda.FilterRule;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.MetricType;
import software.amazon.awscdk.services.lambda.MetricsConfig;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.sns.FilterOrPolicy;
import software.amazon.awscdk.services.sns.NumericConditions;
import software.amazon.awscdk.services.sns.StringConditions;
import software.amazon.awscdk.services.sns.SubscriptionFilter;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;

/** Orders that wait in a queue until they are billed, and none of them is lost. */
public final class OrdersApp {
    /** Processes a batch, and answers with the messages that failed: only these are tried again. */
    private static final String BILL = """
        exports.handler = async (event) => {
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
        """;

    /** Publishes an order. */
    private static final String CHECKOUT = """
        const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
        const sns = new SNSClient();
        exports.handler = (order) => sns.send(new PublishCommand({
          TopicArn: process.env.TOPIC_ARN,
          Message: JSON.stringify({ order }),
          MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
        }));
        """;

    /** What the company wants of every QueueFedFunction that does not state it itself. */
    private static final class CompanyDefaults implements IPropertyInjector {
        @Override
        public String getConstructUniqueId() {
            return QueueFedFunction.PROPERTY_INJECTION_ID;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Object inject(final Object originalProps, final InjectionContext context) {
            final Map<String, Object> props = new HashMap<>((Map<String, Object>) originalProps);
            props.putIfAbsent("maxReceiveCount", 3);
            return props;
        }
    }

    public static void main(final String[] args) {
        final App app = new App(AppProps.builder().propertyInjectors(List.of(new CompanyDefaults())).build());
        final Stack stack = new Stack(app, "Orders");

        final Function billing = Function.Builder.create(stack, "Billing")
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .code(Code.fromInline(BILL))
            .timeout(Duration.seconds(20))
            .build();

        // A new version gets a tenth of the orders more each minute, and loses all of them when it fails, or when too many orders stay without a bill.
        final CanaryFunction release = CanaryFunction.Builder.create(stack, "BillingRelease")
            .handler(billing)
            .deploymentConfig(LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE)
            .provisionedConcurrency(ProvisionedConcurrency.builder().maxCapacity(5).utilizationTarget(0.8).build())
            .rollbackAlarms(List.of(
                Metric.Builder.create().namespace("Shop").metricName("OrdersWithoutBill").statistic(Stats.MAXIMUM).period(Duration.minutes(1)).build()
                    .createAlarm(stack, "OrdersWithoutBillAlarm", CreateAlarmOptions.builder().threshold(100).evaluationPeriods(1).build())))
            .alarms(CanaryFunctionAlarmOptions.builder()
                .newVersionErrorRate(PercentAlarmOptions.builder().threshold(2).build())
                .newVersionDuration(DurationAlarmOptions.builder().threshold(Duration.seconds(10)).build())
                .duration(DurationAlarmOptions.builder().enabled(false).build())
                .build())
            .build();

        // Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
        final QueueFedFunction orders = QueueFedFunction.Builder.create(stack, "OrdersToBill")
            .handler(release.getAlias())
            .batchSize(50)
            .maxBatchingWindow(Duration.seconds(5))
            .filters(List.of(FilterCriteria.filter(Map.of("body", Map.of("order", Map.of("paid", FilterRule.notExists()))))))
            .metricsConfig(MetricsConfig.builder().metrics(List.of(MetricType.EVENT_COUNT)).build())
            .removalPolicy(RemovalPolicy.RETAIN)
            .alarms(QueueFedFunctionAlarmOptions.builder()
                .messageAge(DurationAlarmOptions.builder().threshold(Duration.minutes(20)).build())
                .handlerErrors(CountAlarmOptions.builder().threshold(5).build())
                .handlerThrottles(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();

        // Every order goes to whoever asks for it, each by a queue of their own: the billing, and another team, whose queues are made elsewhere.
        final TopicFanOut placed = TopicFanOut.Builder.create(stack, "OrderPlaced")
            .alarms(TopicFanOutAlarmOptions.builder()
                .redriven(CountAlarmOptions.builder().threshold(10).evaluationPeriods(2).build())
                .invalidAttributes(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        placed.addConsumer("Billing", orders, TopicFanOutConsumerOptions.builder()
            .filterPolicy(Map.of("kind", SubscriptionFilter.stringFilter(StringConditions.builder().allowlist(List.of("order", "reorder")).build())))
            .build());
        final IQueueFed fraud = QueueFed.of(
            Queue.fromQueueArn(stack, "FraudQueue", "arn:aws:sqs:us-east-1:111122223333:fraud"),
            Queue.fromQueueArn(stack, "FraudDeadLetters", "arn:aws:sqs:us-east-1:111122223333:fraud-dead-letters"));
        placed.addConsumer("Fraud", fraud, TopicFanOutConsumerOptions.builder()
            .filterPolicyWithMessageBody(Map.of("order", FilterOrPolicy.policy(Map.of("total",
                FilterOrPolicy.filter(SubscriptionFilter.numericFilter(NumericConditions.builder().greaterThanOrEqualTo(1000).build()))))))
            .rawMessageDelivery(false)
            .build());

        final Function checkout = Function.Builder.create(stack, "Checkout")
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .code(Code.fromInline(CHECKOUT))
            .environment(Map.of("TOPIC_ARN", placed.getTopic().getTopicArn()))
            .build();
        placed.grantPublish(checkout);

        // Whoever repairs the billing may look at what it set aside, and move it back afterwards.
        orders.grantRedrive(Role.Builder.create(stack, "Operator").assumedBy(new AccountRootPrincipal()).build());

        new BackOffice(app, "BackOffice");
        new Automation(app, "Automation");

        // The team hears every alarm of the app; what cannot wait also pages somebody.
        Alarms.of(app).notify(new SnsAction(new Topic(stack, "Team")));
        Alarms.of(app).notifyOf(AlarmSeverity.CRITICAL, new SnsAction(new Topic(stack, "Pager")));

        app.synth();
    }

    private OrdersApp() {
    }
}
