"""An execution environment outlives an error of its handler.

AWS: "Understanding the Lambda execution environment lifecycle" (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html):
Lambda resets an environment whose runtime crashes or times out. A handler that throws does neither: the runtime reports the error and
asks for the next event.

The emulator alone: ends the process after every error, and starts the next one cold. A function that is asked again and again until
something is true, and throws as long as it is not, starts each time.

This supplement: keeps the process when its runtime has reported the error, which it does with the error's document (`lambda_error_type`).
"""

from ministack.core import lambda_runtime

from supplements._patching import edit_function


def apply() -> None:
    edit_function(
        lambda_runtime.Worker.invoke,
        'if response.get("status") == "error":\n',
        'if response.get("status") == "error" and "error_payload" not in response:\n',
    )
