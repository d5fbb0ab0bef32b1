"""Calls to the emulator's services from inside it, and services that supplements add to it: those of the JSON protocol."""

import functools
import json
import sys
from collections.abc import Callable
from types import ModuleType

import botocore.session
from ministack import app
from ministack.core import iam_actions, router

from supplements._patching import expect_parameters


class Refused(Exception):
    """A service refused a call."""

    def __init__(self, code: str, message: str):
        super().__init__(f"{message} (code: {code})")
        self.code = code


def add_service(name: str, target: str, service: ModuleType, resource_of: Callable[[str, dict], str] | None = None) -> None:
    """Let the emulator route to a module with `handle_request` and `reset`, as its own services have them.

    `resource_of`: the ARN that a call needs its permission on, from the operation and its parameters. Without it, calls are not checked
    against IAM.
    """
    expect_parameters(app._lazy_handler, "module_name")
    module = name.replace("-", "_")
    sys.modules[f"ministack.services.{module}"] = service
    app.SERVICE_REGISTRY[name] = {"module": module}
    app.SERVICE_HANDLERS[name] = app._lazy_handler(module)
    router.SERVICE_PATTERNS[name] = {"target_prefixes": [target], "credential_scope": name}
    if resource_of:
        check_calls(name, resource_of)


def check_calls(name: str, resource_of: Callable[[str, dict], str]) -> None:
    """With IAM enforced, let the emulator ask whether the caller may do `name:Operation`."""
    extract = iam_actions.extract_resource_arn
    expect_parameters(extract, "service", "method", "path", "headers", "body", "query_params", "region", "account_id")

    def extract_with_added(service, method, path, headers, body, query_params, region, account_id):
        if service == name:
            return resource_of(operation_of(headers), json.loads(body or b"{}"))
        return extract(service, method, path, headers, body, query_params, region, account_id)

    # The emulator takes the function from its module at each request.
    iam_actions.extract_resource_arn = extract_with_added
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name


def operation_of(headers: dict) -> str:
    return headers.get("x-amz-target", "").rpartition(".")[2]


@functools.cache
def api_of(name: str):
    """The service's model, as the SDK has it."""
    return botocore.session.get_session().get_service_model(name)


def call(api: str, operation: str, parameters: dict) -> dict:
    """Make a call as an SDK would, from wherever in the emulator; answers its response.

    Parameters may be named and typed as in a CloudFormation template: any case, numbers and booleans as text.
    """
    model = api_of(api)
    headers = {"x-amz-target": f"{model.metadata['targetPrefix']}.{operation}", "content-type": "application/x-amz-json-1.1"}
    body = json.dumps(shaped(parameters, model.operation_model(operation).input_shape)).encode()
    request = app.SERVICE_HANDLERS[model.signing_name]("POST", "/", headers, body, {})
    try:
        request.send(None)
    except StopIteration as answered:
        status, _headers, answer = answered.value
    else:
        request.close()
        raise RuntimeError(f"{api} {operation} does not answer at once: it cannot be called here")
    document = json.loads(answer or b"{}")
    if status >= 400:
        code = document.get("__type", "").rpartition("#")[2]
        raise Refused(code, document.get("message") or document.get("Message") or "")
    return document


def shaped(value, shape):
    """The value as the API's model has it."""
    match shape.type_name:
        case "structure":
            names = {name.lower(): name for name in shape.members}
            if unknown := [name for name in value if name.lower() not in names]:
                raise ValueError(f"{', '.join(unknown)}: not in {shape.name}")
            return {names[name.lower()]: shaped(part, shape.members[names[name.lower()]]) for name, part in value.items()}
        case "list":
            return [shaped(part, shape.member) for part in value]
        case "map":
            return {key: shaped(part, shape.value) for key, part in value.items()}
        case "boolean":
            return str(value).lower() == "true"
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
    return value
