package com.example;

import io.github.cdkserverlesspatterns.AsyncFunction;
import io.github.cdkserverlesspatterns.AsyncFunctionAlarmOptions;
import io.github.cdkserverlesspatterns.BucketDelivery;
import io.github.cdkserverlesspatterns.BucketDeliveryAlarmOptions;
import io.github.cdkserverlesspatterns.BucketFedFunction;
import io.github.cdkserverlesspatterns.CountAlarmOptions;
import io.github.cdkserverlesspatterns.DurationAlarmOptions;
import io.github.cdkserverlesspatterns.EventRouter;
import io.github.cdkserverlesspatterns.EventRouterConsumerAlarmOptions;
import io.github.cdkserverlesspatterns.EventRouterConsumerOptions;
import io.github.cdkserverlesspatterns.EventRouterFunctionOptions;
import io.github.cdkserverlesspatterns.EventRouterSenderOptions;
import io.github.cdkserverlesspatterns.FailureBucket;
import io.github.cdkserverlesspatterns.FailureBucketAlarmOptions;
import io.github.cdkserverlesspatterns.FailureConsumerOptions;
import io.github.cdkserverlesspatterns.ObjectDeliveryAlarmOptions;
import io.github.cdkserverlesspatterns.QueueFedFunction;
import io.github.cdkserverlesspatterns.QueueFedService;
import io.github.cdkserverlesspatterns.QueueFedServiceAlarmOptions;
import io.github.cdkserverlesspatterns.QueueFedWorkflow;
import io.github.cdkserverlesspatterns.QueueFedWorkflowAlarmOptions;
import io.github.cdkserverlesspatterns.ResilientWorkflow;
import io.github.cdkserverlesspatterns.ResilientWorkflowAlarmOptions;
import io.github.cdkserverlesspatterns.ScheduleAlarmOptions;
import io.github.cdkserverlesspatterns.ScheduledFunction;
import io.github.cdkserverlesspatterns.ScheduledFunctionAlarmOptions;
import io.github.cdkserverlesspatterns.ScheduledMessages;
import io.github.cdkserverlesspatterns.WorkflowTrafficShift;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Size;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.TimeZone;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ec2.VpcAttributes;
import software.amazon.awscdk.services.ecs.Cluster;
import software.amazon.awscdk.services.ecs.ContainerImage;
import software.amazon.awscdk.services.ecs.ContainerInsights;
import software.amazon.awscdk.services.events.EventPattern;
import software.amazon.awscdk.services.events.Match;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.scheduler.CronOptionsWithTimezone;
import software.amazon.awscdk.services.scheduler.ScheduleExpression;
import software.amazon.awscdk.services.stepfunctions.tasks.LambdaInvoke;
import software.constructs.Construct;

/** What happens by itself: by an event, by a file that is uploaded, and at night. */
public final class Automation extends Stack {
    /** Reads messages, and answers with those that failed. */
    private static final String READ_MESSAGES = """
        exports.handler = async (event) => {
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
        """;

    /** Thanks a customer. */
    private static final String THANK = """
        exports.handler = async ({ detail }) => {
          console.log('thank', detail.customer);
        };
        """;

    /** Does a step of an order: the first one reads it from a message, and each hands it on. */
    private static final String DO_STEP = """
        exports.handler = async ({ body, order = JSON.parse(body) }) => {
          console.log('do', order);
          return { order };
        };
        """;

