"""The policies that AWS manages for CodeDeploy's deployments of functions.

AWS: "AWS managed policy reference", AWSCodeDeployRoleForLambda
(https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambda.html) and AWSCodeDeployRoleForLambdaLimited
(https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html), which may not publish to topics.

The emulator alone: does not know them, so that a role with one of them is allowed nothing.

This supplement: adds them to those that it knows.
"""

import json

from ministack.services import iam

from supplements._patching import expect_parameters

ALIASES = ["cloudwatch:DescribeAlarms", "lambda:UpdateAlias", "lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig"]
READ = ["s3:GetObject", "s3:GetObjectVersion"]
TAGGED = {"StringEquals": {"s3:ExistingObjectTag/UseWithCodeDeploy": "true"}}


def deployment_of_functions(actions: list[str]) -> str:
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
        {"Effect": "Allow", "Action": READ, "Resource": "arn:aws:s3:::*/CodeDeploy/*"},
        {"Effect": "Allow", "Action": READ, "Resource": "*", "Condition": TAGGED},
        {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": "arn:aws:lambda:*:*:function:CodeDeployHook_*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


POLICIES = {
    "service-role/AWSCodeDeployRoleForLambda": deployment_of_functions([*ALIASES, "sns:Publish"]),
    "service-role/AWSCodeDeployRoleForLambdaLimited": deployment_of_functions(ALIASES),
}


def apply() -> None:
    expect_parameters(iam._make_aws_managed_record, "name", "document", "description")
    seed = iam._seed_aws_managed_policies

    def seed_with_added() -> None:
        seed()
        for name, document in POLICIES.items():
            iam._aws_managed_policies[f"{iam._AWS_MANAGED_POLICY_PREFIX}{name}"] = iam._make_aws_managed_record(name, document)

    # Called by its name whenever the emulator is reset.
    iam._seed_aws_managed_policies = seed_with_added
    seed_with_added()
