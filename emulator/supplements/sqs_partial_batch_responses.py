"""A malformed partial-batch response fails the whole batch.

AWS: "Handling errors for an SQS event source in Lambda", success and failure conditions
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). With ReportBatchItemFailures a batch is a complete
success when the response is null or empty, or its `batchItemFailures` is null or an empty list; it is a complete failure when the
response is not JSON, or an `itemIdentifier` is empty, null, of a wrong key name, or not the id of a message of the batch.

The emulator alone: passes over what it cannot read, and deletes the messages that the handler meant to keep.

This supplement: reads the response as documented. The page leaves open what a response of another shape is. One that lacks
`batchItemFailures`, for instance because the name is misspelt, counts as empty here, so that its messages are deleted; a response
that is no object, and a list of failures that is no list of objects, count as failures.
"""

import json

from ministack.services import lambda_svc

from supplements._patching import edit_function

EMULATORS_READING = """\
        body = result.get("body")
        if isinstance(body, dict):
            for failure in body.get("batchItemFailures", []):
                fid = failure.get("itemIdentifier", "")
                if fid:
                    failed_ids.add(fid)
        elif isinstance(body, str):
            try:
                parsed = json.loads(body)
                for failure in parsed.get("batchItemFailures", []):
                    fid = failure.get("itemIdentifier", "")
                    if fid:
                        failed_ids.add(fid)
            except (json.JSONDecodeError, AttributeError):
                pass
"""


def apply() -> None:
    lambda_svc.failed_of_batch = failed_of_batch
    edit_function(
        lambda_svc._run_sqs_batch,
        EMULATORS_READING,
        """\
        failed_ids = failed_of_batch(result.get("body"), {msg["id"] for msg in batch})
""",
    )


def failed_of_batch(response, batch: set[str]) -> set[str]:
    """The ids of the messages that the response says have failed; all of the batch when it says so in a wrong way."""
    if isinstance(response, (str, bytes)):  # executors that do not parse it themselves
        try:
            response = json.loads(response) if response else None
        except ValueError:
            return batch
    if response is None:
        return set()
    if not isinstance(response, dict):
        return batch
    failures = response.get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list) or not all(isinstance(failure, dict) for failure in failures):
        return batch
    failed = [failure.get("itemIdentifier") for failure in failures]
    return set(failed) if all(isinstance(identifier, str) and identifier in batch for identifier in failed) else batch
