"""Stages of REST APIs report each request to CloudWatch.

AWS: "Amazon API Gateway dimensions and metrics"
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html): by ApiName, and by ApiName and
Stage, Count, 4XXError, 5XXError and Latency. The sum of an error metric is how many there were, its average their rate.

The emulator alone: REST APIs report nothing.

This supplement: records the four where all requests to stages pass. Not there: IntegrationLatency, the cache's metrics, and
the detailed metrics by method.
"""

import time

from ministack.core.responses import request_scope
from ministack.services import apigateway_v1, cloudwatch

from supplements._patching import expect_parameters


def apply() -> None:
    execute = apigateway_v1.handle_execute
    expect_parameters(execute, "api_id", "stage_name", "method", "path", "headers", "body", "query_params")
    expect_parameters(apigateway_v1.find_api_scope, "api_id")
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")

    async def execute_and_record(api_id, stage_name, method, path, headers, body, query_params):
        began = time.perf_counter()
        answer = await execute(api_id, stage_name, method, path, headers, body, query_params)
        if scope := apigateway_v1.find_api_scope(api_id):
            with request_scope(*scope):
                record(api_id, stage_name, answer[0], (time.perf_counter() - began) * 1000)
        return answer

    apigateway_v1.handle_execute = execute_and_record


def record(api_id: str, stage: str, status: int, latency: float) -> None:
    if stage not in apigateway_v1._stages_v1.get(api_id, {}):
        return
    name = apigateway_v1._rest_apis[api_id]["name"]
    values = {"Count": 1, "4XXError": 400 <= status < 500, "5XXError": status >= 500, "Latency": latency}
    for dimensions in ({"ApiName": name}, {"ApiName": name, "Stage": stage}):
        for metric, value in values.items():
            cloudwatch.record_metric("AWS/ApiGateway", metric, value, "Milliseconds" if metric == "Latency" else "Count", dimensions)
