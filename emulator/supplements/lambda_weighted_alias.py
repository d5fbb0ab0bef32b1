"""An alias with weights sends a part of the invocations to its second version.

AWS: "Create a routing configuration for a Lambda alias" (https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html):
each invocation goes to one of two versions by chance; the response names it (`ExecutedVersion`). Both versions are
published and have the same role and dead-letter queue; there is one additional version.
AliasRoutingConfiguration (https://docs.aws.amazon.com/lambda/latest/api/API_AliasRoutingConfiguration.html): the weight is 0 to 1.
An alias cannot have weights and provisioned concurrency at once
(https://github.com/hashicorp/terraform/issues/24957 and https://github.com/hashicorp/terraform-provider-aws/pull/48116 quote the error).

The emulator alone: the weights are stored and returned; the alias's first version answers everything.

This supplement: draws the version where the emulator looks an alias up to invoke it: Invoke of all types, event source
mappings, and what other services invoke. An asynchronous event keeps its version over its retries (AWS does not say).
Reading a function by its alias still gives the first version. Weights are checked in CreateAlias, UpdateAlias and CloudFormation.
"""

import json
import random

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters

FIRST_VERSION = 'target_ver = func["aliases"][qualifier].get("FunctionVersion", "$LATEST")'
DRAWN_VERSION = 'target_ver = _drawn_version(func["aliases"][qualifier])'


def apply() -> None:
    lambda_svc._drawn_version = drawn_version
    lambda_svc._first_version_qualifier = first_version_qualifier
    edit_function(lambda_svc._effective_func_record_for_qualifier, FIRST_VERSION, DRAWN_VERSION)
    edit_function(lambda_svc._invoke, FIRST_VERSION, DRAWN_VERSION)
    for read in (lambda_svc._get_function, lambda_svc._get_function_config):
        edit_function(
            read,
            "_get_func_record_for_qualifier(name, qualifier)",
            "_get_func_record_for_qualifier(name, _first_version_qualifier(name, qualifier))",
        )

    create, update = lambda_svc._create_alias, lambda_svc._update_alias
    provision = lambda_svc._put_provisioned_concurrency
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"]
    create_resource = handlers["create"]
    expect_parameters(create, "func_name", "data")
    expect_parameters(update, "func_name", "alias_name", "data")
    expect_parameters(provision, "func_name", "qualifier", "data")
    expect_parameters(create_resource, "logical_id", "props", "stack_name")
    expect_parameters(provisioners._lambda_alias_routing_config, "props")

    def create_alias(func_name, data):
        return refusal(func_name, data.get("Name"), data) or create(func_name, data)

    def update_alias(func_name, alias_name, data):
        known = lambda_svc._functions.get(func_name, {}).get("aliases", {}).get(alias_name, {})
        return refusal(func_name, alias_name, {**known, **data}) or update(func_name, alias_name, data)

    def create_alias_resource(logical_id, props, stack_name):
        func_name = lambda_svc._resolve_name(props.get("FunctionName", ""))
        data = {**props, "RoutingConfig": provisioners._lambda_alias_routing_config(props)}
        refused = refusal(func_name, props.get("Name"), data)
        if not refused and data["RoutingConfig"] and props.get("ProvisionedConcurrencyConfig"):
            refused = invalid("Alias with weights can not be used with Provisioned Concurrency")
        if refused:
            raise ValueError(f"AWS::Lambda::Alias: {json.loads(refused[2])['message']}")
        return create_resource(logical_id, props, stack_name)

    def put_provisioned_concurrency(func_name, qualifier, data):
        if weights(lambda_svc._functions.get(func_name, {}).get("aliases", {}).get(qualifier, {})):
            return invalid("Alias with weights can not be used with Provisioned Concurrency")
        return provision(func_name, qualifier, data)

    lambda_svc._create_alias, lambda_svc._update_alias = create_alias, update_alias
    lambda_svc._put_provisioned_concurrency = put_provisioned_concurrency
    handlers["create"] = create_alias_resource


def weights(alias: dict) -> dict:
    return (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}


def drawn_version(alias: dict) -> str:
    for version, weight in weights(alias).items():
        if random.random() < weight:
            return version
    return alias.get("FunctionVersion", "$LATEST")


def first_version_qualifier(func_name: str, qualifier: str | None) -> str | None:
    alias = lambda_svc._functions[func_name].get("aliases", {}).get(qualifier)
    return alias["FunctionVersion"] if alias else qualifier


def invalid(message: str) -> tuple:
    return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)


def refusal(func_name: str, alias_name: str | None, alias: dict) -> tuple | None:
    """Why the alias cannot be as it would be; None when it can."""
    func = lambda_svc._functions.get(func_name)
    additional = weights(alias)
    if not func or not additional:
        return None
    if len(additional) > 1:
        return invalid("An alias can route to at most one additional version")
    [(version, weight)] = additional.items()
    first = alias.get("FunctionVersion", "$LATEST")
    if not 0 <= weight <= 1:
        return invalid(f"The weight of version {version} is {weight}; it must be between 0 and 1")
    if "$LATEST" in (first, version):
        return invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    for known in (first, version):
        if known not in func["versions"]:
            return lambda_svc._function_qualifier_not_found(func_name, known)
    one, other = (func["versions"][known]["config"] for known in (first, version))
    for setting in ("Role", "DeadLetterConfig"):
        if one.get(setting) != other.get(setting):
            return invalid(f"The versions of an alias must have the same {setting}")
    if func.get("provisioned_concurrency", {}).get(alias_name):
        return invalid("Invalid alias configuration for Provisioned Concurrency")
    return None
