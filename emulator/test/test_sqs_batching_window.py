import json

from conftest import within

SOURCE = """
def handler(event, context):
    print("batch of", len(event["Records"]))
"""


class Source:
    """An event source whose function logs the size of each batch."""

    def __init__(self, aws, name: str, batch_size: int, window: int, visibility_timeout: int = 60):
        self.name = name = f"window-{name}"
        self.sqs, self.logs, self.functions = aws.client("sqs"), aws.client("logs"), aws.client("lambda")
        self.queue = self.sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": str(visibility_timeout)})["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        settings = {"BatchSize": batch_size, "MaximumBatchingWindowInSeconds": window}
        function = aws.function(name, SOURCE, "python3.12")
        self.mapping = self.functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=function, **settings)["UUID"]

    def send(self, messages: int) -> None:
        for number in range(messages):
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=json.dumps(number))

    def count(self, kind: str) -> int:
        name = f"ApproximateNumberOfMessages{kind}"
        return int(self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=[name])["Attributes"][name])

    def batches(self, messages: int) -> list[int]:
        """The sizes of the batches in which so many messages came."""

        def logged():
            try:
                events = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}", filterPattern='"batch of"')["events"]
            except self.logs.exceptions.ResourceNotFoundException:
                return None
            sizes = [int(event["message"].split()[-1]) for event in events]
            return sizes if sum(sizes) >= messages else None

        return within(10, logged)


def test_waits_until_the_window_is_over(aws):
    source = Source(aws, "closes", batch_size=100, window=3)
    source.send(1)
    # Received, but held back.
    within(2, lambda: source.count("NotVisible") == 1)
    source.send(2)
    assert source.batches(3) == [3]


def test_waits_no_longer_when_the_batch_is_full(aws):
    source = Source(aws, "fills", batch_size=12, window=300)
    source.send(12)
    assert source.batches(12) == [12]


def test_what_waits_when_its_event_source_is_deleted_is_received_again(aws):
    # Longer than the function takes on a busy machine, or else the message comes again on the emulator alone too.
    source = Source(aws, "deleted", batch_size=100, window=300, visibility_timeout=5)
    source.send(1)
    within(10 if aws.supplemented else 2, lambda: source.count("NotVisible") == 1)
    source.functions.delete_event_source_mapping(UUID=source.mapping)
    # Longer than the message is invisible, or else it could not come again on the emulator alone, whatever that does.
    message = within(
        20 if aws.supplemented else 10,
        lambda: source.sqs.receive_message(QueueUrl=source.queue, AttributeNames=["All"]).get("Messages"),
    )[0]
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
