"""The evaluator, by cases from the pages on which AWS documents how policies are evaluated. Each names its page."""

import pytest

from policy_evaluator import Caller, Request, condition, evaluate, statements_of

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
BASICS = f"{GUIDE}/reference_policies_evaluation-logic_policy-eval-basics.html"
ACROSS_ACCOUNTS = f"{GUIDE}/reference_policies_evaluation-logic-cross-account.html"
DENY_OR_ALLOW = f"{GUIDE}/reference_policies_evaluation-logic_policy-eval-denyallow.html"
OPERATORS = f"{GUIDE}/reference_policies_elements_condition_operators.html"
MULTIVALUED = f"{GUIDE}/reference_policies_condition-single-vs-multi-valued-context-keys.html"
PRINCIPALS = f"{GUIDE}/reference_policies_elements_principal.html"
NOT_PRINCIPAL = f"{GUIDE}/reference_policies_elements_notprincipal.html"
NOT_ACTION = f"{GUIDE}/reference_policies_elements_notaction.html"
NOT_RESOURCE = f"{GUIDE}/reference_policies_elements_notresource.html"
ACTIONS = f"{GUIDE}/reference_policies_elements_action.html"
VARIABLES = f"{GUIDE}/reference_policies_variables.html"
KEYS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"

CARLOS = "arn:aws:iam::111122223333:user/carlossalazar"
LOGS = "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar-logs"
OWN = "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"
ROOT = {"AWS": "arn:aws:iam::111122223333:root"}


def allow(action="s3:*", resource="*", **more) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="s3:*", resource="*", **more) -> dict:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def decide(caller: str, action: str, resource: str, identity=(), policy=(), context=None, **options) -> bool:
    request = Request(Caller(caller), action, resource, context or {})
    return evaluate(
        request, statements_of({"Statement": list(identity)}, "identity"), statements_of({"Statement": list(policy)}, "resource"), **options
    ).allowed


# The example of the page.
CARLOS_MAY = [
    allow(["s3:GetBucketLocation", "s3:GetAccountPublicAccessBlock", "s3:ListAccessPoints", "s3:ListAllMyBuckets"], "arn:aws:s3:::*"),
    allow("s3:*", [f"{OWN}/*", OWN]),
    deny("s3:*", "arn:aws:s3:::*log*"),
]
LOGS_LET_IN = [allow("s3:*", f"{LOGS}/*", Principal={"AWS": CARLOS})]

