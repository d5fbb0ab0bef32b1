"""What has to be allowed for a deployment to work, read from its templates: for each delivery, the requests that it takes.

Which requests a service sends, and on whose behalf, is stated here from AWS's documentation, not from the policies of the library.
"""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cloudformation import ACCOUNT, PARTITION, REGION, Deployment, Resource
from policy_evaluator import Caller, Decision, Request, Statement, as_list, evaluate, matches, statements_of

# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html, as far as functions and deployments without VPC and S3 need them.
MANAGED_POLICIES = {
    "AWSLambdaBasicDurableExecutionRolePolicy": [
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState",
    ],
    "AWSLambdaBasicExecutionRole": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "AWSCodeDeployRoleForLambdaLimited": ["cloudwatch:DescribeAlarms", "lambda:UpdateAlias", "lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig"],
    "AmazonAPIGatewayPushToCloudWatchLogs": [
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:GetLogEvents",
        "logs:FilterLogEvents",
    ],
}
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html, and for topics
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
SEND_WITH_KEY = ["kms:Decrypt", "kms:GenerateDataKey"]
ENCRYPTED_FOR_BUS = "kms:EncryptionContext:aws:events:event-bus:arn"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
TABLE_KEY = {
    "dynamodb:GetItem": ["kms:Decrypt"],
    "dynamodb:UpdateItem": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
}
# Besides dynamodb:ListStreams, which takes no resource. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html and
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
READ_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
# https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html#events-kinesis-permissions, as the managed policy AWSLambdaKinesisExecutionRole has them; with a consumer, it is the
# consumer that is read. https://docs.aws.amazon.com/streams/latest/dg/building-enhanced-consumers-api.html
READ_KINESIS = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
READ_CONSUMER = ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"]
# On the objects and on the bucket, while it is a bucket of this account. https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
STORE_FAILURES = [("s3:PutObject", "/any"), ("s3:ListBucket", "")]
# https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html: on objects, on their bucket, on a stream and on a function.
FIREHOSE_OBJECTS = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
FIREHOSE_BUCKET = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
FIREHOSE_STREAM = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
FIREHOSE_FUNCTION = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
SNS_TO_FIREHOSE = [
    "firehose:PutRecord", "firehose:PutRecordBatch", "firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream",
]
FIREHOSE_TABLE = ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"]
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
READ_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_EXECUTIONS = [
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
]
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
TRACE = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
# https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
EXECUTION_EVENTS_RULE = f"arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
SECURE = {"aws:SecureTransport": "true"}


def queue_at(url: str) -> str:
    """The ARN of the queue of this URL, which is one of this account."""
    return f"arn:{PARTITION}:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"


def unqualified(machine: str) -> str:
    """A state machine without its version or alias, which IAM does not tell apart. https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html"""
    return ":".join(machine.split(":")[:7])


@dataclass(frozen=True)
class Delivery:
    """From somewhere to somewhere, with the requests that it takes; each must be allowed."""

    kind: str
    name: str
    requests: tuple[Request, ...]


