import json

import pytest
from botocore.exceptions import ClientError

VERSION = "import os\ndef handler(event, context):\n    return [os.environ['AWS_LAMBDA_FUNCTION_VERSION'], context.function_version]\n"


def function(aws, name: str, versions: int = 2) -> str:
    functions = aws.client("lambda")
    aws.function(name, VERSION, "python3.11")
    for number in range(versions):
        functions.update_function_configuration(FunctionName=name, Description=f"revision {number}")
        functions.publish_version(FunctionName=name)
    return name


def alias(aws, name: str, weights: dict) -> None:
    aws.client("lambda").create_alias(
        FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": weights}
    )


def answers(aws, name: str, times: int = 3) -> list:
    """What the versions say of themselves, each the same as the response says."""
    functions = aws.client("lambda")
    found = []
    for _ in range(times):
        answer = functions.invoke(FunctionName=name, Qualifier="live")
        payload = json.load(answer["Payload"])
        assert payload == [answer["ExecutedVersion"]] * 2
        found.append(answer["ExecutedVersion"])
    return found


def refusal(call, **arguments) -> tuple:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_both_versions_answer(aws):
    alias(aws, function(aws, "weighted-both"), {"2": 0.5})
    # That one of the two never answers happens once in 5 * 10 ** 11 runs.
    assert set(answers(aws, "weighted-both", times=40)) == {"1", "2"}


@pytest.mark.parametrize("weight, version", [(1.0, "2"), pytest.param(0.0, "1", marks=pytest.mark.also_alone)])
def test_at_the_bounds_one_version_answers_everything(aws, weight, version):
    name = function(aws, f"weighted-bound-{version}")
    alias(aws, name, {"2": weight})
    assert set(answers(aws, name)) == {version}


def test_an_update_sets_and_takes_away_the_weights(aws):
    functions = aws.client("lambda")
    name = function(aws, "weighted-updated")
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    functions.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 1}})
    assert set(answers(aws, name)) == {"2"}
    functions.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}})
    assert set(answers(aws, name)) == {"1"}


def test_reading_by_the_alias_gives_its_first_version(aws):
    name = function(aws, "weighted-read")
    alias(aws, name, {"2": 1})
    functions = aws.client("lambda")
    assert functions.get_function_configuration(FunctionName=name, Qualifier="live")["Version"] == "1"
    assert functions.get_function(FunctionName=name, Qualifier="live")["Configuration"]["Version"] == "1"
    assert set(answers(aws, name)) == {"2"}


REPORTING = """
import os, boto3
def handler(event, context):
    queue = boto3.client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
    queue.send_message(QueueUrl="{queue}", MessageBody=context.function_version)
"""


@pytest.mark.parametrize("how", ["asynchronously", "event source mapping", "topic"])
def test_other_ways_to_invoke_go_by_the_weights_too(aws, how):
    functions, sqs, sns = aws.client("lambda"), aws.client("sqs"), aws.client("sns")
    key = how.replace(" ", "-")
    reports = sqs.create_queue(QueueName=f"weighted-reports-{key}")["QueueUrl"]
    name = f"weighted-reporting-{key}"
    arn = aws.function(name, REPORTING.replace("{queue}", reports), "python3.11")
    for number in (1, 2):
        functions.update_function_configuration(FunctionName=name, Description=f"revision {number}")
        functions.publish_version(FunctionName=name)
    alias(aws, name, {"2": 1})

    if how == "asynchronously":
        answer = functions.invoke(FunctionName=name, Qualifier="live", InvocationType="Event")
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-executed-version"] == "2"
    elif how == "topic":
        topic = sns.create_topic(Name="weighted")["TopicArn"]
        functions.add_permission(FunctionName=name, Qualifier="live", StatementId="topic", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com")
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"{arn}:live")
        sns.publish(TopicArn=topic, Message="hello")
    else:
        source = sqs.create_queue(QueueName="weighted-source")["QueueUrl"]
        source_arn = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        functions.create_event_source_mapping(FunctionName=f"{arn}:live", EventSourceArn=source_arn)
        sqs.send_message(QueueUrl=source, MessageBody="hello")

    [report] = sqs.receive_message(QueueUrl=reports, WaitTimeSeconds=10).get("Messages", [{"Body": "nothing"}])
    assert report["Body"] == "2"