REQUESTS = {
    "nothing is allowed by default": (DENY_OR_ALLOW, decide(CARLOS, "s3:GetObject", f"{OWN}/a"), False),
    "an identity policy allows": (BASICS, decide(CARLOS, "s3:PutObject", f"{OWN}/a", CARLOS_MAY), True),
    "an identity policy allows some actions only": (BASICS, decide(CARLOS, "s3:PutObject", "arn:aws:s3:::another/a", CARLOS_MAY), False),
    "a resource policy alone allows in one account": (BASICS, decide(CARLOS, "s3:PutObject", f"{LOGS}/a", [], LOGS_LET_IN), True),
    "an explicit deny overrides a resource policy": (BASICS, decide(CARLOS, "s3:PutObject", f"{LOGS}/a", CARLOS_MAY, LOGS_LET_IN), False),
    "an explicit deny in the resource policy overrides": (
        DENY_OR_ALLOW, decide(CARLOS, "s3:PutObject", f"{OWN}/a", CARLOS_MAY, [deny(resource=f"{OWN}/*", Principal="*")]), False,
    ),
    "across accounts an identity policy alone is not enough": (
        ACROSS_ACCOUNTS, decide(CARLOS, "s3:PutObject", f"{OWN}/a", CARLOS_MAY, resource_account="444455556666"), False,
    ),
    "across accounts a resource policy alone is not enough": (
        ACROSS_ACCOUNTS, decide(CARLOS, "s3:PutObject", f"{LOGS}/a", [], LOGS_LET_IN, resource_account="444455556666"), False,
    ),
    "across accounts both together allow": (
        ACROSS_ACCOUNTS, decide(CARLOS, "s3:PutObject", f"{LOGS}/a", [allow()], LOGS_LET_IN, resource_account="444455556666"), True,
    ),
    "across accounts the account as principal and the identity allow": (
        ACROSS_ACCOUNTS, decide(CARLOS, "s3:PutObject", f"{LOGS}/a", [allow()], [allow(Principal=ROOT)], resource_account="444455556666"), True,
    ),
    "the account as principal leaves it to the identity's policies": (
        PRINCIPALS, decide(CARLOS, "sqs:SendMessage", QUEUE, [], [allow("sqs:*", Principal=ROOT)]), False,
    ),
    "the account as principal may stand as its number": (
        PRINCIPALS, decide(CARLOS, "s3:PutObject", f"{LOGS}/a", [allow()], [allow(Principal={"AWS": "111122223333"})], resource_account="444455556666"),
        True,
    ),
    "the account as principal is denied with all its identities": (
        PRINCIPALS, decide(CARLOS, "sqs:SendMessage", QUEUE, [allow("sqs:*")], [deny("sqs:*", Principal=ROOT)]), False,
    ),
    "another account as principal lets nobody of this one in": (
        PRINCIPALS, decide(CARLOS, "sqs:SendMessage", QUEUE, [], [allow("sqs:*", Principal={"AWS": "arn:aws:iam::444455556666:root"})]), False,
    ),
    "everybody as principal": (PRINCIPALS, decide(CARLOS, "sqs:SendMessage", QUEUE, [], [allow("sqs:*", Principal={"AWS": "*"})]), True),
    "a service is let in by the resource policy": (
        PRINCIPALS, decide("sns.amazonaws.com", "sqs:SendMessage", QUEUE, [], [allow("sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"})]),
        True,
    ),
    "a service is not another service": (
        PRINCIPALS, decide("events.amazonaws.com", "sqs:SendMessage", QUEUE, [], [allow("sqs:*", Principal={"Service": "sns.amazonaws.com"})]), False,
    ),
    "a service has no identity policy": (PRINCIPALS, decide("sns.amazonaws.com", "sqs:SendMessage", QUEUE, [allow("sqs:*")]), False),
    "a service is not of the account": (PRINCIPALS, decide("sns.amazonaws.com", "sqs:SendMessage", QUEUE, [], [allow("sqs:*", Principal=ROOT)]), False),
    "all but the named principal are denied": (
        NOT_PRINCIPAL, decide(CARLOS, "s3:GetObject", f"{OWN}/a", [allow()], [deny(NotPrincipal={"AWS": "arn:aws:iam::111122223333:user/bob"})]), False,
    ),
    "the named principal is not denied": (
        NOT_PRINCIPAL, decide(CARLOS, "s3:GetObject", f"{OWN}/a", [allow()], [deny(NotPrincipal={"AWS": CARLOS})]), True,
    ),
    "all actions but some": (NOT_ACTION, decide(CARLOS, "s3:GetObject", OWN, [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]), True),
    "not those": (NOT_ACTION, decide(CARLOS, "iam:GetUser", CARLOS, [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]), False),
    "denied for all resources but some": (
        NOT_RESOURCE, decide(CARLOS, "s3:GetObject", f"{LOGS}/a", [allow(), {"Effect": "Deny", "Action": "s3:*", "NotResource": [OWN, f"{OWN}/*"]}]), False,
    ),
    "not denied for those": (
        NOT_RESOURCE, decide(CARLOS, "s3:GetObject", f"{OWN}/a", [allow(), {"Effect": "Deny", "Action": "s3:*", "NotResource": [OWN, f"{OWN}/*"]}]), True,
    ),
    "names of actions have no case": (ACTIONS, decide(CARLOS, "s3:GetObject", f"{OWN}/a", [allow("S3:getobject")]), True),
    "an action with a wildcard": (ACTIONS, decide(CARLOS, "kms:GenerateDataKeyWithoutPlaintext", KEY, [allow("kms:GenerateDataKey*")]), True),
    "resources have case": (ACTIONS, decide(CARLOS, "s3:GetObject", f"{OWN}/A", [allow("s3:*", f"{OWN}/a")]), False),
    "a policy variable": (
        VARIABLES, decide(CARLOS, "s3:GetObject", f"{OWN}/home/carlos/a", [allow("s3:*", f"{OWN}/home/${{aws:username}}/*")], context={"aws:username": "carlos"}),
        True,
    ),
    "a policy variable of somebody else": (
        VARIABLES, decide(CARLOS, "s3:GetObject", f"{OWN}/home/bob/a", [allow("s3:*", f"{OWN}/home/${{aws:username}}/*")], context={"aws:username": "carlos"}),
        False,
    ),
    "a policy variable without a value matches nothing": (
        VARIABLES, decide(CARLOS, "s3:GetObject", f"{OWN}/home//a", [allow("s3:*", f"{OWN}/home/${{aws:username}}/*")]), False,
    ),
    "a literal asterisk": (VARIABLES, decide(CARLOS, "s3:GetObject", f"{OWN}/x", [allow("s3:*", f"{OWN}/${{*}}")]), False),
    "a key that enables IAM policies": (
        KEYS, decide(CARLOS, "kms:Decrypt", KEY, [allow("kms:Decrypt", KEY)], [allow("kms:*", Principal=ROOT)], resource_policy_decides=True), True,
    ),
    "a key that does not": (KEYS, decide(CARLOS, "kms:Decrypt", KEY, [allow("kms:Decrypt", KEY)], resource_policy_decides=True), False),
    "a key's policy enables, but allows nobody": (
        KEYS, decide(CARLOS, "kms:Decrypt", KEY, [], [allow("kms:*", Principal=ROOT)], resource_policy_decides=True), False,
    ),
    "a key's policy that names the caller": (
        KEYS, decide(CARLOS, "kms:Decrypt", KEY, [], [allow("kms:Decrypt", Principal={"AWS": CARLOS})], resource_policy_decides=True), True,
    ),
}


