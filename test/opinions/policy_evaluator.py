"""Decides whether IAM would allow a request, by the rules that AWS documents for identity-based and resource-based policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

Permissions boundaries, session policies and the policies of an organization are left out: no template of this library has any.
What the evaluator does not know (an operator, an element) is an error, so that no decision rests on a guess.
"""

import functools
import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone


@dataclass(frozen=True)
class Caller:
    """Who sends a request: a service by its principal, or a role or user by its ARN."""

    name: str

    @property
    def is_service(self) -> bool:
        return self.name.endswith(".amazonaws.com")

    @property
    def account(self) -> str:
        return "" if self.is_service else self.name.split(":")[4]


@dataclass(frozen=True)
class Request:
    caller: Caller
    action: str
    resource: str
    # Values of condition keys: one, or a list for a multivalued key.
    context: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Statement:
    """A statement of a policy, with where it stands."""

    place: str
    content: dict = field(hash=False)


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: str


def statements_of(document: dict, place: str) -> list[Statement]:
    return [Statement(f"{place}[{index}]", content) for index, content in enumerate(as_list(document["Statement"]))]


def evaluate(
    request: Request,
    identity: list[Statement],
    resource: list[Statement],
    resource_account: str | None = None,
    resource_policy_decides: bool = False,
) -> Decision:
    """The decision on a request, by the policies of its caller and the policy of what it asks for.

    :param resource_account: the account of the resource; that of the caller if it is not given
    :param resource_policy_decides: for keys and roles, which nobody may use whom their own policy does not let in
    """
    matching_identity = [statement for statement in identity if matches(statement, request)]
    matching_resource = [statement for statement in resource if matches(statement, request, of_resource=True)]
    for statement in (*matching_identity, *matching_resource):
        if statement.content["Effect"] == "Deny":
            return Decision(False, f"explicit deny by {statement.place}")
    by_identity = next((statement for statement in matching_identity), None)
    # The account as a principal passes the decision on to the policies of its identities.
    direct = next((statement for statement in matching_resource if not only_names_account(statement, request.caller)), None)
    delegated = next(iter(matching_resource), None)
    if direct and (request.caller.is_service or resource_account in (None, request.caller.account)):
        return Decision(True, f"allowed by {direct.place}")
    if request.caller.is_service:
        return Decision(False, "no statement of the resource's policy allows it to the service")
    needs_both = resource_policy_decides or resource_account not in (None, request.caller.account)
    if by_identity and (delegated or not needs_both):
        return Decision(True, f"allowed by {by_identity.place}")
    return Decision(False, "the resource's policy lets the caller in neither directly nor by its account" if by_identity else "no statement allows it")


