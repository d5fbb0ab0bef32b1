import json

import pytest
from conftest import within

# Answers as its messages say, with the id of the first message of the batch where they say "$first".
SOURCE = """
import json

def handler(event, context):
    answer = event["Records"][0]["body"].split(":", 1)[1]
    return json.loads(answer.replace("$first", event["Records"][0]["messageId"]))
"""

# Seconds. Long enough for a cold start on a busy machine, or a batch that succeeds is received once too often.
VISIBILITY_TIMEOUT = "4"
# Fails in the middle of a batch, in the way that its messages say.
FAILING_SOURCE = """
exports.handler = async (event) => {
  const [, way] = event.Records[0].body.split(':');
  if (way === '"exit"') process.exit(1);
  if (way === '"throw"') throw new Error('after the first message');
  await new Promise((done) => setTimeout(done, 60_000));
};
"""

REPORTS = ["ReportBatchItemFailures"]
BOTH = ["first", "second"]
also_alone = pytest.mark.also_alone

SUCCESSES = {
    "null": None,
    "empty": {},
    "null-list": {"batchItemFailures": None},
    "empty-list": {"batchItemFailures": []},
    "misspelt-list": {"batchItemFailure": [{"itemIdentifier": "$first"}]},
}
FAILURES = {
    "empty-id": {"batchItemFailures": [{"itemIdentifier": ""}]},
    "null-id": {"batchItemFailures": [{"itemIdentifier": None}]},
    "misspelt-id": {"batchItemFailures": [{"itemidentifier": "$first"}]},
    "no-id": {"batchItemFailures": [{}]},
    "unknown-id": {"batchItemFailures": [{"itemIdentifier": "$first-not"}]},
    "known-and-unknown-id": {"batchItemFailures": [{"itemIdentifier": "$first"}, {"itemIdentifier": "unknown"}]},
    "text": "done",
    "list": [{"itemIdentifier": "$first"}],
    "no-list": {"batchItemFailures": {"itemIdentifier": "$first"}},
    "list-of-ids": {"batchItemFailures": ["$first"]},
}
PARTIAL = {"batchItemFailures": [{"itemIdentifier": "$first"}]}
# The emulator alone accepts these too, or fails on them itself, which keeps the batch.
ALONE = {"null", "empty", "empty-list", "misspelt-list", "no-list", "list-of-ids"}


class Batch:
    """Two messages that an event source has ready in one batch; what the handler does not accept ends as dead letters."""

    def __init__(self, aws, function: str, name: str, response, **mapping):
        name = f"reported-{name}"
        self.sqs = aws.client("sqs")
        self.dead_letters = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": self.arn(self.dead_letters), "maxReceiveCount": 1})
        self.queue = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": VISIBILITY_TIMEOUT})["QueueUrl"]
        for message in BOTH:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=f"{message}:{json.dumps(response)}")
        aws.client("lambda").create_event_source_mapping(EventSourceArn=self.arn(self.queue), FunctionName=function, BatchSize=2, **mapping)

    def arn(self, url: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(map(int, self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"].values()))

    def dead(self) -> list[str]:
        """The dead letters, once nothing of the batch is in the queue any more."""
        within(15, lambda: self.left() == 0)
        messages = self.sqs.receive_message(QueueUrl=self.dead_letters, MaxNumberOfMessages=10).get("Messages", [])
        return sorted(message["Body"].split(":")[0] for message in messages)


@pytest.fixture(scope="module")
def batches(aws):
    """All batches at once, so that they wait for their visibility timeouts together."""
    function = aws.function("reported-answers", SOURCE, "python3.12")
    warm_up = {"Records": [{"messageId": "none", "body": "none:null"}]}
    aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(warm_up))
    responses = {**SUCCESSES, **FAILURES, "partial": PARTIAL}
    started = {name: Batch(aws, function, name, response, FunctionResponseTypes=REPORTS) for name, response in responses.items()}
    return {**started, "unreported": Batch(aws, function, "unreported", FAILURES["unknown-id"]), **failing_batches(aws)}


def failing_batches(aws) -> dict:
    function = aws.function("reported-fails", FAILING_SOURCE, "nodejs22.x")
    aws.client("lambda").update_function_configuration(FunctionName=function, Timeout=1)
    return {way: Batch(aws, function, way, way, FunctionResponseTypes=REPORTS) for way in ("exit", "throw", "time-out")}


def cases(responses: dict) -> list:
    return [pytest.param(name, marks=[also_alone] if name in ALONE else []) for name in responses]


@pytest.mark.parametrize("name", cases(SUCCESSES))
def test_a_complete_success(batches, name):
    assert batches[name].dead() == []


@pytest.mark.parametrize("name", cases(FAILURES))
def test_a_complete_failure(batches, name):
    assert batches[name].dead() == BOTH


@also_alone
@pytest.mark.parametrize("way", ["exit", "throw", "time-out"])
def test_a_handler_that_does_not_answer_fails_the_batch(batches, way):
    assert batches[way].dead() == BOTH


@also_alone
def test_a_partial_success(batches):
    assert batches["partial"].dead() == ["first"]


@also_alone
def test_not_read_unless_the_event_source_asks_for_it(batches):
    assert batches["unreported"].dead() == []
