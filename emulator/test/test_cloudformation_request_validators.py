from rest_apis import integration, request, response, rest_api

MODEL = {
    "Type": "AWS::ApiGateway::Model",
    "Properties": {
        "RestApiId": {"Ref": "Api"},
        "ContentType": "application/json",
        "Schema": {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string", "minLength": 1}, "count": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}},
        },
    },
}


def validator(**flags) -> dict:
    return {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {"RestApiId": {"Ref": "Api"}, **flags}}


def template(**flags) -> dict:
    mock = {
        "Integration": {
            "Type": "MOCK",
            "ContentHandling": "CONVERT_TO_TEXT",
            "RequestTemplates": {"application/json": '{"statusCode": 200}'},
            "IntegrationResponses": [response("200", "{}")],
        }
    }
    checked = {
        "RequestValidatorId": {"Ref": "Validator"},
        "RequestModels": {"application/json": {"Ref": "Order"}},
        "RequestParameters": {"method.request.querystring.tenant": True},
    }
    return {**rest_api({"orders": {**mock, **checked}}), "Order": MODEL, "Validator": validator(**flags)}


def test_a_body_that_its_model_does_not_describe_is_refused(aws):
    api = aws.deploy("bodies", template(ValidateRequestBody=True))["Api"]
    assert request(aws, api, "orders", {"id": "a", "count": 1}).status == 200
    for body in ('{"id": ""}', '{"id": 1}', "{}", '{"id": "a", "count": 0}', '{"id": "a", "count": 1.5}', "[]", '{"id":'):
        refused = request(aws, api, "orders", body)
        assert (refused.status, refused.json) == (400, {"message": "Invalid request body"}), body
        assert refused.headers["x-amzn-ErrorType"] == "BadRequestException"


def test_parameters_and_body_are_validated_as_the_template_says_now(aws):
    api = aws.deploy("validators", template(ValidateRequestParameters=True))["Api"]
    missing = request(aws, api, "orders", {})
    assert (missing.status, missing.json) == (400, {"message": "Missing required request parameters: [tenant]"})
    assert request(aws, api, "orders?tenant=t", {}).status == 200
    aws.deploy("validators", template(ValidateRequestParameters=False, ValidateRequestBody=True))
    assert request(aws, api, "orders", {}).json == {"message": "Invalid request body"}
    assert request(aws, api, "orders", {"id": "a"}).status == 200
    aws.deploy("validators", template(Name="other", ValidateRequestParameters=True))
    assert [found["name"] for found in aws.client("apigateway").get_request_validators(restApiId=api)["items"]] == ["other"]
    assert request(aws, api, "orders", {}).json == {"message": "Missing required request parameters: [tenant]"}


def test_content_handling_is_kept(aws):
    api = aws.deploy("content-handling", template())["Api"]
    gateway = aws.client("apigateway")
    resource = next(found["id"] for found in gateway.get_resources(restApiId=api)["items"] if found["path"] == "/orders")
    assert gateway.get_integration(restApiId=api, resourceId=resource, httpMethod="POST").get("contentHandling") == "CONVERT_TO_TEXT"


def test_a_refused_request_never_reaches_the_service(aws):
    checked = {"RequestValidatorId": {"Ref": "Validator"}, "RequestModels": {"application/json": {"Ref": "Order"}}}
    send = integration("sqs:path/${AWS::AccountId}/${Queue.QueueName}", "Action=SendMessage&MessageBody=x")
    stack = aws.deploy(
        "unreached",
        {
            **rest_api({"orders": {**send, **checked}}),
            "Order": MODEL,
            "Validator": validator(ValidateRequestBody=True),
            "Queue": {"Type": "AWS::SQS::Queue"},
        },
    )
    assert request(aws, stack["Api"], "orders", {"id": 1}).status == 400
    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=stack["Queue"])
