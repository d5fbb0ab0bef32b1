"""Reads synthesized templates as if they were deployed: every intrinsic function is resolved, with stand-ins for what only CloudFormation would know.

A deployment is the stacks that are deployed together: one for a form of the registry, all of an integ test.
"""

import functools
import hashlib
import json
import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

PARTITION, REGION, ACCOUNT = "aws", "us-east-1", "111122223333"
# A property with this value is not there.
NO_VALUE = object()

# Of types whose names CloudFormation makes up: the longest name, and whether it may have a point.
LONGEST_NAME = {
    "AWS::CodeDeploy::Application": 100,
    "AWS::CodeDeploy::DeploymentConfig": 100,
    "AWS::CodeDeploy::DeploymentGroup": 100,
    "AWS::Events::Archive": 48,
    "AWS::Events::Rule": 64,
    "AWS::IAM::Role": 64,
    "AWS::Kinesis::Stream": 128,
    "AWS::KinesisFirehose::DeliveryStream": 64,
    "AWS::Lambda::Function": 64,
    "AWS::Pipes::Pipe": 64,
    "AWS::S3::Bucket": 63,
    "AWS::SQS::Queue": 75,
    "AWS::Scheduler::Schedule": 64,
    "AWS::Scheduler::ScheduleGroup": 64,
    "AWS::StepFunctions::StateMachine": 80,
}
# Of types that are named by a property if it is there.
NAME_PROPERTY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CodeDeploy::Application": "ApplicationName",
    "AWS::CodeDeploy::DeploymentConfig": "DeploymentConfigName",
    "AWS::CodeDeploy::DeploymentGroup": "DeploymentGroupName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
