import urllib.error
import urllib.request

from conftest import measured

HANDLER = """
exports.handler = async (event) => {
  if (event.path === '/throw') throw new Error('as told');
  return { statusCode: Number(event.path.slice(1)), body: '' };
};
"""


def test_each_request_is_counted_with_its_errors_and_latency(aws):
    function = aws.function("behind-api", HANDLER, "nodejs22.x")
    api = aws.client("apigateway")
    api_id = api.create_rest_api(name="counted")["id"]
    root = api.get_resources(restApiId=api_id)["items"][0]["id"]
    resource = api.create_resource(restApiId=api_id, parentId=root, pathPart="{proxy+}")["id"]
    method = {"restApiId": api_id, "resourceId": resource, "httpMethod": "GET"}
    api.put_method(**method, authorizationType="NONE")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    api.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    api.create_deployment(restApiId=api_id, stageName="live")

    def get(path: str, stage: str = "live") -> int:
        try:
            return urllib.request.urlopen(f"{aws.endpoint}/_aws/execute-api/{api_id}/{stage}/{path}").status
        except urllib.error.HTTPError as error:
            return error.code

    assert [get(path) for path in ("200", "404", "503", "throw")] == [200, 404, 503, 502]
    get("200", stage="nowhere")
    for dimensions in ({"ApiName": "counted"}, {"ApiName": "counted", "Stage": "live"}):
        reported = {metric: measured(aws, "AWS/ApiGateway", metric, "Sum", **dimensions) for metric in ("Count", "4XXError", "5XXError")}
        assert reported == {"Count": 4, "4XXError": 1, "5XXError": 2}
        # Each request is a sample of the errors, so that their average is a rate.
        assert measured(aws, "AWS/ApiGateway", "5XXError", "SampleCount", **dimensions) == 4
        assert measured(aws, "AWS/ApiGateway", "Latency", "Minimum", **dimensions) > 0
