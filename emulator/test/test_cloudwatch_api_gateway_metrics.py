import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

HANDLER = """
exports.handler = async (event) => {
  if (event.path === '/throw') throw new Error('as told');
  return { statusCode: Number(event.path.slice(1)), body: '' };
};
"""


def statistic(aws, metric: str, statistic: str, **dimensions) -> float:
    now = datetime.now(timezone.utc)
    points = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApiGateway",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=86400,
        Statistics=[statistic],
    )["Datapoints"]
    return points[0][statistic] if points else 0


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
        sums = {metric: statistic(aws, metric, "Sum", **dimensions) for metric in ("Count", "4XXError", "5XXError")}
        assert sums == {"Count": 4, "4XXError": 1, "5XXError": 2}
        assert statistic(aws, "5XXError", "Average", **dimensions) == 0.5
        assert statistic(aws, "Latency", "Minimum", **dimensions) > 0
