"""The requests that the services will send or get, read from templates, and what is wrong with them by the service models of botocore."""

import functools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import botocore.session
from botocore.model import OperationModel, Shape

from cloudformation import Deployment, Resource
from deliveries import tasks_of
from method_requests import Submitted, rendered

SESSION = botocore.session.get_session()

# What Step Functions calls a service, where it is not what botocore calls it.
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
SERVICE_NAMES = {"sfn": "stepfunctions", "states": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}


@dataclass(frozen=True)
class ServiceRequest:
    kind: str
    place: str
    service: str
    operation: str
    parameters: dict


def service_requests(deployment: Deployment) -> list[ServiceRequest]:
    finders = {
        "AWS::ApiGateway::Method": of_method,
        "AWS::CloudWatch::Alarm": of_alarm,
        "AWS::Events::Rule": of_rule,
        "AWS::Kinesis::StreamConsumer": of_consumer,
        "AWS::Lambda::EventInvokeConfig": of_invoke_config,
        "AWS::Lambda::EventSourceMapping": of_event_source,
        "AWS::Pipes::Pipe": of_pipe,
        "AWS::SNS::Subscription": of_subscription,
        "AWS::SQS::Queue": of_queue,
        "AWS::Scheduler::Schedule": of_schedule,
        "AWS::StepFunctions::StateMachine": of_machine,
    }
    return [
        ServiceRequest(resource.type, f"{deployment} {resource.id}{detail}", service, operation, parameters)
        for resource in deployment.resources
        if resource.type in finders
        for detail, service, operation, parameters in finders[resource.type](resource)
    ]


PYTHON_TYPES = {
    "structure": dict, "map": dict, "list": list, "string": str, "boolean": bool, "integer": int, "long": int, "float": (int, float), "double": (int, float),
}

# What each finder gives: which of several requests it is, the service and operation, the parameters.
Found = Iterator[tuple[str, str, str, dict]]


def of_method(method: Resource) -> Found:
    integration = method.properties.get("Integration", {})
    direct = re.search(r":([a-z0-9-]+):action/(\w+)$", integration.get("Uri", ""))
    if integration.get("Type") == "AWS" and direct:
        template = integration["RequestTemplates"]["application/json"]
        requests = {
            " without a key": Submitted(path={"id": "r-AbC1d_-"}),
            " with a key": Submitted(headers={"idempotency-key": "Ordnung 1/ä"}, path={"id": "k-b3JkbnVuZw"}),
            " without an owner": Submitted(owner="", path={"id": "a/b"}),
            " with a large body": Submitted(body=json.dumps({"city": "x" * 300_000}), path={"id": "x" * 3_000}),
        }
        for detail, request in requests.items():
            yield detail, direct[1], direct[2], rendered(template, request)


def of_machine(machine: Resource) -> Found:
    for name, task in tasks_of(json.loads(machine.properties["DefinitionString"])):
        integration = task["Resource"].partition(":states:::")[2]
        # A function that is named by its ARN alone gets what the state gets.
        if not integration:
            continue
        service, operation = re.fullmatch(r"(?:aws-sdk:)?(\w+):(\w+)(?:\.[\w:]+)?", integration).groups()
        yield f" {name}", service, f"{operation[0].upper()}{operation[1:]}", task.get("Arguments") or task.get("Parameters", {})


def of_pipe(pipe: Resource) -> Found:
    yield "", "pipes", "CreatePipe", {"Name": pipe.name, **pipe.properties}


def of_rule(rule: Resource) -> Found:
    properties = dict(rule.properties)
    targets = properties.pop("Targets", [])
    yield "", "events", "PutRule", {"Name": rule.name, **properties, "EventPattern": json.dumps(properties["EventPattern"])}
    if targets:
        yield " targets", "events", "PutTargets", {"Rule": rule.name, "Targets": targets}


def of_schedule(schedule: Resource) -> Found:
    yield "", "scheduler", "CreateSchedule", {"Name": schedule.name, **schedule.properties}


def of_event_source(mapping: Resource) -> Found:
    # CloudFormation writes this name otherwise than the API.
    names = {"KmsKeyArn": "KMSKeyArn"}
    yield "", "lambda", "CreateEventSourceMapping", {names.get(name, name): value for name, value in mapping.properties.items()}