    public Automation(final Construct scope, final String id) {
        super(scope, id);
        final Role office = Role.Builder.create(this, "Office").assumedBy(new AccountRootPrincipal()).build();

        // Events of the shop and of another account, for whoever asks for them. Those of a month can be replayed.
        final EventRouter router = EventRouter.Builder.create(this, "Router").archiveRetention(Duration.days(30)).build();
        router.grantPutEvents(office);
        router.allowAccount("Web", "111122223333", EventRouterSenderOptions.builder().sources(List.of("web")).build());
        final QueueFedFunction auditTrail = QueueFedFunction.Builder.create(this, "AuditTrail").handler(newFunction("Audit", READ_MESSAGES)).build();
        router.addConsumer("Audit", auditTrail, EventRouterConsumerOptions.builder()
            .eventPattern(EventPattern.builder().source(List.of("shop", "web")).detailType(List.of("OrderPlaced", "OrderCancelled")).build())
            .alarms(EventRouterConsumerAlarmOptions.builder()
                .failedInvocations(CountAlarmOptions.builder().threshold(3).build())
                .moreDeadLetters(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build());

        // Whoever orders much is thanked, without a queue. What fails is kept with its error, and somebody looks at it.
        final FailureBucket failures = FailureBucket.Builder.create(this, "Failures")
            .alarms(FailureBucketAlarmOptions.builder().failuresStored(CountAlarmOptions.builder().threshold(5).build()).build())
            .build();
        final QueueFedFunction inspection = QueueFedFunction.Builder.create(this, "Inspection").handler(newFunction("Inspect", READ_MESSAGES)).build();
        failures.addConsumer("Inspection", inspection, FailureConsumerOptions.builder().prefix("aws/lambda/async/").build());
        final AsyncFunction thanks = AsyncFunction.Builder.create(this, "Thanks")
            .handler(newFunction("Thank", THANK))
            .retryAttempts(1)
            .maxEventAge(Duration.hours(2))
            .failureStore(failures)
            .alarms(AsyncFunctionAlarmOptions.builder()
                .eventAge(DurationAlarmOptions.builder().threshold(Duration.minutes(30)).build())
                .recursiveInvocations(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        router.addFunction("Thanks", thanks, EventRouterFunctionOptions.builder()
            .eventPattern(EventPattern.builder().source(List.of("shop")).detail(Map.of("total", Match.greaterThanOrEqual(1000))).build())
            .build());

        // Suppliers' price lists.
        final BucketFedFunction prices = BucketFedFunction.Builder.create(this, "Prices")
            .handler(newFunction("ReadPrices", READ_MESSAGES))
            .prefix("in/")
            .suffix(".csv")
            .maxObjectSize(Size.mebibytes(50))
            .outputPrefix("read/")
            .maxReceiveCount(3)
            .deliveryAlarms(ObjectDeliveryAlarmOptions.builder()
                .objectsTooLarge(CountAlarmOptions.builder().threshold(2).build())
                .moreDeadLetters(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        prices.getBucket().grantPut(office, "in/*");

        // Suppliers' films take hours. Tasks work on them, and there are none while there are no films.
        final IVpc vpc = Vpc.fromVpcAttributes(this, "Vpc", VpcAttributes.builder()
            .vpcId("vpc-0123456a")
            .availabilityZones(List.of("us-east-1a"))
            .privateSubnetIds(List.of("subnet-01234561"))
            .privateSubnetRouteTableIds(List.of("rtb-01234561"))
            .build());
        final QueueFedService films = QueueFedService.Builder.create(this, "Films")
            .image(ContainerImage.fromRegistry("public.ecr.aws/shop/film-worker:1"))
            .cluster(Cluster.Builder.create(this, "Cluster").vpc(vpc).containerInsightsV2(ContainerInsights.ENABLED).build())
            .maxProcessingTime(Duration.hours(2))
            .averageProcessingTime(Duration.minutes(10))
            .maxCapacity(5)
            .cpu(1024)
            .memoryLimitMiB(4096)
            .alarms(QueueFedServiceAlarmOptions.builder()
                .workersFail(CountAlarmOptions.builder().threshold(2).build())
                .atMaximum(DurationAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        films.grantSendMessages(office);

        // The day's accounts, every night, however often the clocks are changed.
        ScheduledFunction.Builder.create(this, "Nightly")
            .handler(newFunction("CloseDay", READ_MESSAGES))
            .schedule(ScheduleExpression.cron(CronOptionsWithTimezone.builder().minute("30").hour("4").timeZone(TimeZone.EUROPE_BERLIN).build()))
            .flexibleWindow(Duration.minutes(10))
            .input(Map.of("accounts", "daily"))
            .maxReceiveCount(3)
            .alarms(ScheduledFunctionAlarmOptions.builder()
                .targetErrors(CountAlarmOptions.builder().threshold(5).build())
                .runsSetAside(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();

        // Reminders, each at a time of its own, which the office states.
        final ScheduledMessages reminders = ScheduledMessages.Builder.create(this, "Reminders")
            .target(QueueFedFunction.Builder.create(this, "Mail").handler(newFunction("Remind", READ_MESSAGES)).build())
            .maxEventAge(Duration.hours(6))
            .alarms(ScheduleAlarmOptions.builder()
                .targetErrors(CountAlarmOptions.builder().threshold(5).build())
                .runsSetAside(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        reminders.grantCreateSchedules(office);

        // What customers look at, in files for the analysts.
        final BucketDelivery looks = BucketDelivery.Builder.create(this, "Looks")
            .prefix("looks/")
            .bufferingInterval(Duration.minutes(2))
            .bufferingSize(Size.mebibytes(64))
            .alarms(BucketDeliveryAlarmOptions.builder()
                .throttledRecords(CountAlarmOptions.builder().threshold(10).build())
                .deliveryFreshness(DurationAlarmOptions.builder().threshold(Duration.minutes(20)).build())
                .build())
            .build();
        looks.grantPutRecords(office);

        // An order reserves the goods and is paid. What was reserved is released again if nobody pays.
        final ResilientWorkflow order = ResilientWorkflow.Builder.create(this, "Order")
            .definition(newStep("Reserve").next(newStep("Pay")))
            .compensations(Map.of("Reserve", newStep("Release")))
            .timeout(Duration.minutes(30))
            .trafficShift(WorkflowTrafficShift.builder().percentage(20).interval(Duration.minutes(15)).build())
            .alarms(ResilientWorkflowAlarmOptions.builder()
                .failed(CountAlarmOptions.builder().threshold(5).build())
                .aborted(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        order.grantStartExecution(office);

        // Orders wait in a queue. Each has one execution, even if its message comes twice; the message of one that fails is set aside.
        final QueueFedWorkflow orders = QueueFedWorkflow.Builder.create(this, "Orders")
            .stateMachine(order.getAlias())
            .maxReceiveCount(3)
            .alarms(QueueFedWorkflowAlarmOptions.builder()
                .messageAge(DurationAlarmOptions.builder().threshold(Duration.minutes(20)).build())
                .pipeThrottled(CountAlarmOptions.builder().enabled(false).build())
                .build())
            .build();
        orders.grantSendMessages(office);
    }

    private LambdaInvoke newStep(final String id) {
        return LambdaInvoke.Builder.create(this, id).lambdaFunction(newFunction(id + "Step", DO_STEP)).payloadResponseOnly(true).build();
    }

    private Function newFunction(final String id, final String code) {
        return Function.Builder.create(this, id)
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .code(Code.fromInline(code))
            .timeout(Duration.seconds(30))
            .build();
    }
}