class Policies:
    """Every policy of a deployment, and what it decides on a request."""

    def __init__(self, deployment: Deployment):
        self.identity: dict[str, list[Statement]] = {}
        self.resource: dict[str, list[Statement]] = {}
        # The statements that are in the templates, in contrast to those of AWS's own policies.
        self.own: list[Statement] = []
        self.deployment = deployment
        for resource in deployment.resources:
            self._read(resource)
        for topic in deployment.of_type("AWS::SNS::Topic"):
            if topic.arn not in self.resource:
                self.resource[topic.arn] = [default_topic_policy(topic)]

    def _read(self, resource: Resource) -> None:
        properties, place = resource.properties, f"{resource.stack}.{resource.id}"
        match resource.type:
            case "AWS::IAM::Policy":
                statements = self._own(properties["PolicyDocument"], place)
                for role in properties.get("Roles", []):
                    self.identity.setdefault(f"arn:{PARTITION}:iam::{ACCOUNT}:role/{role}", []).extend(statements)
            case "AWS::IAM::Role":
                identity = self.identity.setdefault(resource.arn, [])
                for policy in properties.get("Policies", []):
                    identity.extend(self._own(policy["PolicyDocument"], f"{place}.{policy['PolicyName']}"))
                for arn in properties.get("ManagedPolicyArns", []):
                    name = arn.rpartition("/")[2]
                    identity.append(Statement(f"managed policy {name}", {"Effect": "Allow", "Action": MANAGED_POLICIES[name], "Resource": "*"}))
                self.resource[resource.arn] = self._own(properties["AssumeRolePolicyDocument"], f"{place}.AssumeRolePolicyDocument")
            case "AWS::KMS::Key":
                self.resource[resource.arn] = self._own(properties["KeyPolicy"], f"{place}.KeyPolicy")
            case "AWS::SQS::QueuePolicy":
                for url in properties["Queues"]:
                    queue = queue_at(url)
                    self.resource.setdefault(queue, []).extend(self._own(properties["PolicyDocument"], place))
            case "AWS::SNS::TopicPolicy":
                for topic in properties["Topics"]:
                    self.resource.setdefault(topic, []).extend(self._own(properties["PolicyDocument"], place))
            case "AWS::S3::BucketPolicy":
                self.resource.setdefault(f"arn:{PARTITION}:s3:::{properties['Bucket']}", []).extend(self._own(properties["PolicyDocument"], place))
            case "AWS::Lambda::Permission":
                function = self.deployment.function_arn(properties["FunctionName"])
                content = {"Effect": "Allow", "Action": properties["Action"], "Principal": {"Service": properties["Principal"]}, "Resource": function}
                if "SourceArn" in properties:
                    content["Condition"] = {"ArnLike": {"aws:SourceArn": properties["SourceArn"]}}
                self.resource.setdefault(function, []).extend(self._own({"Statement": [content]}, place))

    def _own(self, document: dict, place: str) -> list[Statement]:
        statements = statements_of(document, place)
        self.own.extend(statement for statement in statements if statement not in self.own)
        return statements

    def decide(self, request: Request, without: Statement | None = None) -> Decision:
        """The decision on a request, also as it would be without one of the statements."""
        service, account = request.action.split(":")[0], request.resource.split(":")[4] if ":" in request.resource else ""
        return evaluate(
            request,
            [statement for statement in self.identity.get(request.caller.name, []) if statement != without],
            [statement for statement in self.resource.get(holder_of(request), []) if statement != without],
            resource_account=account or None,
            resource_policy_decides=service in ("kms", "sts"),
        )

    def taking_part(self, delivery: Delivery) -> list[Statement]:
        """The statements that allow a request of the delivery, also those of AWS's own policies."""
        found: dict[str, Statement] = {}
        for request in delivery.requests:
            for of_resource, statements in ((False, self.identity.get(request.caller.name, [])), (True, self.resource.get(holder_of(request), []))):
                found.update((statement.place, statement) for statement in statements if matches(statement, request, of_resource))
        return [statement for statement in found.values() if statement.content["Effect"] == "Allow"]

    def refusal(self, delivery: Delivery, without: Statement | None = None) -> str | None:
        """Why a delivery fails, or None if it does not."""
        for request in delivery.requests:
            decision = self.decide(request, without)
            if not decision.allowed:
                return f"{request.caller.name} {request.action} {request.resource}: {decision.reason}"
        return None


def holder_of(request: Request) -> str:
    """What has the policy that lets a request in: of an object, its bucket."""
    return re.sub(r"/.*", "", request.resource) if request.action.startswith("s3:") else request.resource


