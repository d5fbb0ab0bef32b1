"""A failed invocation names the error that the handler raised.

AWS: "Lambda function errors in Node.js" (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html) and "…in Python"
(https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html): the error document holds `errorType`, the error's
own name, `errorMessage`, and the stack as a list (`trace` in Node.js, `stackTrace` in Python). "Handling errors in Step
Functions workflows" (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html): Retry and Catch match on it.
A runtime that exits during an invocation is `Runtime.ExitError`.

The emulator alone: every `errorType` is `Runtime.HandlerError`, there is no stack, and no Retry or Catch by name ever matches.

This supplement: the worker scripts send the whole error document, in the field that custom runtimes already use for
theirs (`error_payload`), and the invocation answers with it. All ways to invoke pass there.
"""

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from supplements._patching import edit_function, edit_text


def apply() -> None:
    edit_text(
        lambda_runtime,
        "_PYTHON_WORKER_SCRIPT",
        '{"status": "error", "error": str(e), "trace": traceback.format_exc()}',
        '{"status": "error", "error": str(e), "trace": traceback.format_exc(), "error_payload": {'
        '"errorMessage": str(e), "errorType": type(e).__name__, "requestId": context.aws_request_id,'
        # The first frame is the worker's own.
        ' "stackTrace": traceback.format_list(traceback.extract_tb(e.__traceback__)[1:])}}',
    )
    edit_text(
        lambda_runtime,
        "_NODEJS_WORKER_SCRIPT",
        "let handlerFn = null;\n",
        """let handlerFn = null;

// What is thrown need not be an Error; its type is then that of the value.
function errorDocument(err) {
  const isError = require("util").types.isNativeError(err) || (err && err.name && err.message !== undefined && err.stack);
  return isError
    ? { errorType: String(err.name), errorMessage: String(err.message), trace: String(err.stack || "").split("\\n") }
    : { errorType: typeof err, errorMessage: String(err), trace: [] };
}
""",
    )
    edit_text(
        lambda_runtime,
        "_NODEJS_WORKER_SCRIPT",
        'error: String(err.message || err), trace: err.stack || ""',
        'error: String(err.message || err), trace: err.stack || "", error_payload: errorDocument(err)',
    )
    edit_text(
        lambda_runtime,
        "_NODEJS_WORKER_SCRIPT",
        'status: "error", error: e.message, trace: e.stack\n',
        'status: "error", error: String((e && e.message) || e), trace: (e && e.stack) || "", error_payload: errorDocument(e)\n',
    )
    edit_function(
        lambda_svc._execute_function_warm,
        """            return {
                "body": {
                    "errorMessage": error_msg,
                    "errorType": error_type,
                },
""",
        """            if error_msg == "Worker process died":
                error_msg = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
                error_type = "Runtime.ExitError"
            return {
                "body": result.get("error_payload") or {
                    "errorMessage": error_msg,
                    "errorType": error_type,
                },
""",
    )
