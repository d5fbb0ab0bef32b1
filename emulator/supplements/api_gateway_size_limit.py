"""A REST API refuses a request body above 10 MB.

AWS: the payload size is at most 10 MB, not to be raised; what is larger gets 413 REQUEST_TOO_LARGE, whose gateway response cannot be customized.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
The emulator alone: takes bodies of any size.
This supplement refuses them before anything else is looked at. AWS documents the status, not the plain text
that it comes with.
"""

from ministack.services import apigateway_v1

from supplements._patching import edit_function

BODY_LIMIT = 10 * 1024 * 1024


def too_large(body: bytes | None):
    if len(body or b"") <= BODY_LIMIT:
        return None
    return 413, {"Content-Type": "text/plain"}, f"HTTP content length exceeded {BODY_LIMIT} bytes.".encode()


def apply() -> None:
    edit_function(
        apigateway_v1._execute_in_scope,
        '    request["stage"] = stage\n',
        '    request["stage"] = stage\n    if (too_large := _too_large_v1(body)) is not None:\n        return too_large\n',
    )
    apigateway_v1._too_large_v1 = too_large
