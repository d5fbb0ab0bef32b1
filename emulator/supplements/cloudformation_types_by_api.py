"""CloudFormation makes resources whose API the emulator has, by that API.

AWS: "Template reference" (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html):
for each type what `Ref` and `Fn::GetAtt` return, and which properties require replacement.

The emulator alone: refuses a template with a type that it does not know, even where it has the API.

This supplement: one table. A type says which calls create, update and delete it, what it is known by, and what replaces it.
Properties go to the parameters of the same name; a property that the call does not have fails the resource.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from supplements._patching import expect_parameters
from supplements._services import Refused, call


@dataclass(frozen=True)
class ApiType:
    """One row; `given` are the parameters: the properties, and the name where the template has none."""

    api: str
    create: str
    delete: str
    # What Ref returns, from `given` and the answer of the call.
    physical_id: Callable[[dict, dict], str]
    # The parameters of the delete call, from the physical id and `given`.
    delete_with: Callable[[str, dict], dict]
    # Properties whose change requires replacement.
    replaced_by: tuple[str, ...]
    # The call that applies other changes; none when there are no others that matter here.
    update: str | None = None
    update_with: Callable[[str, dict], dict] = lambda physical_id, given: given
    # What a property is when the template no longer has it; the call would leave it as it was.
    when_removed: dict = field(default_factory=dict)
    # The property that CloudFormation makes up when the template leaves it out, and how long it may be.
    name: str | None = None
    name_limit: int = 255
    attributes: Callable[[dict, dict], dict] = lambda given, answer: {}
    parameters: Callable[[dict], dict] = lambda properties: properties


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def scaling_policy_parameters(properties: dict) -> dict:
    """A policy names its target by the target's Ref, or by its three parts."""
    given = dict(properties)
    if "ScalingTargetId" in given:
        given["ResourceId"], given["ScalableDimension"], given["ServiceNamespace"] = given.pop("ScalingTargetId").split("|")
    return given


def deployment_group_update(physical_id: str, given: dict) -> dict:
    kept = {name: value for name, value in given.items() if name not in ("DeploymentGroupName", "Tags")}
    return {**kept, "currentDeploymentGroupName": physical_id}


def consumer_attributes(given: dict, answer: dict) -> dict:
    consumer = {**given, **answer.get("Consumer", {})}
    return {name: str(consumer[name]) for name in ("ConsumerARN", "ConsumerCreationTimestamp", "ConsumerName", "ConsumerStatus", "StreamARN")}


def archive_parameters(properties: dict) -> dict:
    """An archive has for its source what the API calls the source of the events, and its pattern as text."""
    given = {"EventSourceArn" if name == "SourceArn" else name: value for name, value in properties.items()}
    return {**given, **({"EventPattern": json.dumps(given["EventPattern"])} if "EventPattern" in given else {})}


def permission_parameters(properties: dict) -> dict:
    """A statement of a bus, in the parts by which the emulator keeps it."""
    statement = properties["Statement"]
    principal = statement["Principal"]
    return {
        "EventBusName": properties["EventBusName"],
        "StatementId": properties["StatementId"],
        "Action": statement["Action"],
        "Principal": principal["AWS"] if isinstance(principal, dict) else principal,
    }


def alias_parameters(properties: dict) -> dict:
    """An alias points to the version of its deployment preference, or to those of its routing configuration."""
    given = {name: properties[name] for name in ("Name", "Description") if name in properties}
    preference = properties.get("DeploymentPreference")
    one = [{"StateMachineVersionArn": preference["StateMachineVersionArn"], "Weight": 100}] if preference else None
    return {**given, "RoutingConfiguration": one or properties["RoutingConfiguration"]}


def alias_update(physical_id: str, given: dict) -> dict:
    return {"stateMachineAliasArn": physical_id, **{name: value for name, value in given.items() if name != "Name"}}


SCALED = ("ResourceId", "ScalableDimension", "ServiceNamespace")

