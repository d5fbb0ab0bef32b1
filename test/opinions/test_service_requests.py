"""Whether the services will understand what the library has them sent: the names of actions and parameters, types, ranges, enumerations, patterns."""

import json

import pytest

from cloudformation import Deployment
from service_requests import ServiceRequest, problems_of, service_requests

def test_every_request_is_valid(deployments):
    found = [problem for deployment in deployments for request in service_requests(deployment) for problem in problems_of(request)]
    assert found == []


def test_every_resource_that_sends_was_looked_at(deployments):
    for deployment in deployments:
        requests = service_requests(deployment)
        for kind in ("AWS::CloudWatch::Alarm", "AWS::Events::Rule", "AWS::Pipes::Pipe", "AWS::SNS::Subscription", "AWS::SQS::Queue", "AWS::Lambda::EventSourceMapping"):
            there = len(list(deployment.of_type(kind)))
            assert len([request for request in requests if request.kind == kind]) >= there, f"{deployment} {kind}"
        direct = [method for method in deployment.of_type("AWS::ApiGateway::Method") if ":action/" in method.properties.get("Integration", {}).get("Uri", "")]
        assert len([request for request in requests if request.kind == "AWS::ApiGateway::Method"]) == 4 * len(direct)


def sown(kind: str, properties: dict) -> list[str]:
    deployment = Deployment("sown", {"Stack": {"Resources": {"Sown": {"Type": kind, "Properties": properties}}}})
    return [problem.removeprefix("sown Sown") for request in service_requests(deployment) for problem in problems_of(request)]


def machine(resource: str, arguments: dict) -> dict:
    return {"DefinitionString": json.dumps({"States": {"Task": {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments}}})}


UPDATE = {"TableName": "jobs", "Key": {"k": {"S": "{% $job %}"}}, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"N": "{% 1 %}"}}}
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "MetricName": "Errors", "Namespace": "AWS/Lambda", "Period": 60, "Threshold": 0}
PIPE = {
    "RoleArn": "arn:aws:iam::111122223333:role/r",
    "Source": "arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/2026-01-01T00:00:00.000",
    "SourceParameters": {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "ParallelizationFactor": 10}},
    "Target": "arn:aws:states:us-east-1:111122223333:stateMachine:m",
    "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}},
}
STREAM = {"StartingPosition": "TRIM_HORIZON", "ParallelizationFactor": 10}


def direct(uri: str, template: str) -> dict:
    return {"HttpMethod": "POST", "Integration": {"Type": "AWS", "Uri": f"arn:aws:apigateway:us-east-1:{uri}", "RequestTemplates": {"application/json": template}}}


@pytest.mark.parametrize(
    "kind, properties",
    [
        ("AWS::StepFunctions::StateMachine", machine("dynamodb:updateItem", UPDATE)),
        ("AWS::StepFunctions::StateMachine", machine("states:startExecution.sync:2", {"StateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:m", "Input": {"a": 1}})),
        ("AWS::CloudWatch::Alarm", ALARM),
        ("AWS::Pipes::Pipe", PIPE),
        ("AWS::ApiGateway::Method", direct("dynamodb:action/GetItem", '{"TableName": "jobs", "Key": {"k": {"S": "$context.path"}}}')),
    ],
)
def test_what_the_seeded_faults_are_sown_in_is_valid(kind, properties):
    assert sown(kind, properties) == []


@pytest.mark.parametrize(
    "kind, properties, problem",
    [
        ("AWS::StepFunctions::StateMachine", machine("dynamodb:updateItems", UPDATE), "there is no dynamodb:UpdateItems"),
        ("AWS::StepFunctions::StateMachine", machine("aws-sdk:sfm:startSyncExecution", {}), "there is no sfm:StartSyncExecution"),
        ("AWS::StepFunctions::StateMachine", machine("dynamodb:updateItem", {**UPDATE, "ReturnValue": "ALL_NEW"}), "has no member ReturnValue"),
        ("AWS::StepFunctions::StateMachine", machine("dynamodb:updateItem", {**UPDATE, "ReturnValues": "EVERYTHING"}), "none of NONE, ALL_OLD"),
        ("AWS::StepFunctions::StateMachine", machine("dynamodb:updateItem", {"TableName": "jobs"}), "lacks Key"),
        ("AWS::StepFunctions::StateMachine", machine("dynamodb:updateItem", {**UPDATE, "Key": {"k": {"T": "x"}}}), "has no member T"),
        ("AWS::StepFunctions::StateMachine", machine("lambda:invoke", {"Payload": {}}), "lacks FunctionName"),
        ("AWS::CloudWatch::Alarm", {**ALARM, "TreatMissingData": ["notBreaching"]}, "TreatMissingData is list, not string"),
        ("AWS::CloudWatch::Alarm", {**ALARM, "EvaluationPeriods": 0}, "EvaluationPeriods is 0, beyond 1"),
        ("AWS::CloudWatch::Alarm", {**ALARM, "Statistic": "Total"}, "none of SampleCount"),
        ("AWS::Pipes::Pipe", {**PIPE, "SourceParameters": {"DynamoDBStreamParameters": {**STREAM, "ParallelizationFactor": 20}}}, "ParallelizationFactor is 20, beyond 1 to 10"),
        ("AWS::Pipes::Pipe", {**PIPE, "SourceParameters": {"DynamoDBStreamParameters": {**STREAM, "StartingPosition": "NOW"}}}, "none of TRIM_HORIZON"),
        ("AWS::Pipes::Pipe", {**PIPE, "RoleArn": "role/r"}, "does not match arn"),
        (
            "AWS::Events::Rule",
            {"EventPattern": {"source": ["s"]}, "Targets": [{"Id": "t", "Arn": "arn:aws:sqs:us-east-1:111122223333:q", "RetryPolicy": {"MaximumRetryAttempts": 200}}]},
            "MaximumRetryAttempts is 200, beyond 0 to 185",
        ),
        ("AWS::Lambda::EventSourceMapping", {"FunctionName": "f", "ScalingConfig": {"MaximumConcurrency": 1}}, "MaximumConcurrency is 1, beyond 2"),
        ("AWS::SNS::Subscription", {"TopicArn": "arn:aws:sns:us-east-1:111122223333:t", "Protocol": ["sqs"], "Endpoint": "arn:aws:sqs:us-east-1:111122223333:q"}, "Protocol is list"),
        ("AWS::SQS::Queue", {"RetentionPeriod": 60}, "none of All, Policy"),
        ("AWS::ApiGateway::Method", direct("dynamodb:action/ReadItem", "{}"), "there is no dynamodb:ReadItem"),
        ("AWS::ApiGateway::Method", direct("dynamodb:action/GetItem", '{"Table": "$context.path"}'), "has no member Table"),
    ],
)
def test_a_seeded_fault_is_found(kind, properties, problem):
    found = sown(kind, properties)
    assert found and any(problem in line for line in found), found


def test_a_value_known_at_run_time_only_is_not_judged():
    request = ServiceRequest("", "p", "dynamodb", "GetItem", {"TableName": "{% $table %}", "Key": "{% $key %}"})
    assert problems_of(request) == []