def of_invoke_config(settings: Resource) -> Found:
    yield "", "lambda", "PutFunctionEventInvokeConfig", settings.properties


def of_consumer(consumer: Resource) -> Found:
    yield "", "kinesis", "RegisterStreamConsumer", consumer.properties


def of_subscription(subscription: Resource) -> Found:
    named = ("TopicArn", "Protocol", "Endpoint")
    properties = subscription.properties
    yield "", "sns", "Subscribe", {
        **{name: properties[name] for name in named},
        "Attributes": {name: as_attribute(value) for name, value in properties.items() if name not in named},
    }


def of_queue(queue: Resource) -> Found:
    attributes = {name: as_attribute(value) for name, value in queue.properties.items() if name not in ("QueueName", "Tags")}
    yield "", "sqs", "CreateQueue", {"QueueName": queue.name, "Attributes": attributes}


def of_alarm(alarm: Resource) -> Found:
    yield "", "cloudwatch", "PutMetricAlarm", {"AlarmName": alarm.name, **alarm.properties}


def as_attribute(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@functools.cache
def operation_of(service: str, operation: str) -> OperationModel | None:
    name = SERVICE_NAMES.get(service, service)
    if name not in SESSION.get_available_services():
        return None
    model = SESSION.get_service_model(name)
    return model.operation_model(operation) if operation in model.operation_names else None


def problems_of(request: ServiceRequest) -> list[str]:
    operation = operation_of(request.service, request.operation)
    if operation is None:
        return [f"{request.place}: there is no {request.service}:{request.operation}"]
    # A task's arguments are in PascalCase whatever the service's own are in.
    # https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    name_of = pascal_case if request.kind == "AWS::StepFunctions::StateMachine" else str
    return [f"{request.place}: {problem}" for problem in problems(request.parameters, operation.input_shape, request.operation, name_of)]


def pascal_case(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"


def problems(value, shape: Shape, path: str, name_of: Callable[[str], str]) -> Iterator[str]:
    """What a value breaks of a shape: names, types, what is required, enumerations, ranges, and patterns that Python can read."""
    if isinstance(value, str) and re.fullmatch(r"\{%.*%}", value, re.DOTALL):
        return  # JSONata: known at run time only
    if shape.type_name == "string" and isinstance(value, (dict, list)) and path.endswith((".Input", ".MessageBody", ".Message", ".Detail")):
        value = json.dumps(value)  # Step Functions takes JSON there, and sends it as text
    kind = PYTHON_TYPES.get(shape.type_name)
    if kind and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        yield f"{path} is {type(value).__name__}, not {shape.type_name}"
        return
    match shape.type_name:
        case "structure" if not getattr(shape, "is_document_type", False):
            members = {name_of(name): member for name, member in shape.members.items()}
            yield from (f"{path} has no member {name}" for name in value if name.removesuffix(".$") not in members)
            yield from (f"{path} lacks {name}" for name in map(name_of, shape.required_members) if name not in value and f"{name}.$" not in value)
            for name in value.keys() & members.keys():
                yield from problems(value[name], members[name], f"{path}.{name}", name_of)
        case "map":
            for key, member in value.items():
                yield from problems(key, shape.key, f"{path} key", name_of)
                yield from problems(member, shape.value, f"{path}.{key}", name_of)
        case "list":
            for index, member in enumerate(value):
                yield from problems(member, shape.member, f"{path}[{index}]", name_of)
    size = value if isinstance(value, (int, float)) and not isinstance(value, bool) else len(value) if isinstance(value, (str, list, dict)) else None
    if size is not None and not shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size):
        yield f"{path} is {size}, beyond {shape.metadata.get('min')} to {shape.metadata.get('max')}"
    if isinstance(value, str):
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path} is {value!r}, none of {', '.join(shape.enum)}"
        pattern = compiled(shape.metadata.get("pattern", ""))
        if pattern and not pattern.fullmatch(value):
            yield f"{path} is {value!r}, which does not match {pattern.pattern}"


@functools.cache
def compiled(pattern: str) -> re.Pattern | None:
    """The patterns are Java's; what Python cannot read is not judged. The whole value must match, as the services have it."""
    if not pattern:
        return None
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
