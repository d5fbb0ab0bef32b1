"""What happens by itself: by an event, by a file that is uploaded, and at night."""

from aws_cdk import Duration, Size, Stack, TimeZone
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions_tasks as tasks
from cdk_serverless_patterns import (
    AsyncFunction,
    AsyncFunctionAlarmOptions,
    BucketDelivery,
    BucketDeliveryAlarmOptions,
    BucketFedFunction,
    CountAlarmOptions,
    DurationAlarmOptions,
    EventRouter,
    EventRouterConsumerAlarmOptions,
    FailureBucket,
    FailureBucketAlarmOptions,
    ObjectDeliveryAlarmOptions,
    QueueFedFunction,
    QueueFedService,
    QueueFedServiceAlarmOptions,
    QueueFedWorkflow,
    QueueFedWorkflowAlarmOptions,
    ResilientWorkflow,
    ResilientWorkflowAlarmOptions,
    ScheduleAlarmOptions,
    ScheduledFunction,
    ScheduledFunctionAlarmOptions,
    ScheduledMessages,
    WorkflowTrafficShift,
)
from constructs import Construct

# Reads messages, and answers with those that failed.
READ_MESSAGES = """\
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
"""

# Thanks a customer.
THANK = """\
exports.handler = async ({ detail }) => {
  console.log('thank', detail.customer);
};
"""

# Does a step of an order: the first one reads it from a message, and each hands it on.
DO_STEP = """\
exports.handler = async ({ body, order = JSON.parse(body) }) => {
  console.log('do', order);
  return { order };
};
"""


