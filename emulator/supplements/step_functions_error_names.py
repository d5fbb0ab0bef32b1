"""A task that a service refuses fails with the error's name as Step Functions spells it.

AWS: "Learning to use AWS service SDK integrations" (https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html):
the name of the service, a period, and the name of the error, with the suffix `Exception` even where the API's reference has none.
"Best practices" (https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html): errors of the Lambda service,
such as Lambda.TooManyRequestsException, are to be retried.

The emulator alone: SQS's and SNS's errors in SDK integrations are all `ServiceException` with XML as the cause, the optimized
`sns:publish` knows one name only, names lack the suffix, and a throttled function is Lambda.Unknown.

This supplement: names them by the services' models. EC2 is left as it is.
"""

import functools
import re

from ministack.services import sqs, stepfunctions

from supplements._patching import edit_function, expect_parameters
from supplements._services import api_of

MODELS = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs", "rdsdata": "rds-data"}


def apply() -> None:
    edit_function(
        stepfunctions._dispatch_aws_sdk_query,
        "            root = ET.fromstring(decoded)\n            err_el",
        "            root = ET.fromstring(_without_namespace(decoded))\n            err_el",
    )
    edit_function(
        stepfunctions._invoke_sqs_send_message,
        'raise _ExecutionError(f"SQS.{e.code}", e.message)',
        'raise _ExecutionError(_exception_name("SQS", "sqs", e.code), e.message)',
    )
    edit_function(
        stepfunctions._invoke_sns_publish,
        """        raise _ExecutionError(
            "SNS.PublishFailed",
            body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body),
        )
""",
        "        raise _ExecutionError(*_sns_error(body))\n",
    )
    edit_function(
        stepfunctions._call_lambda,
        """    if result.get("error"):
        body = result.get("body", {})
""",
        """    if result.get("error"):
        body = result.get("body", {})
        # The service's own error, not the function's.
        if isinstance(body, dict) and "__type" in body:
            raise _ExecutionError(f"Lambda.{body['__type']}", body.get("message", ""))
""",
    )
    prefixed = stepfunctions._prefix_sdk_error
    expect_parameters(prefixed, "service_name", "error_code")

    def prefix_sdk_error(service_name, error_code):
        if service_name == "ec2" or error_code.startswith("States."):
            return prefixed(service_name, error_code)
        overridden = stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES.get(service_name, {}).get(error_code, error_code)
        prefix = stepfunctions._AWS_SDK_ERROR_PREFIX.get(service_name, service_name.capitalize())
        return exception_name(prefix, service_name, overridden)

    stepfunctions._prefix_sdk_error = prefix_sdk_error
    stepfunctions._without_namespace = lambda document: re.sub(r' xmlns="[^"]*"', "", document)
    stepfunctions._exception_name = exception_name
    stepfunctions._sns_error = sns_error


@functools.cache
def names_by_code(service: str) -> dict[str, str]:
    """What the model calls the errors that go by another code on the wire."""
    if service == "sqs":
        # The model no longer has the codes of the older protocol.
        return {code: name for name, code in sqs._QUERY_COMPAT_CODES.items()}
    shapes = api_of(MODELS.get(service, service)).error_shapes
    return {shape.metadata["error"]["code"]: shape.name for shape in shapes if "code" in shape.metadata.get("error", {})}


def exception_name(prefix: str, service: str, code: str) -> str:
    if code == "ServiceException":
        return f"{prefix}.{prefix}Exception"
    name = names_by_code(service).get(code) or re.split("[#.]", code)[-1]
    return f"{prefix}.{name.removesuffix('Exception')}Exception"


def sns_error(body) -> tuple[str, str]:
    document = body.decode() if isinstance(body, bytes) else str(body)
    code, message = (re.search(f"<{tag}>(.*?)</{tag}>", document, re.DOTALL) for tag in ("Code", "Message"))
    return exception_name("SNS", "sns", code[1] if code else "ServiceException"), message[1] if message else document
