"""A task can invoke a function by the SDK integration, and gets what the function returned as text.

AWS: "Invoke Lambda with Step Functions" (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html): other than the optimized
integration, the SDK integration leaves the Payload as escaped JSON, and does not fail when the answer has a FunctionError. "Invoke"
(https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): the members of the answer.

The emulator alone: has no `aws-sdk:lambda:invoke`.

This supplement: invokes the function as the optimized integration does. The text is that of the value, because the emulator has parsed
what the function wrote; digits are kept, spaces are not.
"""

import json

from ministack.services import lambda_svc, stepfunctions

from supplements._patching import expect_parameters


def apply() -> None:
    dispatch = stepfunctions._dispatch_aws_sdk_lambda_rest
    expect_parameters(dispatch, "service_info", "service_name", "action", "input_data")
    expect_parameters(stepfunctions._prefix_sdk_error, "service_name", "error_code")
    expect_parameters(lambda_svc._get_func_record_for_ref, "function_ref")
    expect_parameters(lambda_svc._execution_record_for_config, "func", "config")
    expect_parameters(lambda_svc._execute_function_with_config_scope, "func", "event")

    def dispatch_with_invoke(service_info, service_name, action, input_data):
        return invoke(input_data) if action.lower() == "invoke" else dispatch(service_info, service_name, action, input_data)

    stepfunctions._dispatch_aws_sdk_lambda_rest = dispatch_with_invoke


def invoke(parameters: dict) -> dict:
    name, payload = parameters.get("FunctionName", ""), parameters.get("Payload")
    if qualifier := parameters.get("Qualifier"):
        name = f"{name}:{qualifier}"
    func, config, _name = lambda_svc._get_func_record_for_ref(name)
    if not func or not config:
        raise refused("ResourceNotFoundException", f"Function not found: {name}")
    result = lambda_svc._execute_function_with_config_scope(lambda_svc._execution_record_for_config(func, config), payload)
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and "__type" in body:
        raise refused(body["__type"], body.get("message", ""))
    answer = {"ExecutedVersion": config.get("Version", "$LATEST"), "Payload": text_of(body), "StatusCode": 200}
    return {**answer, "FunctionError": "Unhandled"} if result.get("error") else answer


def refused(code: str, message: str):
    return stepfunctions._ExecutionError(stepfunctions._prefix_sdk_error("lambda", code), message)


def text_of(body) -> str:
    if isinstance(body, bytes):
        return body.decode()
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
