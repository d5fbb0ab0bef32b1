"""What a role that a service acts as may do, and which services a policy lets in; asked only with IAM enforced.

AWS: "Policy evaluation logic" (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html): the role's own
policies, its permissions boundary and the policy of the resource decide together; a key's policy must allow its own account's roles too.
"""

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, kms

from supplements._patching import expect_parameters


class AccessDenied(Exception):
    """The role may not do this. The text is that of AWS."""


def expect_roles() -> None:
    """Refuse the emulator whose evaluation of policies is not the one known here; for `apply()` of who uses this module."""
    expect_parameters(iam_evaluator.evaluate, "ctx", "policies", "limits")
    expect_parameters(iam_evaluator._gather_role_policies, "role_name", "account_id")
    expect_parameters(iam_evaluator._permissions_boundary, "store", "name", "account_id")
    expect_parameters(iam_evaluator._resource_policy, "service", "resource_arn")
    expect_parameters(iam_evaluator.combine_resource_policy, "identity", "ctx", "policy", "owner_account", "required", "limits")
    expect_parameters(iam_evaluator.evaluate_resource_policy, "doc", "ctx", "service", "named_only", "direct_only")
    expect_parameters(kms._resolve_key, "key_id_or_arn")


def allowed(role_arn: str, action: str, resource: str, context: dict | None = None) -> bool:
    """Whether the role may do `action` (`sqs:SendMessage`) to the resource with this ARN, or `*`.

    `context`: condition keys of the service and their values, such as `{"kms:ViaService": "sqs.us-east-1.amazonaws.com"}`.
    """
    if not app.AUTH:
        return True
    account, name = account_and_name(role_arn)
    request = iam_evaluator.EvalContext(
        principal_arn=session_of(role_arn),
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,  # A service's own calls come over TLS.
        service_context={key.lower(): value for key, value in (context or {}).items()},
    )
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    result = iam_evaluator.evaluate(request, iam_evaluator._gather_role_policies(name, account), *limits)
    service = action.partition(":")[0]
    if of_resource := iam_evaluator._resource_policy(service, resource):
        required = service in iam_evaluator._POLICY_REQUIRED
        result = iam_evaluator.combine_resource_policy(result, request, *of_resource, required=required, limits=tuple(limits))
    return result.decision == "Allow"


def check(role_arn: str, action: str, resource: str, context: dict | None = None) -> None:
    """Raise AccessDenied unless `allowed`."""
    if not allowed(role_arn, action, resource, context):
        raise AccessDenied(
            f"User: {session_of(role_arn)} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )


def admits(policy: dict | str | None, service: str, action: str, resource: str, context: dict | None = None) -> bool:
    """Whether the policy of a resource, a key or a role lets a service (`sns.amazonaws.com`) do this. Without a policy: no."""
    if not app.AUTH:
        return True
    request = iam_evaluator.EvalContext(
        principal_arn="*",  # A service is no principal of the account: what the account may, it may not.
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context={"aws:sourceaccount": get_account_id(), **{key.lower(): value for key, value in (context or {}).items()}},
    )
    return iam_evaluator.evaluate_resource_policy(policy, request, service=service).decision == "Allow"


def trusts(role_arn: str, service: str, context: dict | None = None) -> bool:
    """Whether a service (`lambda.amazonaws.com`) may take the role on, by its trust policy. False if the role is not there."""
    account, name = account_and_name(role_arn)
    role = iam._roles.get_scoped(account, None, name) or {}
    return admits(role.get("AssumeRolePolicyDocument"), service, "sts:AssumeRole", role_arn, context)


def customer_key(name: str | None) -> dict | None:
    """The key that a resource names by its id, ARN or alias, if it is a customer's and not one that AWS manages."""
    return kms._resolve_key(name) if name and "alias/aws/" not in name else None


def account_and_name(role_arn: str) -> tuple[str, str]:
    """Both empty for what is not the ARN of a role: nothing is allowed to it."""
    try:
        return parse_arn(role_arn).account_id, role_arn.rsplit("/", 1)[-1]
    except ArnParseError:
        return "", ""


def session_of(role_arn: str) -> str:
    account, name = account_and_name(role_arn)
    return f"arn:aws:sts::{account}:assumed-role/{name}/service"
