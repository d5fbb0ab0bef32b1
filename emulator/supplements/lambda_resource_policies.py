"""A function's resource policy decides whether API Gateway and S3 may invoke it.

AWS: "Working with resource-based IAM policies in Lambda" (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html):
a service needs lambda:InvokeFunction on the function, version or alias that it names, for its own source ARN. "Control access to a REST API
with API Gateway permissions" (https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html): an integration or authorizer
with `credentials` is called as that role instead; without either, the caller gets 500 Internal server error. "Granting permissions to publish
event notification messages" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html): S3 refuses a
notification configuration whose function does not let the bucket in.

The emulator alone: invokes any function, also with IAM enforced.

This supplement: with IAM enforced it asks for REST APIs, HTTP APIs, their Lambda authorizers, and S3. SNS and EventBridge are asked in
`sns_dead_letter_queue` and `eventbridge_dead_letter_queue`. WebSocket APIs, Cognito, load balancers, Firehose, logs and AppSync are not. The emulator
drops the CredentialsArn of an HTTP API's integration, so that here its function's policy must let the API in.
"""

import json
import re

from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, apigateway_v1, s3

from supplements import _roles
from supplements._delivery import expect_hooks, function_policy_allows
from supplements._patching import edit_function, expect_parameters

API_GATEWAY = "apigateway.amazonaws.com"
HTTP_API_REFUSAL = 500, {"Content-Type": "application/json"}, json.dumps({"message": "Internal Server Error"}).encode()


def api_may_invoke(uri: str, role: str | None, source: str) -> bool:
    """Whether an API may invoke the function in an integration's URI. `source`: the API's id and what of it calls."""
    reference = apigateway_v1._extract_lambda_ref_from_integration_uri(uri)
    function = reference if reference.startswith("arn:") else f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{reference}"
    if role:
        return _roles.trusts(role, API_GATEWAY) and _roles.allowed(role, "lambda:InvokeFunction", function)
    return function_policy_allows(function, API_GATEWAY, f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{source}")


def method_may_invoke(integration: dict, api_id: str, stage_name: str, stage: dict, resource: dict, method: str) -> bool:
    uri = re.sub(r"\$\{stageVariables\.(\w+)\}", lambda name: (stage.get("variables") or {}).get(name[1], ""), integration.get("uri") or "")
    if ":apigateway:" in uri and ":lambda:" not in uri:
        return True  # another service, called as the integration's role
    return api_may_invoke(uri, integration.get("credentials"), f"{api_id}/{stage_name}/{method}{resource.get('path', '/')}")


def bucket_may_invoke(function_arn: str, bucket_name: str) -> bool:
    return function_policy_allows(function_arn, "s3.amazonaws.com", f"arn:aws:s3:::{bucket_name}")


def apply() -> None:
    expect_hooks()
    _roles.expect_roles()
    apply_to_rest_apis()
    apply_to_http_apis()
    apply_to_s3()


def apply_to_rest_apis() -> None:
    authorize = apigateway_v1._invoke_authorizer_lambda
    expect_parameters(authorize, "authorizer", "event", "account_id", "region")
    apigateway_v1.method_may_invoke = method_may_invoke
    edit_function(
        apigateway_v1._execute_in_scope,
        """\
        caller_identity = None
        if (method_obj""",
        """\
        if not method_may_invoke(integration, api_id, stage_name, stage, resource, method):
            return _gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        caller_identity = None
        if (method_obj""",
    )

    async def invoke_authorizer(authorizer, event, account_id, region):
        api_id = event["methodArn"].split(":")[5].partition("/")[0]
        source = f"{api_id}/authorizers/{authorizer['id']}"
        if not api_may_invoke(authorizer.get("authorizerUri", ""), authorizer.get("authorizerCredentials"), source):
            return None  # as for a function that is not there
        return await authorize(authorizer, event, account_id, region)

    apigateway_v1._invoke_authorizer_lambda = invoke_authorizer


def apply_to_http_apis() -> None:
    authorize = apigateway._invoke_request_authorizer_lambda
    expect_parameters(authorize, "authorizer", "event", "account_id", "region")
    apigateway.api_may_invoke = api_may_invoke
    apigateway.HTTP_API_REFUSAL = HTTP_API_REFUSAL
    edit_function(
        apigateway._invoke_lambda_proxy,
        """\
    # Build API Gateway v2 proxy event (payload format 2.0)
""",
        """\
    if not api_may_invoke(integration.get("integrationUri", ""), None, f"{api_id}/{stage}/{route_key.replace(' ', '')}"):
        return HTTP_API_REFUSAL
    # Build API Gateway v2 proxy event (payload format 2.0)
""",
    )

    async def invoke_authorizer(authorizer, event, account_id, region):
        source = f"{event['requestContext']['apiId']}/authorizers/{authorizer['authorizerId']}"
        if not api_may_invoke(authorizer.get("authorizerUri", ""), authorizer.get("authorizerCredentialsArn"), source):
            return None
        return await authorize(authorizer, event, account_id, region)

    apigateway._invoke_request_authorizer_lambda = invoke_authorizer


def apply_to_s3() -> None:
    deliver = s3._deliver_event_to_lambda
    expect_parameters(deliver, "arn", "event_payload", "bucket_region")
    s3.bucket_may_invoke = bucket_may_invoke
    edit_function(
        s3._validate_notification_configs,
        """\
    if unreachable:
""",
        """\
    unreachable += [cfg["arn"] for cfg in configs if cfg["type"] == "lambda" and not bucket_may_invoke(cfg["arn"], bucket_name)]
    if unreachable:
""",
    )

    def deliver_event(arn, event_payload, bucket_region):
        if bucket_may_invoke(arn, event_payload["Records"][0]["s3"]["bucket"]["name"]):
            deliver(arn, event_payload, bucket_region)
        else:
            s3.logger.warning("S3 notification: %s does not let the bucket in", arn)

    s3._deliver_event_to_lambda = deliver_event
