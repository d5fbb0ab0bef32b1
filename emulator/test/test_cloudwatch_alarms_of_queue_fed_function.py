"""Every alarm of QueueFedFunction, as its template makes it: its fault makes it ring, and nothing else does.

The template is that of the last release. A fault changes what is needed for it to happen within seconds, never an alarm,
except that the duration alarm's threshold follows the function's shorter timeout.
"""

import functools
import json
import pathlib

import pytest
from conftest import KINDS, bed, within

RELEASES = pathlib.Path(__file__).parents[2] / "test" / "releases"
FUNCTION, QUEUE, DEAD_LETTERS, MAPPING = (
    "InputsHandler0B2E50CC",
    "PatternQueue00E7A18A",
    "PatternDeadLetterQueue7D1C9448",
    "PatternEventSource6C728CB1",
)
ALARMS = {
    "errors": "InputsHandlerHandlerAlarmsErrors6B12790B",
    "throttles": "InputsHandlerHandlerAlarmsThrottles48AF875F",
    "duration": "InputsHandlerHandlerAlarmsDuration61826E23",
    "dead letters": "PatternDeadLettersAlarm12BF9BA8",
    "more dead letters": "PatternMoreDeadLettersAlarmDE78F174",
    "message age": "PatternMessageAgeAlarm2A7D936F",
}
HANDLER = """
exports.handler = async (event) => {
  const bodies = event.Records.map(record => record.body);
  if (bodies.includes('poison')) throw new Error('poison');
  if (bodies.includes('slow')) await new Promise(done => setTimeout(done, 900));
  return { batchItemFailures: [] };
};
"""


@pytest.fixture(scope="session", params=KINDS)
def fast_aws(request):
    """A minute of CloudWatch's lasts three quarters of a second."""
    return bed(request, CLOUDWATCH_TIME_SCALE=str(1 / 80))


class Drill:
    """The pattern as deployed from its released template, and who hears its alarms: a queue behind a topic."""

    def __init__(self, aws, stack: str, changes: dict | None = None):
        resources = json.loads(sorted(RELEASES.glob("*/QueueFedFunction.default.json"))[-1].read_text())["Resources"]
        resources[FUNCTION]["Properties"]["Code"] = {"ZipFile": HANDLER}
        for logical_id, properties in (changes or {}).items():
            resources[logical_id]["Properties"].update(properties)
        for logical_id in ALARMS.values():
            resources[logical_id]["Properties"]["AlarmActions"] = [{"Ref": "OnCall"}]
        resources["OnCall"] = {"Type": "AWS::SNS::Topic"}
        resources["Pager"] = {"Type": "AWS::SQS::Queue"}
        resources["Subscription"] = {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"Protocol": "sqs", "TopicArn": {"Ref": "OnCall"}, "Endpoint": {"Fn::GetAtt": ["Pager", "Arn"]}},
        }
        self.aws, self.sqs = aws, aws.client("sqs")
        self.ids = aws.deploy(stack, resources)
        self.heard: list[dict] = []

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.ids[QUEUE], MessageBody=body)

    def listen(self) -> list[dict]:
        for message in self.sqs.receive_message(QueueUrl=self.ids["Pager"], MaxNumberOfMessages=10).get("Messages", []):
            self.heard.append(json.loads(json.loads(message["Body"])["Message"]))
        return self.heard

    def rings(self, alarm: str) -> list[dict]:
        return [message for message in self.listen() if message["AlarmName"] == self.ids[ALARMS[alarm]]]

    def states(self) -> dict:
        found = self.aws.client("cloudwatch").describe_alarms(AlarmNames=[self.ids[each] for each in ALARMS.values()])["MetricAlarms"]
        by_name = {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}
        return {alarm: by_name[self.ids[logical_id]] for alarm, logical_id in ALARMS.items()}


@functools.cache
def forgotten(aws) -> Drill:
    """Begun by the first test and looked at by the last, because its 20 minutes are the longest wait."""
    drill = Drill(aws, "forgotten", {MAPPING: {"Enabled": False}})
    drill.send("good")
    return drill