TYPES = {
    "AWS::CloudWatch::CompositeAlarm": ApiType(
        api="cloudwatch",
        create="PutCompositeAlarm",
        update="PutCompositeAlarm",
        delete="DeleteAlarms",
        delete_with=lambda physical_id, given: {"AlarmNames": [physical_id]},
        name="AlarmName",
        replaced_by=("AlarmName",),
        physical_id=lambda given, answer: given["AlarmName"],
        attributes=lambda given, answer: {"Arn": arn("cloudwatch", f"alarm:{given['AlarmName']}")},
    ),
    "AWS::Events::Archive": ApiType(
        api="events",
        create="CreateArchive",
        update="UpdateArchive",
        update_with=lambda physical_id, given: {name: value for name, value in given.items() if name != "EventSourceArn"},
        delete="DeleteArchive",
        delete_with=lambda physical_id, given: {"ArchiveName": physical_id},
        name="ArchiveName",
        name_limit=48,
        parameters=archive_parameters,
        replaced_by=("ArchiveName", "SourceArn"),
        physical_id=lambda given, answer: given["ArchiveName"],
        attributes=lambda given, answer: {"Arn": arn("events", f"archive/{given['ArchiveName']}")},
    ),
    "AWS::Events::EventBusPolicy": ApiType(
        api="events",
        create="PutPermission",
        update="PutPermission",
        delete="RemovePermission",
        parameters=permission_parameters,
        delete_with=lambda physical_id, given: {name: given[name] for name in ("EventBusName", "StatementId")},
        replaced_by=("EventBusName", "StatementId"),
        physical_id=lambda given, answer: f"{given['EventBusName']}|{given['StatementId']}",
    ),
    "AWS::Kinesis::StreamConsumer": ApiType(
        api="kinesis",
        create="RegisterStreamConsumer",
        delete="DeregisterStreamConsumer",
        parameters=lambda properties: {name: value for name, value in properties.items() if name != "Tags"},
        delete_with=lambda physical_id, given: {"ConsumerARN": physical_id},
        replaced_by=("ConsumerName", "StreamARN", "Tags"),
        physical_id=lambda given, answer: answer["Consumer"]["ConsumerARN"],
        attributes=consumer_attributes,
    ),
    "AWS::Kinesis::ResourcePolicy": ApiType(
        api="kinesis",
        create="PutResourcePolicy",
        update="PutResourcePolicy",
        delete="DeleteResourcePolicy",
        parameters=lambda properties: {"ResourceARN": properties["ResourceArn"], "Policy": json.dumps(properties["ResourcePolicy"])},
        delete_with=lambda physical_id, given: {"ResourceARN": physical_id},
        replaced_by=("ResourceArn",),
        physical_id=lambda given, answer: given["ResourceARN"],
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": ApiType(
        api="application-autoscaling",
        create="RegisterScalableTarget",
        update="RegisterScalableTarget",
        delete="DeregisterScalableTarget",
        delete_with=lambda physical_id, given: {part: given[part] for part in SCALED},
        replaced_by=SCALED,
        physical_id=lambda given, answer: "|".join(given[part] for part in SCALED),
        attributes=lambda given, answer: {"Id": "|".join(given[part] for part in SCALED)},
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ApiType(
        api="application-autoscaling",
        create="PutScalingPolicy",
        update="PutScalingPolicy",
        delete="DeleteScalingPolicy",
        parameters=scaling_policy_parameters,
        delete_with=lambda physical_id, given: {part: given[part] for part in (*SCALED, "PolicyName")},
        replaced_by=("PolicyName", "ScalingTargetId", *SCALED),
        physical_id=lambda given, answer: answer["PolicyARN"],
        attributes=lambda given, answer: {"Arn": answer["PolicyARN"]},
    ),
    "AWS::CodeDeploy::Application": ApiType(
        api="codedeploy",
        create="CreateApplication",
        delete="DeleteApplication",
        delete_with=lambda physical_id, given: {"applicationName": physical_id},
        name="ApplicationName",
        name_limit=100,
        replaced_by=("ApplicationName", "ComputePlatform"),
        physical_id=lambda given, answer: given["ApplicationName"],
    ),
    "AWS::CodeDeploy::DeploymentConfig": ApiType(
        api="codedeploy",
        create="CreateDeploymentConfig",
        delete="DeleteDeploymentConfig",
        delete_with=lambda physical_id, given: {"deploymentConfigName": physical_id},
        name="DeploymentConfigName",
        name_limit=100,
        replaced_by=("DeploymentConfigName", "ComputePlatform", "MinimumHealthyHosts", "TrafficRoutingConfig", "ZonalConfig"),
        physical_id=lambda given, answer: given["DeploymentConfigName"],
    ),
    "AWS::CodeDeploy::DeploymentGroup": ApiType(
        api="codedeploy",
        create="CreateDeploymentGroup",
        update="UpdateDeploymentGroup",
        update_with=deployment_group_update,
        when_removed={
            "AlarmConfiguration": {"Enabled": False, "Alarms": []},
            "AutoRollbackConfiguration": {"Enabled": False, "Events": []},
            "DeploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
        },
        delete="DeleteDeploymentGroup",
        delete_with=lambda physical_id, given: {"applicationName": given["ApplicationName"], "deploymentGroupName": physical_id},
        name="DeploymentGroupName",
        name_limit=100,
        replaced_by=("ApplicationName", "DeploymentGroupName"),
        physical_id=lambda given, answer: given["DeploymentGroupName"],
    ),
    "AWS::StepFunctions::StateMachineVersion": ApiType(
        api="stepfunctions",
        create="PublishStateMachineVersion",
        delete="DeleteStateMachineVersion",
        parameters=lambda properties: {"RevisionId" if name == "StateMachineRevisionId" else name: value for name, value in properties.items()},
        delete_with=lambda physical_id, given: {"stateMachineVersionArn": physical_id},
        replaced_by=("StateMachineArn", "StateMachineRevisionId", "Description"),
        physical_id=lambda given, answer: answer["stateMachineVersionArn"],
        attributes=lambda given, answer: {"Arn": answer["stateMachineVersionArn"]},
    ),
    "AWS::StepFunctions::StateMachineAlias": ApiType(
        api="stepfunctions",
        create="CreateStateMachineAlias",
        update="UpdateStateMachineAlias",
        update_with=alias_update,
        delete="DeleteStateMachineAlias",
        delete_with=lambda physical_id, given: {"stateMachineAliasArn": physical_id},
        parameters=alias_parameters,
        name="Name",
        name_limit=80,
        replaced_by=("Name", "StateMachineArn"),
        physical_id=lambda given, answer: answer["stateMachineAliasArn"],
        # An update has the physical id, the ARN, for the name.
        attributes=lambda given, answer: {"Arn": answer.get("stateMachineAliasArn", given["Name"])},
    ),
}


def apply() -> None:
    expect_parameters(provisioners._update_resource, "resource_type", "physical_id", "old_props", "new_props", "stack_name", "logical_id", "old_attrs")
    expect_parameters(provisioners._replacing_change, "resource_type", "old_props", "new_props")
    for name, by_api in TYPES.items():
        provisioners._RESOURCE_HANDLERS[name] = handlers(name, by_api)
        provisioners._REPLACING_PROPERTIES[name] = by_api.replaced_by


def handlers(type_name: str, by_api: ApiType) -> dict:
    def made(operation: str, parameters: dict) -> dict:
        try:
            return call(by_api.api, operation, parameters)
        except (Refused, ValueError) as error:
            raise ValueError(f"{type_name}: {error}") from error

    def create(logical_id, props, stack_name):
        given = by_api.parameters(props)
        if by_api.name and not given.get(by_api.name):
            given = {**given, by_api.name: provisioners._physical_name(stack_name, logical_id, max_len=by_api.name_limit)}
        answer = made(by_api.create, given)
        return by_api.physical_id(given, answer), by_api.attributes(given, answer)

    def update(physical_id, old_props, new_props, stack_name):
        removed = {name: value for name, value in by_api.when_removed.items() if name in old_props and name not in new_props}
        given = by_api.parameters({**removed, **new_props})
        if by_api.name:
            given = {**given, by_api.name: physical_id}
        answer = made(by_api.update, by_api.update_with(physical_id, given)) if by_api.update else {}
        return physical_id, by_api.attributes(given, answer)

    def delete(physical_id, props):
        try:
            call(by_api.api, by_api.delete, by_api.delete_with(physical_id, by_api.parameters(props)))
        except Refused as refused:
            # What is gone already is deleted.
            if not any(word in refused.code for word in ("NotFound", "DoesNotExist")):
                raise ValueError(f"{type_name}: {refused}") from refused

    return {"create": create, "update": update, "delete": delete}
