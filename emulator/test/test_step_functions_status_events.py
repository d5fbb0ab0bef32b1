import json

import pytest
from queues import received, stays_empty
from workflows import events_of, machine, run, start


def details(aws, url: str, count: int) -> dict:
    """The details of so many events, by status."""
    found = [json.loads(received(aws, url)["Body"]) for _ in range(count)]
    assert all(event["source"] == "aws.states" and event["resources"] == [event["detail"]["executionArn"]] for event in found)
    return {event["detail"]["status"]: event["detail"] for event in found}


@pytest.mark.also_alone
def test_a_standard_execution_tells_its_status(aws):
    arn = machine(aws, "tells", {"Answer": {"Type": "Pass", "Result": {"answer": 42}, "End": True}})
    url = events_of(aws, arn, "tells-events")
    run(aws, arn, question="?")
    found = details(aws, url, 2)
    assert (found["RUNNING"]["input"], found["RUNNING"]["output"], found["RUNNING"]["stopDate"]) == ('{"question": "?"}', None, None)
    assert (found["SUCCEEDED"]["output"], found["SUCCEEDED"]["outputDetails"]) == ('{"answer": 42}', {"included": True})
    assert found["SUCCEEDED"]["name"] == found["RUNNING"]["name"]


def test_an_abort_tells_its_error(aws):
    arn = machine(aws, "tells-abort", {"Wait": {"Type": "Wait", "Seconds": 20000, "End": True}})
    url = events_of(aws, arn, "tells-abort-events")
    aws.client("stepfunctions").stop_execution(executionArn=start(aws, arn), error="Enough", cause="of it")
    found = details(aws, url, 2)["ABORTED"]
    assert (found["error"], found["cause"], found["output"]) == ("Enough", "of it", None)
    assert (found["redriveStatus"], found["redriveStatusReason"]) == ("REDRIVABLE", None)


def test_an_express_execution_tells_nothing(aws):
    arn = machine(aws, "tells-nothing", {"Answer": {"Type": "Pass", "End": True}}, "EXPRESS")
    url = events_of(aws, arn, "tells-nothing-events")
    run(aws, arn)
    assert stays_empty(aws, url)


def test_input_and_output_share_their_limit(aws):
    half = "x" * (130 * 1024)
    arn = machine(aws, "tells-less", {"Answer": {"Type": "Pass", "End": True}})
    url = events_of(aws, arn, "tells-less-events")
    run(aws, arn, half=half)
    found = details(aws, url, 2)
    assert found["RUNNING"]["inputDetails"] == {"included": True}
    assert (found["SUCCEEDED"]["input"], found["SUCCEEDED"]["inputDetails"]) == (None, {"included": False})
    assert json.loads(found["SUCCEEDED"]["output"]) == {"half": half}
