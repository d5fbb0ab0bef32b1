package com.example;

import io.github.cdkserverlesspatterns.AlarmSeverity;
import io.github.cdkserverlesspatterns.Alarms;
import io.github.cdkserverlesspatterns.CountAlarmOptions;
import io.github.cdkserverlesspatterns.DurationAlarmOptions;
import io.github.cdkserverlesspatterns.QueueFedFunction;
import io.github.cdkserverlesspatterns.QueueFedFunctionAlarmOptions;
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
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.FilterCriteria;
import software.amazon.awscdk.services.lambda.FilterRule;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.MetricType;
import software.amazon.awscdk.services.lambda.MetricsConfig;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.sns.Topic;

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

    /** Sends an order to the queue. */
    private static final String CHECKOUT = """
        const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
        const sqs = new SQSClient();
        exports.handler = (order) => sqs.send(new SendMessageCommand({
          QueueUrl: process.env.QUEUE_URL,
          MessageBody: JSON.stringify({ kind: 'order', order }),
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

        // Only the handler is required. From its timeout follow the visibility timeout and the thresholds of two alarms.
        final QueueFedFunction orders = QueueFedFunction.Builder.create(stack, "OrdersToBill")
            .handler(billing)
            .batchSize(50)
            .maxBatchingWindow(Duration.seconds(5))
            .filters(List.of(FilterCriteria.filter(Map.of("body", Map.of("kind", FilterRule.isEqual("order"))))))
            .metricsConfig(MetricsConfig.builder().metrics(List.of(MetricType.EVENT_COUNT)).build())
            .removalPolicy(RemovalPolicy.RETAIN)
            .alarms(QueueFedFunctionAlarmOptions.builder()
                .messageAge(DurationAlarmOptions.builder().threshold(Duration.minutes(20)).build())
                .handlerErrors(CountAlarmOptions.builder().threshold(5).build())
                .handlerThrottles(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();

        final Function checkout = Function.Builder.create(stack, "Checkout")
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .code(Code.fromInline(CHECKOUT))
            .environment(Map.of("QUEUE_URL", orders.getQueue().getQueueUrl()))
            .build();
        orders.grantSendMessages(checkout);

        // Whoever repairs the billing may look at what it set aside, and move it back afterwards.
        orders.grantRedrive(Role.Builder.create(stack, "Operator").assumedBy(new AccountRootPrincipal()).build());

        // The team hears every alarm of the app; what cannot wait also pages somebody.
        Alarms.of(app).notify(new SnsAction(new Topic(stack, "Team")));
        Alarms.of(app).notifyOf(AlarmSeverity.ACT_NOW, new SnsAction(new Topic(stack, "Pager")));

        app.synth();
    }

    private OrdersApp() {
    }
}
