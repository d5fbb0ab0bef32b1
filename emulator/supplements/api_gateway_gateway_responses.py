"""Gateway responses know every variable that they may use, and their defaults set the status too.

AWS: a gateway response's template may name `$context`, `$stageVariables` and `$method.request` values, by plain substitution;
`$context.error.validationErrorString` says what a request validator found. A status code of DEFAULT_4XX or DEFAULT_5XX is that of every response
of its family that is not customized itself.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
The emulator alone: six `$context` variables; the defaults hand down headers and templates only.
This supplement adds the others. What the validator found is worded by `jsonschema`; AWS documents no wording. Whether a body is valid stays
the emulator's own decision.
"""

import json
import re

from ministack.services import apigateway_v1

from supplements._api_gateway_mapping import Exchange, Message, UnreadableBody
from supplements._patching import edit_function, expect_parameters

VARIABLE = re.compile(r"\$(\{?)((?:context|stageVariables|method\.request)(?:\.[\w-]+)+)(\}?)")
# Rendered by the emulator itself, as measured on AWS.
RENDERED = ("context.error.message", "context.error.messageString", "context.error.responseType", "context.status")


def what_is_invalid(schema: dict, document) -> str:
    """All that the schema holds against the document, as one text."""
    import jsonschema
    import referencing
    import referencing.jsonschema

    def model(uri: str):
        found, _root = apigateway_v1._resolve_schema_ref(uri, {})
        return referencing.Resource(found or {}, referencing.jsonschema.DRAFT4)

    found = jsonschema.Draft4Validator(schema, registry=referencing.Registry(retrieve=model)).iter_errors(document)
    return f"[{', '.join(f'{error.json_path}: {error.message}' for error in found)}]"


def invalid_body(schema: dict, document):
    error = apigateway_v1._gw_error("BAD_REQUEST_BODY", apigateway_v1._GATEWAY_ERROR_MESSAGES["BAD_REQUEST_BODY"])
    error.validation = what_is_invalid(schema, document)
    return error


def with_variables(template: str, error, request: dict) -> str:
    """The template with the variables substituted that the emulator does not know; what has no value becomes empty."""
    method, path, body = request.get("call") or ("", "", b"")
    resource = {"id": "", "path": request["resource_path"]}
    event = apigateway_v1._build_lambda_event_v1(
        request["api_id"], request["stage_name"], request["stage"], resource, path, method, request["headers"], b"", {}, {}
    )
    found = {"validationErrorString": getattr(error, "validation", "")}
    context = {**event["requestContext"], "requestId": request["request_id"], "error": found}
    message = Message((body or b"").decode("utf-8", errors="replace"), request["headers"], request["query_params"], request["path_params"])
    exchange = Exchange(message, context, request["stage"].get("variables") or {})

    def value(match: re.Match) -> str:
        if match[2] in RENDERED or bool(match[1]) != bool(match[3]):
            return match[0]
        try:
            return str(exchange.value(match[2]) or "")
        except UnreadableBody:
            return ""

    return VARIABLE.sub(value, template)


def apply() -> None:
    expect_parameters(apigateway_v1._resolve_schema_ref, "ref", "root")
    edit_function(
        apigateway_v1._handle_execute_in_scope,
        '        "request_id": new_uuid(),\n',
        '        "request_id": new_uuid(),\n        "call": (method, path, body),\n',
    )
    edit_function(
        apigateway_v1._check_request_validation,
        """    if not valid:
        return _gw_error("BAD_REQUEST_BODY",
                         _GATEWAY_ERROR_MESSAGES["BAD_REQUEST_BODY"])
""",
        "    if not valid:\n        return _invalid_body_v1(schema, document)\n",
    )
    edit_function(
        apigateway_v1._gateway_response_for_type,
        '        response["responseTemplates"] = dict(inherited.get("responseTemplates") or {})\n',
        """        response["responseTemplates"] = dict(inherited.get("responseTemplates") or {})
        if inherited.get("statusCode"):
            response["statusCode"] = inherited["statusCode"]
""",
    )
    edit_function(
        apigateway_v1._gateway_error_response,
        "        template = _DEFAULT_GATEWAY_RESPONSE_TEMPLATE\n\n",
        "        template = _DEFAULT_GATEWAY_RESPONSE_TEMPLATE\n    template = _with_variables_v1(template, error, request)\n\n",
    )
    apigateway_v1._invalid_body_v1 = invalid_body
    apigateway_v1._with_variables_v1 = with_variables