@pytest.mark.parametrize("page, decision, expected", REQUESTS.values(), ids=REQUESTS.keys())
def test_request(page, decision, expected):
    assert decision is expected, page


TOPIC = "arn:aws:sns:us-east-1:111122223333:orders"


@pytest.mark.parametrize(
    "page, operator, expected, given, holds",
    [
        (OPERATORS, "StringEquals", ["a", "b"], "b", True),
        (OPERATORS, "StringEquals", ["a*"], "ab", False),
        (OPERATORS, "StringEquals", ["a"], "A", False),
        (OPERATORS, "StringEquals", ["a"], None, False),
        (OPERATORS, "StringNotEquals", ["a", "b"], "b", False),
        (OPERATORS, "StringNotEquals", ["a"], None, True),
        (OPERATORS, "StringEqualsIgnoreCase", ["a"], "A", True),
        (OPERATORS, "StringNotEqualsIgnoreCase", ["a"], "A", False),
        (OPERATORS, "StringLike", ["home/*/?"], "home/a/b/c", True),
        (OPERATORS, "StringLike", ["home/?"], "home/ab", False),
        (OPERATORS, "StringNotLike", ["home/*"], "home/a", False),
        (OPERATORS, "StringEqualsIfExists", ["a"], None, True),
        (OPERATORS, "StringEqualsIfExists", ["a"], "b", False),
        (OPERATORS, "ArnEquals", ["arn:aws:sns:*:111122223333:*"], TOPIC, True),
        (OPERATORS, "ArnLike", ["arn:aws:sns:*:111122223333:ord?rs"], TOPIC, True),
        (OPERATORS, "ArnLike", ["arn:aws:sns:*"], TOPIC, False),
        (OPERATORS, "ArnLike", ["arn:*:orders"], TOPIC, False),
        (OPERATORS, "ArnLike", ["arn:aws:sns:us-east-1:111122223333:*"], f"{TOPIC}:0123", True),
        (OPERATORS, "ArnNotEquals", [TOPIC], f"{TOPIC}2", True),
        (OPERATORS, "ArnNotLike", ["arn:aws:sns:*:*:orders"], TOPIC, False),
        (OPERATORS, "Bool", ["false"], "false", True),
        (OPERATORS, "Bool", ["false"], None, False),
        (OPERATORS, "BoolIfExists", ["false"], None, True),
        (OPERATORS, "Null", ["true"], None, True),
        (OPERATORS, "Null", ["true"], "a", False),
        (OPERATORS, "Null", ["false"], "a", True),
        (OPERATORS, "NumericLessThanEquals", ["10"], "10", True),
        (OPERATORS, "NumericLessThan", ["10"], "9.5", True),
        (OPERATORS, "NumericGreaterThan", ["10"], "9", False),
        (OPERATORS, "NumericNotEquals", ["10"], "10.0", False),
        (OPERATORS, "DateGreaterThan", ["2020-01-01T00:00:01Z"], "2020-01-01T00:00:02Z", True),
        (OPERATORS, "DateLessThan", ["2020-01-01T00:00:01Z"], "1577836800", True),
        (OPERATORS, "IpAddress", ["203.0.113.0/24"], "203.0.113.9", True),
        (OPERATORS, "NotIpAddress", ["203.0.113.0/24"], "203.0.113.9", False),
        (OPERATORS, "IpAddress", ["2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        (MULTIVALUED, "ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        (MULTIVALUED, "ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        (MULTIVALUED, "ForAllValues:StringEquals", ["a"], None, True),
        (MULTIVALUED, "ForAnyValue:StringEquals", ["a", "b"], ["b", "c"], True),
        (MULTIVALUED, "ForAnyValue:StringEquals", ["a"], ["b", "c"], False),
        (MULTIVALUED, "ForAnyValue:StringEquals", ["a"], None, False),
        (MULTIVALUED, "ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
    ],
)
def test_condition(page, operator, expected, given, holds):
    context = {} if given is None else {"aws:Key": given}
    assert condition(operator, "AWS:key", expected, context) is holds, page


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