ARN = {
    "AWS::CloudWatch::Alarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::DynamoDB::GlobalTable": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    "AWS::DynamoDB::Table": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    "AWS::ECS::Cluster": "arn:{partition}:ecs:{region}:{account}:cluster/{name}",
    "AWS::ECS::Service": "arn:{partition}:ecs:{region}:{account}:service/cluster/{name}",
    "AWS::ECS::TaskDefinition": "arn:{partition}:ecs:{region}:{account}:task-definition/{name}:1",
    "AWS::Events::Archive": "arn:{partition}:events:{region}:{account}:archive/{name}",
    "AWS::Events::EventBus": "arn:{partition}:events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "arn:{partition}:events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{name}",
    "AWS::Kinesis::Stream": "arn:{partition}:kinesis:{region}:{account}:stream/{name}",
    "AWS::KinesisFirehose::DeliveryStream": "arn:{partition}:firehose:{region}:{account}:deliverystream/{name}",
    "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
    "AWS::Pipes::Pipe": "arn:{partition}:pipes:{region}:{account}:pipe/{name}",
    "AWS::S3::Bucket": "arn:{partition}:s3:::{name}",
    "AWS::SNS::Topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "AWS::Scheduler::Schedule": "arn:{partition}:scheduler:{region}:{account}:schedule/default/{name}",
    "AWS::Scheduler::ScheduleGroup": "arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}",
    "AWS::StepFunctions::StateMachine": "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
}
# What the attribute is called that gives the ARN, where it is not `Arn`.
ARN_ATTRIBUTES = {("TopicArn", "AWS::SNS::Topic"), ("ConsumerARN", "AWS::Kinesis::StreamConsumer")}
REF_IS_ARN = {"AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::Kinesis::StreamConsumer", "AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"}
# Of types with random ids, how such an id looks.
SHORT_ID, UUID = "{:.10}", "{0:.8}-{0:.4}-4{0:.3}-8{0:.3}-{0:.12}"
ID_FORM = {
    "AWS::ApiGateway::Authorizer": SHORT_ID,
    "AWS::ApiGateway::Deployment": SHORT_ID,
    "AWS::ApiGateway::Model": "Model{:.10}",
    "AWS::ApiGateway::RequestValidator": SHORT_ID,
    "AWS::ApiGateway::Resource": SHORT_ID,
    "AWS::ApiGateway::RestApi": SHORT_ID,
    "AWS::KMS::Key": UUID,
    "AWS::Lambda::EventSourceMapping": UUID,
}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Resource:
    stack: str
    id: str
    type: str
    deployment: "Deployment" = field(repr=False)
    raw: dict = field(repr=False)

    @functools.cached_property
    def properties(self) -> dict:
        return self.deployment.resolve(self.raw.get("Properties", {}), self.stack)

    def attribute(self, name: str):
        """An attribute of the resource itself, such as `UpdatePolicy`."""
        return self.deployment.resolve(self.raw.get(name, {}), self.stack)

    @functools.cached_property
    def name(self) -> str:
        """Its physical name, or its id if it has no name."""
        if self.type in ID_FORM:
            return ID_FORM[self.type].format(digest(f"{self.stack}/{self.id}"))
        given = self.raw.get("Properties", {}).get(NAME_PROPERTY.get(self.type, ""))
        if given is not None:
            return self.deployment.resolve(given, self.stack)
        made_up = f"{self.stack}-{self.id}"
        longest = LONGEST_NAME.get(self.type, 200)
        if len(made_up) > longest:
            made_up = f"{made_up[: longest - 9]}-{digest(made_up)[:8]}"
        properties = self.raw.get("Properties", {})
        if properties.get("FifoQueue") or properties.get("FifoTopic"):
            return f"{made_up}.fifo"
        return made_up.lower() if self.type == "AWS::S3::Bucket" else made_up

    @functools.cached_property
    def arn(self) -> str | None:
        if self.type == "AWS::Lambda::Version":
            return f"{self.deployment.function_arn(self.properties['FunctionName'])}:1"
        if self.type == "AWS::Lambda::Alias":
            return f"{self.deployment.function_arn(self.properties['FunctionName'])}:{self.properties['Name']}"
        if self.type == "AWS::StepFunctions::StateMachineVersion":
            return f"{self.properties['StateMachineArn']}:1"
        if self.type == "AWS::StepFunctions::StateMachineAlias":
            version = self.properties["DeploymentPreference"]["StateMachineVersionArn"]
            return f"{version.rpartition(':')[0]}:{self.properties['Name']}"
        if self.type == "AWS::Kinesis::StreamConsumer":
            return f"{self.properties['StreamARN']}/consumer/{self.properties['ConsumerName']}:1700000000"
        form = ARN.get(self.type)
        name = self.ref().replace("|", "/") if self.type == "AWS::Events::Rule" else self.name
        return form and form.format(partition=PARTITION, region=REGION, account=ACCOUNT, name=name)

    def ref(self) -> str:
        if self.type == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self.name}"
        if self.type in REF_IS_ARN or self.type in ("AWS::Lambda::Version", "AWS::Lambda::Alias"):
            return self.arn
        if self.type == "AWS::Events::Rule":
            bus = self.properties.get("EventBusName", "default")
            return self.name if bus == "default" else f"{bus}|{self.name}"
        if self.type == "AWS::ApiGateway::Stage":
            return self.properties["StageName"]
        return self.name

    def get_att(self, attribute: str):
        if attribute == "Arn" or (attribute, self.type) in ARN_ATTRIBUTES:
            if self.arn is None:
                raise ValueError(f"no stand-in for the ARN of a {self.type}")
            return self.arn
        if attribute == "StreamArn":
            return f"{self.arn}/stream/2026-01-01T00:00:00.000"
        if attribute == "Version":
            return "1"
        if attribute == "StateMachineRevisionId":
            return digest(f"{self.stack}/{self.id}/revision")[:32]
        if attribute in ("GroupId", "DefaultSecurityGroup"):
            return f"sg-{digest(f'{self.stack}/{self.id}')[:17]}"
        if attribute in ("QueueName", "TopicName", "Name", "Id"):
            return self.name
        if attribute == "RootResourceId":
            return digest(f"{self.stack}/{self.id}/root")[:10]
        if attribute.endswith("DomainName"):
            return f"{self.name}.s3.amazonaws.com"
        raise ValueError(f"no stand-in for {attribute} of a {self.type}")


