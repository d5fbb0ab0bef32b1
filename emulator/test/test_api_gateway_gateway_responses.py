from rest_apis import request, response, rest_api

MOCK = {
    "Integration": {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": '{"statusCode": 200}'},
        "IntegrationResponses": [response("200", "{}")],
    }
}


def gateway_response(kind: str, template: str, status: str | None = None, parameters: dict | None = None) -> dict:
    properties = {
        "RestApiId": {"Ref": "Api"},
        "ResponseType": kind,
        "ResponseTemplates": {"application/json": template},
        "ResponseParameters": {f"gatewayresponse.header.{name}": source for name, source in (parameters or {}).items()},
        **({"StatusCode": status} if status else {}),
    }
    return {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def deployed(aws, stack: str, responses: dict, **more) -> str:
    checked = {"RequestValidatorId": {"Ref": "Validator"}, "RequestModels": {"application/json": {"Ref": "Line"}}}
    resources = rest_api({"orders": {**MOCK, **checked}, "keys": {**MOCK, "ApiKeyRequired": True}}, {"support": "help@example.com"})
    resources["Deployment"]["DependsOn"] += list(responses)
    line = {"type": "object", "required": ["sku"], "properties": {"count": {"type": "integer"}}}
    order = {"type": "object", "properties": {"line": {"$ref": {"Fn::Sub": "https://apigateway.amazonaws.com/restapis/${Api}/models/Inner"}}}}
    models = {
        name: {
            "Type": "AWS::ApiGateway::Model",
            "Properties": {"RestApiId": {"Ref": "Api"}, "Name": physical, "ContentType": "application/json", "Schema": schema},
        }
        for name, physical, schema in (("Inner", "Inner", line), ("Line", "Order", order))
    }
    validator = {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {"RestApiId": {"Ref": "Api"}, "ValidateRequestBody": True}}
    return aws.deploy(stack, {**resources, **models, **responses, "Validator": validator})["Api"]


def test_a_template_names_what_is_invalid_and_whatever_else_a_request_has(aws):
    template = (
        '{"error": $context.error.messageString, "found": "$context.error.validationErrorString", "path": "$context.path",'
        ' "verb": "${context.httpMethod}", "ip": "$context.identity.sourceIp", "support": "$stageVariables.support",'
        ' "tenant": "$method.request.querystring.tenant", "nothing": "$stageVariables.nothing", "type": "$context.error.responseType"}'
    )
    invalid = gateway_response("BAD_REQUEST_BODY", template, "422", {"X-Tenant": "method.request.querystring.tenant"})
    api = deployed(aws, "variables", {"Invalid": invalid})
    answer = request(aws, api, "orders?tenant=t-1", {"line": {"count": "two"}})
    assert answer.status == 422, answer.body
    found = answer.json
    assert "sku" in found["found"] and "two" in found["found"] and "$.line.count" in found["found"]
    assert {name: value for name, value in found.items() if name != "found"} == {
        "error": "Invalid request body",
        "path": "/prod/orders",
        "verb": "POST",
        "ip": "127.0.0.1",
        "support": "help@example.com",
        "tenant": "t-1",
        "nothing": "",
        "type": "BAD_REQUEST_BODY",
    }
    assert answer.headers["X-Tenant"] == "t-1"


def test_a_default_gives_its_status_to_all_that_are_not_customized(aws):
    responses = {
        "Default": gateway_response("DEFAULT_4XX", '{"code": "$context.error.responseType"}', "418"),
        "Key": gateway_response("INVALID_API_KEY", '{"code": "key"}', "401"),
    }
    api = deployed(aws, "defaults", responses)
    invalid = request(aws, api, "orders", {"line": 1})
    assert (invalid.status, invalid.json) == (418, {"code": "BAD_REQUEST_BODY"})
    unknown = request(aws, api, "nowhere")
    assert (unknown.status, unknown.json) == (418, {"code": "MISSING_AUTHENTICATION_TOKEN"})
    key = request(aws, api, "keys")
    assert (key.status, key.json) == (401, {"code": "key"})