class Automation(Stack):
    """What happens by itself: by an event, by a file that is uploaded, and at night."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        office = iam.Role(self, "Office", assumed_by=iam.AccountRootPrincipal())

        # Events of the shop and of another account, for whoever asks for them. Those of a month can be replayed.
        router = EventRouter(self, "Router", archive_retention=Duration.days(30))
        router.grant_put_events(office)
        router.allow_account("Web", "111122223333", sources=["web"])
        router.add_consumer(
            "Audit",
            QueueFedFunction(self, "AuditTrail", handler=self._new_function("Audit", READ_MESSAGES)),
            event_pattern=events.EventPattern(source=["shop", "web"], detail_type=["OrderPlaced", "OrderCancelled"]),
            alarms=EventRouterConsumerAlarmOptions(
                failed_invocations=CountAlarmOptions(threshold=3),
                more_dead_letters=CountAlarmOptions(enabled=False),
            ),
        )

        # Whoever orders much is thanked, without a queue. What fails is kept with its error, and somebody looks at it.
        failures = FailureBucket(
            self, "Failures", alarms=FailureBucketAlarmOptions(failures_stored=CountAlarmOptions(threshold=5))
        )
        failures.add_consumer(
            "Inspection",
            QueueFedFunction(self, "Inspection", handler=self._new_function("Inspect", READ_MESSAGES)),
            prefix="aws/lambda/async/",
        )
        thanks = AsyncFunction(
            self,
            "Thanks",
            handler=self._new_function("Thank", THANK),
            retry_attempts=1,
            max_event_age=Duration.hours(2),
            failure_store=failures,
            alarms=AsyncFunctionAlarmOptions(
                event_age=DurationAlarmOptions(threshold=Duration.minutes(30)),
                recursive_invocations=CountAlarmOptions(enabled=False),
            ),
        )
        router.add_function(
            "Thanks",
            thanks,
            event_pattern=events.EventPattern(
                source=["shop"], detail={"total": events.Match.greater_than_or_equal(1000)}
            ),
        )

        # Suppliers' price lists.
        prices = BucketFedFunction(
            self,
            "Prices",
            handler=self._new_function("ReadPrices", READ_MESSAGES),
            prefix="in/",
            suffix=".csv",
            max_object_size=Size.mebibytes(50),
            output_prefix="read/",
            max_receive_count=3,
            delivery_alarms=ObjectDeliveryAlarmOptions(
                objects_too_large=CountAlarmOptions(threshold=2),
                more_dead_letters=CountAlarmOptions(enabled=False),
            ),
        )
        prices.bucket.grant_put(office, "in/*")

        # Suppliers' films take hours. Tasks work on them, and there are none while there are no films.
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-0123456a",
            availability_zones=["us-east-1a"],
            private_subnet_ids=["subnet-01234561"],
            private_subnet_route_table_ids=["rtb-01234561"],
        )
        films = QueueFedService(
            self,
            "Films",
            image=ecs.ContainerImage.from_registry("public.ecr.aws/shop/film-worker:1"),
            cluster=ecs.Cluster(self, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENABLED),
            max_processing_time=Duration.hours(2),
            average_processing_time=Duration.minutes(10),
            max_capacity=5,
            cpu=1024,
            memory_limit_mib=4096,
            alarms=QueueFedServiceAlarmOptions(
                workers_fail=CountAlarmOptions(threshold=2),
                at_maximum=DurationAlarmOptions(enabled=False),
            ),
        )
        films.grant_send_messages(office)

        # The day's accounts, every night, however often the clocks are changed.
        ScheduledFunction(
            self,
            "Nightly",
            handler=self._new_function("CloseDay", READ_MESSAGES),
            schedule=scheduler.ScheduleExpression.cron(minute="30", hour="4", time_zone=TimeZone.EUROPE_BERLIN),
            flexible_window=Duration.minutes(10),
            input={"accounts": "daily"},
            max_receive_count=3,
            alarms=ScheduledFunctionAlarmOptions(
                target_errors=CountAlarmOptions(threshold=5),
                runs_set_aside=CountAlarmOptions(enabled=False),
            ),
        )

        # Reminders, each at a time of its own, which the office states.
        reminders = ScheduledMessages(
            self,
            "Reminders",
            target=QueueFedFunction(self, "Mail", handler=self._new_function("Remind", READ_MESSAGES)),
            max_event_age=Duration.hours(6),
            alarms=ScheduleAlarmOptions(
                target_errors=CountAlarmOptions(threshold=5),
                runs_set_aside=CountAlarmOptions(enabled=False),
            ),
        )
        reminders.grant_create_schedules(office)

        # What customers look at, in files for the analysts.
        looks = BucketDelivery(
            self,
            "Looks",
            prefix="looks/",
            buffering_interval=Duration.minutes(2),
            buffering_size=Size.mebibytes(64),
            alarms=BucketDeliveryAlarmOptions(
                throttled_records=CountAlarmOptions(threshold=10),
                delivery_freshness=DurationAlarmOptions(threshold=Duration.minutes(20)),
            ),
        )
        looks.grant_put_records(office)

        # An order reserves the goods and is paid. What was reserved is released again if nobody pays.
        order = ResilientWorkflow(
            self,
            "Order",
            definition=self._new_step("Reserve").next(self._new_step("Pay")),
            compensations={"Reserve": self._new_step("Release")},
            timeout=Duration.minutes(30),
            traffic_shift=WorkflowTrafficShift(percentage=20, interval=Duration.minutes(15)),
            alarms=ResilientWorkflowAlarmOptions(
                failed=CountAlarmOptions(threshold=5),
                aborted=CountAlarmOptions(enabled=False),
            ),
        )
        order.grant_start_execution(office)

        # Orders wait in a queue. Each has one execution, even if its message comes twice; the message of one that fails
        # is set aside.
        orders = QueueFedWorkflow(
            self,
            "Orders",
            state_machine=order.alias,
            max_receive_count=3,
            alarms=QueueFedWorkflowAlarmOptions(
                message_age=DurationAlarmOptions(threshold=Duration.minutes(20)),
                pipe_throttled=CountAlarmOptions(enabled=False),
            ),
        )
        orders.grant_send_messages(office)

    def _new_step(self, id: str) -> tasks.LambdaInvoke:
        return tasks.LambdaInvoke(
            self, id, lambda_function=self._new_function(f"{id}Step", DO_STEP), payload_response_only=True
        )

    def _new_function(self, id: str, code: str) -> lambda_.Function:
        return lambda_.Function(
            self,
            id,
            runtime=lambda_.Runtime.NODEJS_22_X,
            handler="index.handler",
            code=lambda_.Code.from_inline(code),
            timeout=Duration.seconds(30),
        )
