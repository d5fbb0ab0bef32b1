import pytest
from rest_apis import request, response, rest_api

MIB = 1024 * 1024


def deployed(aws, stack: str) -> str:
    mock = {"Type": "MOCK", "RequestTemplates": {"text/plain": '{"statusCode": 200}'}, "IntegrationResponses": [response("200", "{}")]}
    too_large = {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {"RestApiId": {"Ref": "Api"}, "ResponseType": "REQUEST_TOO_LARGE", "StatusCode": "400"},
    }
    resources = rest_api({"uploads": {"Integration": mock}})
    resources["Deployment"]["DependsOn"].append("TooLarge")
    return aws.deploy(stack, {**resources, "TooLarge": too_large})["Api"]


def test_a_body_above_10_mb_is_refused_whatever_the_gateway_response_says(aws):
    assert request(aws, deployed(aws, "too-large"), "uploads", "x" * (10 * MIB + 1), Content_Type="text/plain").status == 413


@pytest.mark.also_alone
def test_a_body_of_10_mb_is_taken(aws):
    assert request(aws, deployed(aws, "just-right"), "uploads", "x" * (10 * MIB), Content_Type="text/plain").status == 200
