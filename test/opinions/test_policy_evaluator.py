"""The evaluator, by cases from the pages on which AWS documents how policies are evaluated. Each names its page. The evaluator of DeliveryChecks has the same cases."""

import json
import pathlib

import pytest

from policy_evaluator import Caller, Request, condition, evaluate, statements_of

CASES = json.loads((pathlib.Path(__file__).parent.parent / "delivery/policy/policy-cases.json").read_text())

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
DENY_OR_ALLOW = f"{GUIDE}/reference_policies_evaluation-logic_policy-eval-denyallow.html"
OPERATORS = f"{GUIDE}/reference_policies_elements_condition_operators.html"

CARLOS = "arn:aws:iam::111122223333:user/carlossalazar"
OWN = "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"
TOPIC = "arn:aws:sns:us-east-1:111122223333:orders"


def allow(action="s3:*", resource="*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="s3:*", resource="*", **more) -> dict:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def decide(caller: str, action: str, resource: str, identity=(), policy=(), context=None, **options) -> bool:
    request = Request(Caller(caller), action, resource, context or {})
    return evaluate(
        request, statements_of({"Statement": list(identity)}, "identity"), statements_of({"Statement": list(policy)}, "resource"), **options
    ).allowed


@pytest.mark.parametrize("case", CASES["requests"].values(), ids=CASES["requests"].keys())
def test_request(case):
    decision = decide(
        case["caller"], case["action"], case["resource"], case.get("identity", ()), case.get("policy", ()), case.get("context"),
        resource_account=case.get("resourceAccount"), resource_policy_decides=case.get("resourcePolicyDecides", False),
    )
    assert decision is case["allowed"], case["page"]


@pytest.mark.parametrize("case", CASES["conditions"])
def test_condition(case):
    context = {} if case["given"] is None else {"aws:Key": case["given"]}
    assert condition(case["operator"], "AWS:key", case["expected"], context) is case["holds"], case["page"]


def test_all_conditions_of_a_statement_must_hold():
    policy = [allow("sqs:*", Principal="*", Condition={"ArnEquals": {"aws:SourceArn": TOPIC}, "Bool": {"aws:SecureTransport": "true"}})]
    assert decide("sns.amazonaws.com", "sqs:SendMessage", QUEUE, [], policy, {"aws:SourceArn": TOPIC, "aws:SecureTransport": "true"}), OPERATORS
    assert not decide("sns.amazonaws.com", "sqs:SendMessage", QUEUE, [], policy, {"aws:SourceArn": TOPIC, "aws:SecureTransport": "false"}), OPERATORS


def test_a_condition_that_fails_takes_the_statement_away():
    over_http = [allow("sqs:*", Principal="*"), deny("sqs:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})]
    assert not decide(CARLOS, "sqs:SendMessage", QUEUE, [], over_http, {"aws:SecureTransport": "false"}), DENY_OR_ALLOW
    assert decide(CARLOS, "sqs:SendMessage", QUEUE, [], over_http, {"aws:SecureTransport": "true"}), DENY_OR_ALLOW


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*", Condition={"StringAlmostEquals": {"aws:username": "x"}}),
        allow("s3:*", Principal={"Federated": "accounts.example.com"}),
        {"Effect": "Perhaps", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Actions": "s3:*", "Resource": "*"},
    ],
)
def test_what_is_not_known_is_an_error(statement):
    with pytest.raises(ValueError):
        decide(CARLOS, "s3:GetObject", OWN, [] if "Principal" in statement else [statement], [statement] if "Principal" in statement else [])