def matches(statement: Statement, request: Request, of_resource: bool = False) -> bool:
    content = statement.content
    unknown = content.keys() - {
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    }
    if unknown or content.get("Effect") not in ("Allow", "Deny"):
        raise ValueError(f"{statement.place} cannot be evaluated: {sorted(unknown) or content.get('Effect')}")
    return (
        (not of_resource or matches_principal(content, request.caller))
        and matches_element(content, "Action", request.action.lower(), lambda pattern: pattern.lower())
        and matches_element(content, "Resource", request.resource, lambda pattern: pattern, request.context, optional=of_resource)
        and all(
            condition(operator, key, as_list(expected), request.context)
            for operator, keys in content.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


def matches_element(content: dict, element: str, value: str, fold: Callable[[str], str], context: dict | None = None, optional: bool = False) -> bool:
    """Whether `Action` or `Resource` matches, or `NotAction` or `NotResource` does not. A trust policy has no resource."""
    negated = f"Not{element}"
    if element not in content and negated not in content:
        if optional:
            return True
        raise ValueError(f"a statement has neither {element} nor {negated}")
    patterns = as_list(content[element] if element in content else content[negated])
    found = any(like(value, fold(substitute(pattern, context or {}))) for pattern in patterns)
    return found == (element in content)


def principals(content: dict, element: str) -> Iterator[tuple[str, str]]:
    given = content[element]
    if given == "*":
        yield "AWS", "*"
    else:
        for kind, names in given.items():
            if kind not in ("AWS", "Service"):
                raise ValueError(f"a principal of type {kind} cannot be evaluated")
            yield from ((kind, name) for name in as_list(names))


def matches_principal(content: dict, caller: Caller) -> bool:
    if "NotPrincipal" in content:
        return not any(is_principal(kind, name, caller) for kind, name in principals(content, "NotPrincipal"))
    return any(is_principal(kind, name, caller) for kind, name in principals(content, "Principal"))


def is_principal(kind: str, name: str, caller: Caller) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    if name == "*":
        return True
    if kind == "Service" or caller.is_service:
        return kind == "Service" and name == caller.name
    return name == caller.name or is_account(name, caller)


def is_account(name: str, caller: Caller) -> bool:
    return name == caller.account or re.fullmatch(rf"arn:[^:]+:iam::{caller.account}:root", name) is not None


def only_names_account(statement: Statement, caller: Caller) -> bool:
    if caller.is_service or "NotPrincipal" in statement.content:
        return False
    named = [name for kind, name in principals(statement.content, "Principal") if is_principal(kind, name, caller)]
    return all(is_account(name, caller) for name in named)


def condition(operator: str, key: str, expected: list, context: dict) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    quantifier, _, plain = operator.rpartition(":")
    if_exists = plain.endswith("IfExists")
    name = plain.removesuffix("IfExists")
    values = context_values(key, context)
    if name == "Null":
        return all((not values) == (str(wanted).lower() == "true") for wanted in expected)
    negated = "Not" in name
    test = OPERATORS.get(name.replace("Not", ""))
    if test is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise ValueError(f"condition operator {operator} cannot be evaluated")
    if not values:
        return if_exists or quantifier == "ForAllValues" or (negated and quantifier == "")
    wanted = [substitute(str(one), context) for one in expected]

    def holds(value: str) -> bool:
        return any(test(value, one) for one in wanted) != negated

    if quantifier == "ForAllValues" or (negated and quantifier == ""):
        return all(holds(value) for value in values)
    return any(holds(value) for value in values)


def context_values(key: str, context: dict) -> list[str]:
    """Names of keys have no case. A key without a value is as one that is not there."""
    for name, value in context.items():
        if name.lower() == key.lower():
            return [str(one) for one in as_list(value)]
    return []


def substitute(pattern: str, context: dict) -> str:
    """Puts values in for policy variables. One without a value and without a default matches nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """

    def value(match: re.Match) -> str:
        name, _, default = match[1].partition(",")
        if name in ("*", "?", "$"):
            return f"[{name}]"
        found = context_values(name.strip(), context)
        given = found[0] if found else default.strip().strip("'") or "\0"
        return re.sub(r"([*?])", r"[\1]", given)

    return re.sub(r"\$\{([^}]+)}", value, pattern)


def like(value: str, pattern: str) -> bool:
    """`*` and `?` are wildcards, also across colons; `[*]` is a literal one, from a policy variable."""
    return as_expression(pattern).fullmatch(value) is not None


@functools.cache
def as_expression(pattern: str) -> re.Pattern:
    parts = {"*": ".*", "?": ".", "[*]": r"\*", "[?]": r"\?", "[$]": r"\$"}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"(\[[*?$]]|[*?])", pattern)), re.DOTALL)


def arn_like(value: str, pattern: str) -> bool:
    """Each of the six parts by itself: a wildcard does not reach across the colons between them."""
    given, wanted = value.split(":", 5), pattern.split(":", 5)
    return len(given) == len(wanted) == 6 and all(map(like, given, wanted))


def equal(value: str, wanted: str) -> bool:
    return like(value, re.sub(r"(?<!\[)([*?])(?!])", r"[\1]", wanted))


def moment(text: str) -> datetime:
    if re.fullmatch(r"\d+", text):
        return datetime.fromtimestamp(int(text), timezone.utc)
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def ordered(kind: str, of: Callable[[str], object]) -> dict[str, Callable[[str, str], bool]]:
    return {
        f"{kind}Equals": lambda value, wanted: of(value) == of(wanted),
        f"{kind}LessThan": lambda value, wanted: of(value) < of(wanted),
        f"{kind}LessThanEquals": lambda value, wanted: of(value) <= of(wanted),
        f"{kind}GreaterThan": lambda value, wanted: of(value) > of(wanted),
        f"{kind}GreaterThanEquals": lambda value, wanted: of(value) >= of(wanted),
    }


# Without the negated ones, which are these with `Not`.
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": equal,
    "StringEqualsIgnoreCase": lambda value, wanted: equal(value.lower(), wanted.lower()),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": lambda value, wanted: ipaddress.ip_address(value) in ipaddress.ip_network(wanted),
    **ordered("Numeric", float),
    **ordered("Date", moment),
}


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]
