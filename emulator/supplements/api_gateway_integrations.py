"""REST APIs reach AWS services, functions and mocks through mapping templates, without a proxy.

AWS: an `AWS` integration makes a request to the service in its URI with `requestParameters` and `requestTemplates`, signed with its `credentials`;
the answer's status (a function's error message) selects an integration response, which maps it back. A request whose content type
has no template passes through or is refused with 415. https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-integration-settings.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
The emulator alone: a part of VTL, for SQS by path only; every other service is taken for a function and answers 504; templates of functions and
mocks do nothing; NEVER is the only passthrough behaviour.
This supplement sends the request through the emulator's own front door, so that routing and, where enforced, IAM are those of any other caller.
"""

import asyncio
import json
import re
import urllib.parse

from ministack.services import apigateway_v1

from supplements._api_gateway_mapping import Exchange, Message, UnreadableBody, answered, selected_response, template_for
from supplements._api_gateway_service import call_service
from supplements._patching import edit_function, expect_parameters
from supplements._velocity import text_of

LOST = {
    "INTEGRATION_TIMEOUT": "Endpoint request timed out",
    "INTEGRATION_FAILURE": "Internal server error",
    "API_CONFIGURATION_ERROR": "Internal server error",
}


class NoAnswer(Exception):
    """The function could not be invoked."""


def lost(kind: str):
    return apigateway_v1._gw_error(kind, LOST[kind])


async def mapped(request, call, integration, api_id, stage_name, stage, resource, path, method, headers, body, query_params, path_params, **scope):
    """Take a request through a non-proxy integration; `call` is the back end."""
    event = apigateway_v1._build_lambda_event_v1(
        api_id, stage_name, stage, resource, path, method, headers, body, query_params, path_params,
        authorizer_context=scope["authorizer_context"], caller_identity=scope["caller_identity"],
    )  # fmt: skip
    context = {**event["requestContext"], "requestId": request["request_id"]}
    if isinstance(context.get("authorizer"), dict):
        context["authorizer"] = {key: text_of(value) if not isinstance(value, dict) else value for key, value in context["authorizer"].items()}
    message = Message((body or b"").decode("utf-8", errors="replace"), headers, query_params, path_params)
    exchange = Exchange(message, context, stage.get("variables") or {})
    try:
        template = template_for(integration.get("requestTemplates"), (message.header("content-type") or ["application/json"])[0])
        sent = message.body if template is None else exchange.rendered(template)
        outcome = await within_timeout(call(integration, exchange, sent, scope["owner_account_id"]), integration)
        response = selected_response(integration, outcome)
        if response is None:
            return lost("API_CONFIGURATION_ERROR")
        status, response_headers, text = answered(response, exchange)
    except UnreadableBody as error:
        if exchange.answer is not None:
            return lost("API_CONFIGURATION_ERROR")
        return apigateway_v1._gw_error("BAD_REQUEST_BODY", f"Could not parse request body into json: {error}")
    except NoAnswer:
        return lost("INTEGRATION_FAILURE")
    except TimeoutError:
        return lost("INTEGRATION_TIMEOUT")
    except Exception:
        apigateway_v1.logger.exception("%s %s: the mapping of its integration failed", method, path)
        return lost("API_CONFIGURATION_ERROR")
    return status, {**response_headers, "x-amzn-requestid": request["request_id"]}, text.encode()