class Deployment:
    def __init__(self, name: str, templates: dict[str, dict]):
        self.name = name
        self.templates = templates
        self.resources = [
            Resource(stack, logical_id, raw["Type"], self, raw)
            for stack, template in templates.items()
            for logical_id, raw in template.get("Resources", {}).items()
        ]
        self._by_id = {(resource.stack, resource.id): resource for resource in self.resources}
        self._exports = {
            json.dumps(output["Export"]["Name"]): (stack, output["Value"])
            for stack, template in templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def __repr__(self) -> str:
        return self.name

    def of_type(self, *types: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.type in types)

    @functools.cached_property
    def by_arn(self) -> dict[str, Resource]:
        return {resource.arn: resource for resource in self.resources if resource.arn}

    def function_arn(self, name_or_arn: str) -> str:
        return name_or_arn if name_or_arn.startswith("arn:") else f"arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:function:{name_or_arn}"

    def resolve(self, value, stack: str):
        if isinstance(value, list):
            return [member for member in (self.resolve(member, stack) for member in value) if member is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            if name == "Ref":
                return self._ref(argument, stack)
            if name.startswith("Fn::"):
                return self._call(name.removeprefix("Fn::"), argument, stack)
        members = {key: self.resolve(member, stack) for key, member in value.items()}
        return {key: member for key, member in members.items() if member is not NO_VALUE}

    def _ref(self, name: str, stack: str):
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": PARTITION,
            "AWS::Region": REGION,
            "AWS::StackId": f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/00000000-0000-4000-8000-000000000000",
            "AWS::StackName": stack,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if (stack, name) in self._by_id:
            return self._by_id[stack, name].ref()
        return self.templates[stack]["Parameters"][name]["Default"]

    def _call(self, name: str, argument, stack: str):
        if name == "GetAtt":
            logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self._by_id[stack, logical_id].get_att(attribute)
        if name == "Join":
            separator, parts = self.resolve(argument, stack)
            return separator.join(str(part) for part in parts)
        if name == "Split":
            separator, text = self.resolve(argument, stack)
            return text.split(separator)
        if name == "Select":
            index, members = self.resolve(argument, stack)
            return members[int(index)]
        if name == "Sub":
            text, variables = argument if isinstance(argument, list) else (argument, {})

            def substitute(match: re.Match) -> str:
                variable = match[1]
                if variable.startswith("!"):
                    return f"${{{variable[1:]}}}"
                if variable in variables:
                    return str(self.resolve(variables[variable], stack))
                return str(self._call("GetAtt", variable, stack) if "." in variable else self._ref(variable, stack))

            return re.sub(r"\$\{([^}]+)}", substitute, text)
        if name == "If":
            condition, then, otherwise = argument
            return self.resolve(then if self._holds(self.templates[stack]["Conditions"][condition], stack) else otherwise, stack)
        if name == "ImportValue":
            exporter, exported = self._exports[json.dumps(argument)]
            return self.resolve(exported, exporter)
        if name == "GetAZs":
            return [f"{REGION}{zone}" for zone in "abc"]
        raise ValueError(f"cannot resolve Fn::{name}")

    def _holds(self, condition: dict, stack: str) -> bool:
        (name, argument), = condition.items()
        match name:
            case "Condition":
                return self._holds(self.templates[stack]["Conditions"][argument], stack)
            case "Fn::Equals":
                one, other = self.resolve(argument, stack)
                return one == other
            case "Fn::Or":
                return any(self._holds(member, stack) for member in argument)
        raise ValueError(f"cannot evaluate {name}")


def synthesized(folder: pathlib.Path) -> list[Deployment]:
    """The forms of the registry, as dump-templates.ts writes them."""
    return [Deployment(file.stem, {"Stack": json.loads(file.read_text())}) for file in sorted(folder.glob("*.json"))]


def integ_snapshots(folder: pathlib.Path, prefix: str) -> list[Deployment]:
    """What the integ tests deploy."""
    deployments = []
    for snapshot in sorted(folder.glob(f"{prefix}*")):
        templates = {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in sorted(snapshot.glob("*.template.json"))}
        deployments.append(Deployment(f"integ.{snapshot.name}", templates))
    return deployments
