import pytest
from botocore.exceptions import ClientError

PREFIX = "arn:aws:iam::aws:policy/service-role/"


def statements(aws, name: str) -> list[dict]:
    iam = aws.client("iam")
    try:
        version = iam.get_policy(PolicyArn=f"{PREFIX}{name}")["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=f"{PREFIX}{name}", VersionId=version)["PolicyVersion"]["Document"]["Statement"]
    except ClientError as error:
        raise AssertionError(str(error)) from error


@pytest.mark.parametrize("name, publishes", [("AWSCodeDeployRoleForLambda", True), ("AWSCodeDeployRoleForLambdaLimited", False)])
def test_the_policies_for_deployments_of_functions(aws, name, publishes):
    found = statements(aws, name)
    everywhere = [action for statement in found if statement["Resource"] == "*" and "Condition" not in statement for action in statement["Action"]]
    assert {"cloudwatch:DescribeAlarms", "lambda:GetAlias", "lambda:UpdateAlias"} < set(everywhere)
    assert ("sns:Publish" in everywhere) == publishes
    [hooks] = [statement["Resource"] for statement in found if "lambda:InvokeFunction" in statement["Action"]]
    assert hooks == "arn:aws:lambda:*:*:function:CodeDeployHook_*"