async def within_timeout(work, integration: dict):
    """Give up on the back end after `timeoutInMillis`, as the caller sees it; the back end goes on."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=int(integration.get("timeoutInMillis") or 29000) / 1000)
    if not done:
        raise TimeoutError
    return task.result()


async def service(integration: dict, exchange: Exchange, sent: str, account: str) -> str:
    parameters = {
        kind: exchange.mapped(integration.get("requestParameters"), f"integration.request.{kind}.", exchange.request_override[kind])
        for kind in ("header", "querystring", "path")
    }
    uri = re.sub(r"\$\{stageVariables\.(\w+)\}", lambda name: exchange.stage_variables[name[1]], integration["uri"])
    uri = re.sub(r"\{(\w+)\+?\}", lambda name: urllib.parse.quote(parameters["path"].get(name[1], name[0]), safe="/"), uri)
    region, name, kind, target = apigateway_v1._parse_service_integration_uri(uri)
    if name == "lambda" and parameters["header"].get("X-Amz-Invocation-Type", "RequestResponse") == "RequestResponse":
        return await function(uri, exchange, sent, account)
    status, headers, body = await call_service(
        region, name, kind, target, integration.get("httpMethod") or "POST", parameters["header"], parameters["querystring"], sent,
        account, integration.get("credentials"),
    )  # fmt: skip
    exchange.answer = Message(body, headers)
    return str(status)


async def function(uri: str, exchange: Exchange, sent: str, account: str) -> str:
    """A function's result is the body; its error selects an integration response by the error message."""
    reference = apigateway_v1._extract_lambda_ref_from_integration_uri(uri)
    result, failure = await apigateway_v1._call_lambda_raw(reference, json.loads(sent or "{}"), account_id=account, region=uri.split(":")[3])
    if failure or result.get("throttle"):
        raise NoAnswer(failure or "throttled")
    payload = result.get("body")
    exchange.answer = Message(payload.decode() if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False), {})
    return text_of(payload.get("errorMessage", "")) if result.get("error") and isinstance(payload, dict) else ""


async def mock(_integration: dict, exchange: Exchange, sent: str, _account: str) -> str:
    """The back end is the request template: its `statusCode` is the outcome, and there is no answer to read."""
    status = re.search(r"['\"]?statusCode['\"]?\s*:\s*['\"]?(\d{3})", sent)
    exchange.answer = Message("", {})
    return status[1] if status else "200"


def check_passthrough(integration: dict, headers: dict):
    """415 for a content type without a template: never passed through, or only while there are no templates at all."""
    templates = integration.get("requestTemplates") or {}
    behaviour = (integration.get("passthroughBehavior") or "WHEN_NO_MATCH").upper()
    refused = behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and templates)
    media_type = apigateway_v1._header_ci(headers, "content-type") or "application/json"
    if integration.get("type") in ("AWS_PROXY", "HTTP_PROXY") or not refused or template_for(templates, media_type) is not None:
        return None
    return apigateway_v1._gw_error("UNSUPPORTED_MEDIA_TYPE", apigateway_v1._GATEWAY_ERROR_MESSAGES["UNSUPPORTED_MEDIA_TYPE"])


def apply() -> None:
    expect_parameters(apigateway_v1._check_passthrough_behavior, "integration", "headers")
    expect_parameters(apigateway_v1._call_lambda_raw, "function_ref", "event", "account_id", "region")
    edit_function(
        apigateway_v1._execute_in_scope,
        """            spec = _parse_service_integration_uri(integration.get("uri", ""))
            if spec and spec[1] == "sqs" and spec[2] == "path":
                invoke = _invoke_sqs_v1
            else:
                invoke = _invoke_lambda_custom_v1
""",
        "            invoke = functools.partial(_invoke_mapped_v1, request, _service_back_end_v1)\n",
    )
    edit_function(
        apigateway_v1._execute_in_scope,
        "        return _invoke_mock_v1(integration)\n",
        """        return await _invoke_mapped_v1(
            request, _mock_back_end_v1, integration, api_id, stage_name, stage, resource, path, method, headers, body, query_params,
            path_params, owner_account_id=owner_account_id, authorizer_context=authorizer_context, caller_identity=None)
""",
    )
    apigateway_v1._invoke_mapped_v1 = mapped
    apigateway_v1._service_back_end_v1 = service
    apigateway_v1._mock_back_end_v1 = mock
    apigateway_v1._check_passthrough_behavior = check_passthrough
