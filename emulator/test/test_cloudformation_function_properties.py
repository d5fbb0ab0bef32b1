import json

import pytest


def template(**properties) -> dict:
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "DeadLetters": {"Type": "AWS::SQS::Queue"},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "nodejs22.x",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "exports.handler = async () => {};"},
                **properties,
            },
        },
    }


ALL = {
    "ReservedConcurrentExecutions": 7,
    "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
    "RecursiveLoop": "Allow",
}


def settings(aws, function: str) -> dict:
    functions = aws.client("lambda")
    return {
        "reserved": functions.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions"),
        "dead letters": functions.get_function_configuration(FunctionName=function).get("DeadLetterConfig", {}).get("TargetArn"),
        "recursion": functions.get_function_recursion_config(FunctionName=function)["RecursiveLoop"],
    }


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{name.rsplit('/', 1)[-1]}"


def test_set_on_create(aws):
    ids = aws.deploy("create", template(**ALL))
    assert settings(aws, ids["Function"]) == {"reserved": 7, "dead letters": queue_arn(ids["DeadLetters"]), "recursion": "Allow"}


def test_set_changed_and_removed_by_updates(aws):
    ids = aws.deploy("update", template())
    assert settings(aws, ids["Function"]) == {"reserved": None, "dead letters": None, "recursion": "Terminate"}

    aws.deploy("update", template(**ALL))
    assert settings(aws, ids["Function"]) == {"reserved": 7, "dead letters": queue_arn(ids["DeadLetters"]), "recursion": "Allow"}

    aws.deploy("update", template(**{**ALL, "ReservedConcurrentExecutions": 3}))
    assert settings(aws, ids["Function"])["reserved"] == 3

    aws.deploy("update", template(Description="none of the three any more"))
    assert settings(aws, ids["Function"]) == {"reserved": None, "dead letters": None, "recursion": "Terminate"}


def test_reserved_concurrency_of_zero_stops_the_function(aws):
    ids = aws.deploy("zero", template(ReservedConcurrentExecutions=0))
    functions = aws.client("lambda")
    assert functions.get_function_concurrency(FunctionName=ids["Function"]).get("ReservedConcurrentExecutions") == 0
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName=ids["Function"], Payload=json.dumps(None))


def test_a_target_that_lambda_refuses_fails_the_stack(aws):
    bad = {"DeadLetterConfig": {"TargetArn": "arn:aws:s3:::not-a-queue"}}
    with pytest.raises(AssertionError, match="The service specified by the TargetArn is not supported"):
        aws.deploy("refused", template(**bad))