def default_topic_policy(topic: Resource) -> Statement:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html"""
    condition = {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    return Statement(
        f"default policy of {topic.id}",
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sns:Publish", "sns:Subscribe"], "Resource": topic.arn, "Condition": condition},
    )


class Deliveries:
    """Finds the deliveries of a deployment. What goes to, or works as, something that is not part of it cannot be judged and is counted as elsewhere."""

    def __init__(self, deployment: Deployment):
        self.deployment = deployment
        self.elsewhere: list[str] = []
        self.found = list(self._all())

    def _all(self) -> Iterator[Delivery]:
        finders = {
            "AWS::SNS::Subscription": self._subscription,
            "AWS::Events::Rule": self._rule,
            "AWS::Events::EventBus": self._bus,
            "AWS::Events::Archive": self._archive,
            "AWS::Pipes::Pipe": self._pipe,
            "AWS::Scheduler::Schedule": self._schedule,
            "AWS::Lambda::EventInvokeConfig": self._asynchronous_invocation,
            "AWS::Lambda::EventSourceMapping": self._event_source,
            "AWS::KinesisFirehose::DeliveryStream": self._delivery_stream,
            "AWS::S3::Bucket": self._notifications,
            "AWS::ApiGateway::Method": self._method,
            "AWS::ApiGateway::Authorizer": self._authorizer,
            "AWS::ApiGateway::Account": self._api_logs,
            "AWS::StepFunctions::StateMachine": self._machine,
            "AWS::CodeDeploy::DeploymentGroup": self._deployment_group,
            "AWS::CloudWatch::Alarm": self._alarm,
            "AWS::Lambda::Function": self._function,
            "AWS::ECS::TaskDefinition": self._tasks,
            "AWS::IAM::Role": self._grants,
        }
        for resource in self.deployment.resources:
            for kind, what, requests in finders.get(resource.type, lambda _: ())(resource):
                missing = [request for request in requests if not self._can_be_judged(request)]
                if missing:
                    self.elsewhere.append(f"{resource.id} {what}: {missing[0].action} {missing[0].resource}")
                else:
                    yield Delivery(kind, f"{resource.id} {what}", tuple(requests))

    def _can_be_judged(self, request: Request) -> bool:
        here = self.deployment.by_arn
        needs_policy = request.caller.is_service or request.action.startswith("kms:")
        return (request.caller.is_service or request.caller.name in here) and (not needs_policy or request.resource in here)

    def _key_of(self, arn: str) -> str | None:
        """The customer-managed key of a queue, topic, table or bucket."""
        resource = self.deployment.by_arn.get(arn)
        properties = resource.properties if resource else {}
        key = properties.get("KmsMasterKeyId") or properties.get("SSESpecification", {}).get("KMSMasterKeyId") or properties.get("StreamEncryption", {}).get("KeyId")
        key = key or properties.get("EncryptionConfiguration", {}).get("KmsKeyId")
        if key == "alias/aws/kinesis":
            return None
        for rule in properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", []):
            key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
        by_id = {found.name: found.arn for found in self.deployment.of_type("AWS::KMS::Key")}
        return by_id.get(key, key)

    def _with_key(self, arn: str, caller: Caller, actions: list[str], context: dict) -> list[Request]:
        key = self._key_of(arn)
        return [Request(caller, action, key, context) for action in actions] if key else []

    def _assume(self, role: str, service: str, source: str | None) -> Request:
        return Request(Caller(service), "sts:AssumeRole", role, {**SECURE, "aws:SourceAccount": ACCOUNT, **({"aws:SourceArn": source} if source else {})})

    def _by_service(self, service: str, source: str, target: str) -> list[Request]:
        """A service delivers for a resource of this account, by the policy of the target."""
        context = {**SECURE, "aws:SourceArn": source, "aws:SourceAccount": ACCOUNT, "AWS:SourceOwner": ACCOUNT}
        caller = Caller(service)
        match target.split(":")[2]:
            case "sqs":
                return [Request(caller, "sqs:SendMessage", target, context), *self._with_key(target, caller, SEND_WITH_KEY, context)]
            case "sns":
                return [Request(caller, "sns:Publish", target, context), *self._with_key(target, caller, SEND_WITH_KEY, context)]
            case "lambda":
                return [Request(caller, "lambda:InvokeFunction", target, context)]
        raise ValueError(f"what {service} needs to deliver to {target} is not stated")

    def _by_role(self, role: str, target: str) -> list[Request]:
        caller = Caller(role)
        match target.split(":")[2], target.split(":")[5]:
            case "sqs", _:
                return [Request(caller, "sqs:SendMessage", target, SECURE), *self._with_key(target, caller, SEND_WITH_KEY, SECURE)]
            case "sns", _:
                return [Request(caller, "sns:Publish", target, SECURE), *self._with_key(target, caller, SEND_WITH_KEY, SECURE)]
            case "lambda", _:
                return [Request(caller, "lambda:InvokeFunction", target, SECURE)]
            case "states", "stateMachine":
                return [Request(caller, "states:StartExecution", unqualified(target), SECURE)]
            case "s3", _:
                context = {**SECURE, "s3:ResourceAccount": ACCOUNT}
                with_key = self._with_key(target, caller, ["kms:GenerateDataKey"], SECURE)
                return [*(Request(caller, action, f"{target}{part}", context) for action, part in STORE_FAILURES), *with_key]
        raise ValueError(f"what a role needs to deliver to {target} is not stated")

    def _wait_for(self, caller: Caller, machine: str) -> list[Request]:
        """https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html"""
        started = Request(caller, "states:StartSyncExecution", unqualified(machine), SECURE)
        return [started, *self._with_key(machine, caller, ["kms:GenerateDataKey", "kms:Decrypt"], SECURE)]

    def _on_table(self, caller: Caller, action: str, table: str) -> list[Request]:
        arn = f"arn:{PARTITION}:dynamodb:{REGION}:{ACCOUNT}:table/{table.rpartition('/')[2]}"
        return [Request(caller, action, arn, SECURE), *self._with_key(arn, caller, TABLE_KEY[action], SECURE)]

    def _read_stream(self, caller: Caller, stream: str) -> list[Request]:
        table = stream.partition("/stream/")[0]
        return [
            *(Request(caller, action, stream, SECURE) for action in READ_STREAM),
            Request(caller, "dynamodb:ListStreams", "*", SECURE),
            *self._with_key(table, caller, ["kms:Decrypt"], SECURE),
        ]

    def _read_kinesis(self, caller: Caller, source: str) -> list[Request]:
        stream, _, consumer = source.partition("/consumer/")
        return [
            *(Request(caller, action, stream, SECURE) for action in READ_KINESIS),
            *(Request(caller, action, source, SECURE) for action in READ_CONSUMER if consumer),
            *self._with_key(stream, caller, ["kms:Decrypt"], SECURE),
        ]

    def _subscription(self, subscription: Resource):
        properties = subscription.properties
        topic = properties["TopicArn"]
        if role := properties.get("SubscriptionRoleArn"):
            # https://docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html
            puts = [Request(Caller(role), action, properties["Endpoint"], SECURE) for action in SNS_TO_FIREHOSE]
            yield "subscription", "to its delivery stream", [self._assume(role, "sns.amazonaws.com", None), *puts]
        else:
            yield "subscription", "to its endpoint", self._by_service("sns.amazonaws.com", topic, properties["Endpoint"])
        if "RedrivePolicy" in properties:
            dead_letters = properties["RedrivePolicy"]["deadLetterTargetArn"]
            yield "dead letters of a subscription", "to its dead-letter queue", self._by_service("sns.amazonaws.com", topic, dead_letters)

    def _rule(self, rule: Resource):
        for target in rule.properties.get("Targets", []):
            if "RoleArn" in target:
                role = target["RoleArn"]
                yield "rule", f"to {target['Id']}", [self._assume(role, "events.amazonaws.com", rule.arn), *self._by_role(role, target["Arn"])]
            else:
                yield "rule", f"to {target['Id']}", self._by_service("events.amazonaws.com", rule.arn, target["Arn"])
            if "DeadLetterConfig" in target:
                yield "dead letters of a rule", f"of {target['Id']}", self._by_service("events.amazonaws.com", rule.arn, target["DeadLetterConfig"]["Arn"])

    def _bus(self, bus: Resource):
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html"""
        key, caller = bus.properties.get("KmsKeyIdentifier"), Caller("events.amazonaws.com")
        if key:
            described = {**SECURE, "aws:SourceArn": bus.arn, "aws:SourceAccount": ACCOUNT}
            context = {**described, ENCRYPTED_FOR_BUS: bus.arn}
            uses = [Request(caller, action, key, context) for action in SEND_WITH_KEY]
            yield "encryption of a bus", "with its key", [Request(caller, "kms:DescribeKey", key, described), *uses]
        if "DeadLetterConfig" in bus.properties:
            yield "dead letters of a bus", "to its queue", self._by_service(caller.name, bus.arn, bus.properties["DeadLetterConfig"]["Arn"])

    def _archive(self, archive: Resource):
        """Of which resource EventBridge says that it acts is not documented. https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html"""
        key = archive.properties.get("KmsKeyIdentifier")
        if key:
            context = {**SECURE, ENCRYPTED_FOR_BUS: archive.properties["SourceArn"]}
            actions = [*SEND_WITH_KEY, "kms:ReEncryptFrom", "kms:ReEncryptTo"]
            yield "encryption of an archive", "with its key", [Request(Caller("events.amazonaws.com"), action, key, context) for action in actions]

    def _pipe(self, pipe: Resource):
        properties = pipe.properties
        role, source = properties["RoleArn"], properties["Source"]
        caller, assume = Caller(role), self._assume(role, "pipes.amazonaws.com", pipe.arn)
        if ":dynamodb:" in source:
            yield "source of a pipe", "from its stream", [assume, *self._read_stream(caller, source)]
            dead_letters = properties["SourceParameters"]["DynamoDBStreamParameters"].get("DeadLetterConfig")
            if dead_letters:
                yield "dead letters of a pipe", "to its dead-letter queue", [assume, *self._by_role(role, dead_letters["Arn"])]
        else:
            yield "source of a pipe", "from its queue", [assume, *self._read_queue(caller, source)]
        invocation = properties.get("TargetParameters", {}).get("StepFunctionStateMachineParameters", {}).get("InvocationType")
        target = properties["Target"]
        delivers = self._wait_for(caller, target) if invocation == "REQUEST_RESPONSE" else self._by_role(role, target)
        yield "target of a pipe", "to its target", [assume, *delivers]

    def _read_queue(self, caller: Caller, queue: str) -> list[Request]:
        return [*(Request(caller, action, queue, SECURE) for action in READ_QUEUE), *self._with_key(queue, caller, ["kms:Decrypt"], SECURE)]

    def _schedule(self, schedule: Resource):
        target = schedule.properties["Target"]
        # Scheduler takes the role for the group, not for the schedule.
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        group = f"arn:{PARTITION}:scheduler:{REGION}:{ACCOUNT}:schedule-group/{schedule.properties.get('GroupName', 'default')}"
        assume = self._assume(target["RoleArn"], "scheduler.amazonaws.com", group)
        yield "schedule", "to its target", [assume, *self._by_role(target["RoleArn"], target["Arn"])]
        if "DeadLetterConfig" in target:
            yield "dead letters of a schedule", "to its dead-letter queue", [assume, *self._by_role(target["RoleArn"], target["DeadLetterConfig"]["Arn"])]

    def _one_off(self, function: Resource):
        """What a function schedules at run time, by a request that it finds in its environment: it must be able to create the schedule, and Scheduler to deliver.
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
        """
        for text in function.properties.get("Environment", {}).get("Variables", {}).values():
            if '"ActionAfterCompletion"' not in str(text):
                continue
            request = json.loads(text)
            role, group = request["Target"]["RoleArn"], request["GroupName"]
            caller = Caller(function.properties["Role"])
            schedule = f"arn:{PARTITION}:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/any"
            for action in ("CreateSchedule", "GetSchedule", "DeleteSchedule"):
                yield "one-off schedule", action, [Request(caller, f"scheduler:{action}", schedule, SECURE)]
            yield "one-off schedule", "PassRole", [Request(caller, "iam:PassRole", role, {**SECURE, "iam:PassedToService": "scheduler.amazonaws.com"})]
            assume = self._assume(role, "scheduler.amazonaws.com", f"arn:{PARTITION}:scheduler:{REGION}:{ACCOUNT}:schedule-group/{group}")
            yield "one-off schedule", "to its target", [assume, *self._by_role(role, request["Target"]["Arn"])]
            yield "one-off schedule", "to its dead-letter queue", [assume, *self._by_role(role, request["Target"]["DeadLetterConfig"]["Arn"])]

    def _role_of(self, function: str) -> str:
        """The role of a function by its name or ARN, or that of one of its versions or aliases. Of one that is not here, something that is not here either."""
        arn = ":".join(self.deployment.function_arn(function).split(":")[:7])
        found = self.deployment.by_arn.get(arn)
        return found.properties["Role"] if found else f"arn:{PARTITION}:iam::{ACCOUNT}:role/of-{arn.rpartition(':')[2]}"

    def _event_source(self, mapping: Resource):
        properties = mapping.properties
        role = self._role_of(properties["FunctionName"])
        source = properties["EventSourceArn"]
        caller, assume = Caller(role), self._assume(role, "lambda.amazonaws.com", None)
        if ":sqs:" in source:
            yield "event source", "from its queue", [assume, *self._read_queue(caller, source)]
        elif ":kinesis:" in source:
            yield "event source", "from its stream", [assume, *self._read_kinesis(caller, source)]
        else:
            yield "event source", "from its stream", [assume, *self._read_stream(caller, source)]
        on_failure = properties.get("DestinationConfig", {}).get("OnFailure")
        if on_failure:
            yield "dead letters of an event source", "to its destination", [assume, *self._by_role(role, on_failure["Destination"])]

    def _delivery_stream(self, stream: Resource):
        destination = stream.properties["ExtendedS3DestinationConfiguration"]
        caller, bucket = Caller(destination["RoleARN"]), destination["BucketARN"]
        assume = self._assume(destination["RoleARN"], "firehose.amazonaws.com", None)
        owned = {**SECURE, "s3:ResourceAccount": ACCOUNT}
        objects = [Request(caller, action, f"{bucket}/any", owned) for action in FIREHOSE_OBJECTS]
        in_bucket = [Request(caller, action, bucket, owned) for action in FIREHOSE_BUCKET]
        yield "delivery stream", "to its bucket", [assume, *objects, *in_bucket, *self._with_key(bucket, caller, SEND_WITH_KEY, through_s3(bucket))]
        for config in (destination, destination.get("S3BackupConfiguration", {})):
            if log := config.get("CloudWatchLoggingOptions"):
                stream_of_log = f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{log['LogGroupName']}:log-stream:{log['LogStreamName']}"
                yield "delivery stream", f"to {stream_of_log}", [assume, Request(caller, "logs:PutLogEvents", stream_of_log, SECURE)]
        for processor in destination.get("ProcessingConfiguration", {}).get("Processors", []):
            for parameter in processor.get("Parameters", []):
                if parameter["ParameterName"] == "LambdaArn":
                    yield "delivery stream", "to its function", [assume, *(Request(caller, action, parameter["ParameterValue"], SECURE) for action in FIREHOSE_FUNCTION)]
        schema = destination.get("DataFormatConversionConfiguration", {}).get("SchemaConfiguration")
        if schema:
            # Glue asks for each of the three: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
            glue = f"arn:{PARTITION}:glue:{schema['Region']}:{schema['CatalogId']}"
            table = f"{schema['DatabaseName']}/{schema['TableName']}"
            parts = [f"{glue}:catalog", f"{glue}:database/{schema['DatabaseName']}", f"{glue}:table/{table}"]
            reads = [Request(Caller(schema["RoleARN"]), action, part, SECURE) for action in FIREHOSE_TABLE for part in parts]
            yield "delivery stream", f"by table {table}", [assume, *reads]
        source = stream.properties.get("KinesisStreamSourceConfiguration", {}).get("KinesisStreamARN")
        if source:
            context = {**SECURE, "kms:ViaService": f"kinesis.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:kinesis:arn": source}
            reads = [Request(caller, action, source, SECURE) for action in FIREHOSE_STREAM]
            yield "delivery stream", "from its stream", [assume, *reads, *self._with_key(source, caller, ["kms:Decrypt"], context)]

    def _asynchronous_invocation(self, settings: Resource):
        """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
        role = self._role_of(settings.properties["FunctionName"])
        assume = self._assume(role, "lambda.amazonaws.com", None)
        for outcome, destination in settings.properties.get("DestinationConfig", {}).items():
            yield "asynchronous invocation", f"to its {outcome}", [assume, *self._by_role(role, destination["Destination"])]

    def _notifications(self, bucket: Resource):
        notifications = bucket.properties.get("NotificationConfiguration", {})
        lists = {"Queue": "QueueConfigurations", "Topic": "TopicConfigurations", "Function": "LambdaConfigurations"}
        targets = [(kind, found[kind]) for kind, name in lists.items() for found in notifications.get(name, [])]
        for kind, target in targets:
            yield "bucket", f"to its {kind.lower()}", self._by_service("s3.amazonaws.com", bucket.arn, target)

    def _method(self, method: Resource):
        integration = method.properties.get("Integration", {})
        if integration.get("Type") not in ("AWS", "AWS_PROXY"):
            return
        api = f"arn:{PARTITION}:execute-api:{REGION}:{ACCOUNT}:{method.properties['RestApiId']}/*/{method.properties['HttpMethod']}/"
        role, uri = integration.get("Credentials"), integration["Uri"]
        function = re.search(r"/functions/(.+)/invocations$", uri)
        if function:
            if role:
                yield "method", "to its function", [self._assume(role, "apigateway.amazonaws.com", None), *self._by_role(role, function[1])]
            else:
                yield "method", "to its function", self._by_service("apigateway.amazonaws.com", api, function[1])
            return
        service, action = re.search(r":([a-z0-9-]+):action/(\w+)$", uri).groups()
        if service != "dynamodb":
            raise ValueError(f"what a method needs for {service}:{action} is not stated")
        tables = set(re.findall(r'"TableName": "([^"]+)"', json.dumps(integration["RequestTemplates"]).replace('\\"', '"')))
        assume = self._assume(role, "apigateway.amazonaws.com", None)
        on_tables = [request for table in sorted(tables) for request in self._on_table(Caller(role), f"dynamodb:{action}", table)]
        yield "method", f"to {action}", [assume, *on_tables]

    def _authorizer(self, authorizer: Resource):
        function = re.search(r"/functions/(.+)/invocations$", authorizer.properties.get("AuthorizerUri", ""))
        if function:
            source = f"arn:{PARTITION}:execute-api:{REGION}:{ACCOUNT}:{authorizer.properties['RestApiId']}/authorizers/{authorizer.name}"
            yield "authorizer", "to its function", self._by_service("apigateway.amazonaws.com", source, function[1])

    def _api_logs(self, account: Resource):
        role = account.properties.get("CloudWatchRoleArn")
        if role:
            actions = MANAGED_POLICIES["AmazonAPIGatewayPushToCloudWatchLogs"]
            yield "logs of APIs", "to CloudWatch", [
                self._assume(role, "apigateway.amazonaws.com", None),
                *(Request(Caller(role), action, f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:any", SECURE) for action in actions),
            ]

    def _machine(self, machine: Resource):
        properties = machine.properties
        role = properties["RoleArn"]
        caller, assume = Caller(role), self._assume(role, "states.amazonaws.com", machine.arn)
        yield "state machine", "runs", [assume]
        for name, task in tasks_of(json.loads(properties["DefinitionString"])):
            # A function may be named by its ARN alone.
            service, arguments = task["Resource"].partition(":states:::")[2], task.get("Arguments") or task.get("Parameters", {})
            called = (service, arguments) if service else ("lambda:invoke", {"FunctionName": task["Resource"]})
            yield "task", name, [assume, *self._task(machine.arn, caller, *called)]
        if properties.get("LoggingConfiguration", {}).get("Level", "OFF") != "OFF":
            yield "logs of a state machine", "to CloudWatch", [assume, *(Request(caller, action, "*", SECURE) for action in LOG_EXECUTIONS)]
            # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
            if key := properties.get("EncryptionConfiguration", {}).get("KmsKeyId"):
                context = {**SECURE, "kms:EncryptionContext:SourceArn": f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:*"}
                delivery = Request(Caller("delivery.logs.amazonaws.com"), "kms:Decrypt", key, context)
                yield "encrypted logs of a state machine", "to CloudWatch", [Request(caller, "kms:GenerateDataKey", key, context), delivery]
        if properties.get("TracingConfiguration", {}).get("Enabled"):
            yield "traces", "to X-Ray", [assume, *(Request(caller, action, "*", SECURE) for action in TRACE)]

    def _task(self, machine_arn: str, caller: Caller, service: str, arguments: dict) -> list[Request]:
        """https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html"""
        if service in ("dynamodb:updateItem", "dynamodb:getItem"):
            action = service.removeprefix("dynamodb:")
            return self._on_table(caller, f"dynamodb:{action[0].upper()}{action[1:]}", arguments["TableName"])
        if service in ("lambda:invoke", "aws-sdk:lambda:invoke"):
            return self._by_role(caller.name, arguments["FunctionName"])
        if service == "sqs:sendMessage":
            return self._by_role(caller.name, queue_at(arguments["QueueUrl"]))
        machine = arguments.get("StateMachineArn", "")
        if service == "states:startExecution":
            return self._by_role(caller.name, machine)
        if service == "states:startExecution.sync":
            execution = f"{machine.replace(':stateMachine:', ':execution:')}:any"
            return [
                *self._by_role(caller.name, machine),
                *(Request(caller, f"states:{action}", execution, SECURE) for action in ("DescribeExecution", "StopExecution")),
                *(Request(caller, f"events:{action}", EXECUTION_EVENTS_RULE, SECURE) for action in ("PutTargets", "PutRule", "DescribeRule")),
            ]
        if service == "aws-sdk:sfn:startSyncExecution":
            return [Request(caller, "states:StartSyncExecution", machine, SECURE)]
        if service == "aws-sdk:sfn:describeExecution":
            return [Request(caller, "states:DescribeExecution", execution, SECURE) for execution in self._executions_told_to(machine_arn)]
        raise ValueError(f"what a task needs for {service} is not stated")

    def _executions_told_to(self, machine_arn: str) -> list[str]:
        """An execution of each machine whose end starts this one, by a rule."""
        rules = (rule.properties for rule in self.deployment.of_type("AWS::Events::Rule") if any(to["Arn"] == machine_arn for to in rule.properties.get("Targets", [])))
        machines = [machine for rule in rules for machine in rule["EventPattern"]["detail"]["stateMachineArn"]]
        return [f"{machine.replace(':stateMachine:', ':execution:')}:any" for machine in machines]

    def _deployment_group(self, group: Resource):
        """https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html"""
        role = group.properties["ServiceRoleArn"]
        caller, assume = Caller(role), self._assume(role, "codedeploy.amazonaws.com", None)
        if group.properties.get("AlarmConfiguration", {}).get("Enabled"):
            any_alarm = f"arn:{PARTITION}:cloudwatch:{REGION}:{ACCOUNT}:alarm:any"
            yield "deployment", "asks its alarms", [assume, Request(caller, "cloudwatch:DescribeAlarms", any_alarm, SECURE)]
        for alias in self.deployment.of_type("AWS::Lambda::Alias"):
            update = alias.attribute("UpdatePolicy").get("CodeDeployLambdaAliasUpdate", {})
            if update.get("DeploymentGroupName") != group.name:
                continue
            function = alias.arn.rpartition(":")[0]
            yield "deployment", "shifts its alias", [assume, *(Request(caller, f"lambda:{action}", function, SECURE) for action in ("GetAlias", "UpdateAlias"))]
            for name in ("BeforeAllowTrafficHook", "AfterAllowTrafficHook"):
                if name in update:
                    hook = self.deployment.function_arn(update[name])
                    yield "deployment", f"calls its {name}", [assume, *self._by_role(role, hook)]
                    arn = f"arn:{PARTITION}:codedeploy:{REGION}:{ACCOUNT}:deploymentgroup:{group.properties['ApplicationName']}/{group.name}"
                    yield "hook", f"{name} answers", [Request(Caller(self._role_of(hook)), "codedeploy:PutLifecycleEventHookExecutionStatus", arn, SECURE)]

    def _alarm(self, alarm: Resource):
        for topic in alarm.properties.get("AlarmActions", []):
            if topic.startswith("arn:") and ":sns:" in topic:
                yield "alarm", f"to {topic.rpartition(':')[2]}", self._by_service("cloudwatch.amazonaws.com", alarm.arn, topic)

    def _function(self, function: Resource):
        yield from self._one_off(function)
        role = function.properties["Role"]
        caller, assume = Caller(role), self._assume(role, "lambda.amazonaws.com", None)
        if dead_letters := function.properties.get("DeadLetterConfig"):
            yield "dead letters of a function", "to its dead-letter queue", [assume, *self._by_role(role, dead_letters["TargetArn"])]
        group = function.properties.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function.name}"
        stream = f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:any"
        write = [Request(caller, action, stream, SECURE) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
        yield "logs of a function", "to CloudWatch", [assume, *write]
        if function.properties.get("TracingConfig", {}).get("Mode") == "Active":
            yield "traces", "to X-Ray", [assume, *(Request(caller, action, "*", SECURE) for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"))]

    def _tasks(self, tasks: Resource):
        """A worker that is told of its queue, and protects its task: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html"""
        role, execution = tasks.properties["TaskRoleArn"], tasks.properties.get("ExecutionRoleArn")
        for container in tasks.properties["ContainerDefinitions"]:
            told = {variable["Name"]: variable["Value"] for variable in container.get("Environment", [])}
            if url := told.get("QUEUE_URL"):
                queue = queue_at(url)
                actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
                caller = Caller(role)
                yield "worker", "from its queue", [
                    self._assume(role, "ecs-tasks.amazonaws.com", None),
                    *(Request(caller, action, queue, SECURE) for action in actions),
                    *self._with_key(queue, caller, ["kms:Decrypt"], SECURE),
                ]
                for cluster in {service.properties["Cluster"] for service in self.deployment.of_type("AWS::ECS::Service") if service.properties["TaskDefinition"] == tasks.ref()}:
                    yield "worker", "protects itself", [Request(caller, "ecs:UpdateTaskProtection", f"arn:{PARTITION}:ecs:{REGION}:{ACCOUNT}:task/{cluster}/any", SECURE)]
            if group := container.get("LogConfiguration", {}).get("Options", {}).get("awslogs-group"):
                stream = f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:any"
                write = [Request(Caller(execution), action, stream, SECURE) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
                yield "logs of a worker", "to CloudWatch", [self._assume(execution, "ecs-tasks.amazonaws.com", None), *write]

    def _grants(self, role: Resource):
        """What a handler or client was granted on a resource with a customer-managed key it must be able to do with that key."""
        caller = Caller(role.arn)
        for statement in Policies(self.deployment).identity.get(role.arn, []):
            for resource in as_list(statement.content.get("Resource", [])):
                holder = self.deployment.by_arn.get(re.sub(r"/.*", "", resource) if ":s3:::" in resource else resource)
                for action, key_actions in GRANTS.items():
                    if statement.content["Effect"] == "Allow" and holder and action in as_list(statement.content.get("Action", [])):
                        if action == "s3:PutObject" and holder.arn in self._failure_destinations:
                            continue  # Lambda's, which uploads in one part: judged as a delivery
                        with_key = self._with_key(holder.arn, caller, key_actions, through_s3(holder.arn) if action.startswith("s3:") else SECURE)
                        context = {**SECURE, "s3:ResourceAccount": ACCOUNT, "s3:prefix": self._readable(role, holder)} if action.startswith("s3:") else SECURE
                        yield "grant", f"{action} on {holder.id}", [Request(caller, action, resource, context), *with_key]
                if "execute-api:Invoke" in as_list(statement.content.get("Action", [])):
                    yield "grant", "execute-api:Invoke", [Request(caller, "execute-api:Invoke", resource, SECURE)]


    @functools.cached_property
    def _failure_destinations(self) -> set[str]:
        settings = self.deployment.of_type("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping")
        configurations = (found.properties.get("DestinationConfig", {}) for found in settings)
        return {found["OnFailure"]["Destination"] for found in configurations if "OnFailure" in found}

    def _readable(self, role: Resource, bucket: Resource) -> str:
        """What a role lists of a bucket: what it may read there."""
        resources = [
            resource
            for statement in Policies(self.deployment).identity.get(role.arn, [])
            if "s3:GetObject" in as_list(statement.content.get("Action", []))
            for resource in as_list(statement.content["Resource"])
        ]
        return next((resource.removeprefix(f"{bucket.arn}/").replace("*", "any") for resource in resources if resource.startswith(f"{bucket.arn}/")), "any")


def through_s3(bucket: str) -> dict:
    """What KMS is told when S3 asks. With a bucket key, the encryption context is the bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"""
    return {**SECURE, "kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": bucket}


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
GRANTS = {
    "sns:Publish": SEND_WITH_KEY,
    "sqs:SendMessage": SEND_WITH_KEY,
    "s3:GetObject": ["kms:Decrypt"],
    "s3:ListBucket": [],
    "s3:PutObject": ["kms:GenerateDataKey", "kms:Decrypt"],
    "dynamodb:UpdateItem": TABLE_KEY["dynamodb:UpdateItem"],
}


def tasks_of(definition: dict) -> Iterator[tuple[str, dict]]:
    for name, state in definition.get("States", {}).items():
        if state["Type"] == "Task":
            yield name, state
        for inner in (*state.get("Branches", []), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)):
            yield from tasks_of(inner)