def template(alias: dict, **more) -> dict:
    """A function with two versions and an alias on them."""
    def version(number: int, after: list) -> dict:
        return {"Type": "AWS::Lambda::Version", "DependsOn": after, "Properties": {"FunctionName": {"Ref": "Function"}, "Description": str(number)}}

    return {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Role": "arn:aws:iam::000000000000:role/any",
                "Code": {"ZipFile": VERSION},
                **more,
            },
        },
        "Version1": version(1, []),
        "Alias": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", **alias}},
    }


def weighted(weight: float) -> dict:
    return {"AdditionalVersionWeights": [{"FunctionVersion": {"Fn::GetAtt": ["Version2", "Version"]}, "FunctionWeight": weight}]}


def test_cloudformation_sets_and_takes_away_the_weights(aws):
    first = {"FunctionVersion": {"Fn::GetAtt": ["Version1", "Version"]}}
    ids = aws.deploy("weighted-stack", template(first))
    assert set(answers(aws, ids["Function"])) == {"1"}

    second = template({**first, "RoutingConfig": weighted(1.0)}, Description="changed")
    second["Version2"] = {**second["Version1"], "Properties": {**second["Version1"]["Properties"], "Description": "2"}}
    aws.deploy("weighted-stack", second)
    assert set(answers(aws, ids["Function"])) == {"2"}

    third = json.loads(json.dumps(second))
    del third["Alias"]["Properties"]["RoutingConfig"]
    aws.deploy("weighted-stack", third)
    assert set(answers(aws, ids["Function"])) == {"1"}


def test_an_alias_with_weights_takes_no_provisioned_concurrency(aws):
    name = function(aws, "weighted-weights-first")
    alias(aws, name, {"2": 0.1})
    assert refusal(
        aws.client("lambda").put_provisioned_concurrency_config, FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1
    ) == ("InvalidParameterValueException", "Alias with weights can not be used with Provisioned Concurrency")


def test_an_alias_with_provisioned_concurrency_takes_no_weights(aws):
    functions = aws.client("lambda")
    name = function(aws, "weighted-provisioned-first")
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    functions.put_provisioned_concurrency_config(FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert refusal(
        functions.update_alias, FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}}
    ) == ("InvalidParameterValueException", "Invalid alias configuration for Provisioned Concurrency")


def test_a_template_with_both_is_refused(aws):
    both = template({"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": [{"FunctionVersion": "1", "FunctionWeight": 0.1}]}})
    both["Alias"]["Properties"]["ProvisionedConcurrencyConfig"] = {"ProvisionedConcurrentExecutions": 1}
    both["Alias"]["DependsOn"] = ["Version1"]
    with pytest.raises(AssertionError, match="Alias with weights can not be used with Provisioned Concurrency"):
        aws.deploy("weighted-refused", both)


@pytest.mark.parametrize(
    "why, first, additional, code",
    [
        ("latest-first", "$LATEST", {"1": 0.1}, "InvalidParameterValueException"),
        ("latest-second", "1", {"$LATEST": 0.1}, "InvalidParameterValueException"),
        ("too-heavy", "1", {"2": 1.5}, "InvalidParameterValueException"),
        ("three-versions", "1", {"2": 0.1, "3": 0.1}, "InvalidParameterValueException"),
        ("unknown", "1", {"9": 0.1}, "ResourceNotFoundException"),
    ],
)
def test_weights_that_lambda_refuses(aws, why, first, additional, code):
    name = function(aws, f"weighted-refused-{why}", versions=3)
    found, _ = refusal(
        aws.client("lambda").create_alias,
        FunctionName=name, Name="live", FunctionVersion=first, RoutingConfig={"AdditionalVersionWeights": additional},
    )
    assert found == code


def test_versions_of_different_roles_are_refused(aws):
    functions = aws.client("lambda")
    name = function(aws, "weighted-roles", versions=1)
    functions.update_function_configuration(FunctionName=name, Role="arn:aws:iam::000000000000:role/other")
    functions.publish_version(FunctionName=name)
    code, message = refusal(
        functions.create_alias, FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}}
    )
    assert code == "InvalidParameterValueException" and "Role" in message