def test_silence_without_a_fault(fast_aws):
    forgotten(fast_aws)
    drill = Drill(fast_aws, "silent")
    # Rings once good messages were handled in 5 of 5 minutes, as long as the longest of the six alarms looks back.
    witness = {
        "AlarmName": "witness",
        "Namespace": "AWS/Lambda",
        "MetricName": "Invocations",
        "Dimensions": [{"Name": "FunctionName", "Value": drill.ids[FUNCTION]}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 5,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch = fast_aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(**witness)

    def handled_for_five_minutes():
        drill.send("good")
        return cloudwatch.describe_alarms(AlarmNames=["witness"])["MetricAlarms"][0]["StateValue"] == "ALARM"

    within(30, handled_for_five_minutes)
    assert drill.states() == dict.fromkeys(ALARMS, "OK")
    assert drill.listen() == []


# The visibility timeout is real time, and one receive is enough to see a message set aside.
SOON_DEAD = {
    QUEUE: {
        "VisibilityTimeout": 1,
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": [DEAD_LETTERS, "Arn"]}, "maxReceiveCount": 1},
    },
    FUNCTION: {"Timeout": 1},
}


def test_dead_letters_ring_once_and_more_of_them_ring_again(fast_aws):
    drill = Drill(fast_aws, "poisoned", SOON_DEAD)
    within(10, lambda: set(drill.states().values()) == {"OK"})
    drill.send("poison")
    within(30, lambda: drill.rings("dead letters") and drill.rings("more dead letters"))
    message = drill.rings("dead letters")[0]
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert message["Trigger"]["Dimensions"] == [{"name": "QueueName", "value": drill.ids[DEAD_LETTERS].rsplit("/", 1)[-1]}]

    within(10, lambda: drill.states()["more dead letters"] == "OK")
    drill.send("poison")
    within(30, lambda: len(drill.rings("more dead letters")) == 2)
    assert len(drill.rings("dead letters")) == 1
    assert {ring["AlarmName"] for ring in drill.heard} == {drill.ids[ALARMS[each]] for each in ("dead letters", "more dead letters")}


def test_errors_ring_when_the_handler_goes_on_failing(fast_aws):
    redrive = {**SOON_DEAD[QUEUE]["RedrivePolicy"], "maxReceiveCount": 1000}  # it is not set aside in the meantime
    drill = Drill(fast_aws, "failing", {**SOON_DEAD, QUEUE: {"VisibilityTimeout": 1, "RedrivePolicy": redrive}})
    drill.send("poison")
    within(40, lambda: drill.rings("errors"))
    assert {ring["AlarmName"] for ring in drill.heard} == {drill.ids[ALARMS["errors"]]}


def test_throttles_ring_when_there_is_no_concurrency_left(fast_aws):
    drill = Drill(fast_aws, "throttled")
    functions = fast_aws.client("lambda")
    functions.put_function_concurrency(FunctionName=drill.ids[FUNCTION], ReservedConcurrentExecutions=0)

    def rings():
        with pytest.raises(functions.exceptions.TooManyRequestsException):
            functions.invoke(FunctionName=drill.ids[FUNCTION], Payload=b'{"Records": []}')
        return drill.rings("throttles")

    within(40, rings)
    assert {ring["AlarmName"] for ring in drill.heard} == {drill.ids[ALARMS["throttles"]]}


def test_duration_rings_when_the_handler_comes_near_its_timeout(fast_aws):
    drill = Drill(fast_aws, "slow", {FUNCTION: {"Timeout": 3}, ALARMS["duration"]: {"Threshold": 800}})

    def rings():
        drill.send("slow")
        return drill.rings("duration")

    within(40, rings)
    assert {ring["AlarmName"] for ring in drill.heard} == {drill.ids[ALARMS["duration"]]}


def test_message_age_rings_when_the_event_source_is_off(fast_aws):
    drill = forgotten(fast_aws)
    within(40, lambda: drill.rings("message age"))
    assert {ring["AlarmName"] for ring in drill.heard} == {drill.ids[ALARMS["message age"]]}
