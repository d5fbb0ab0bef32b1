import pytest


def attributes(aws, topic: str) -> dict:
    found = aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    return {name: found.get(name) for name in ("FifoTopic", "ContentBasedDeduplication", "KmsMasterKeyId")}


def deploy(aws, stack: str, **properties) -> str:
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}}
    return aws.deploy(stack, {"Key": key, "Topic": {"Type": "AWS::SNS::Topic", "Properties": properties}})["Topic"]


def test_a_fifo_topic_without_a_name_gets_one_and_deduplicates(aws):
    topic = deploy(aws, "fifo", FifoTopic=True, ContentBasedDeduplication=True)
    assert topic.endswith(".fifo")
    assert attributes(aws, topic) == {"FifoTopic": "true", "ContentBasedDeduplication": "true", "KmsMasterKeyId": None}
    answers = [aws.client("sns").publish(TopicArn=topic, Message="hello", MessageGroupId="group") for _ in range(2)]
    assert answers[0]["SequenceNumber"]
    assert answers[0]["MessageId"] == answers[1]["MessageId"]


def test_an_update_changes_deduplication_and_keeps_the_topic(aws):
    topic = deploy(aws, "deduplication", FifoTopic=True)
    assert attributes(aws, topic)["ContentBasedDeduplication"] == "false"
    assert deploy(aws, "deduplication", FifoTopic=True, ContentBasedDeduplication=True) == topic
    assert attributes(aws, topic)["ContentBasedDeduplication"] == "true"
    assert deploy(aws, "deduplication", FifoTopic=True) == topic
    assert attributes(aws, topic)["ContentBasedDeduplication"] == "false"


def test_the_key_comes_and_goes_with_the_template(aws):
    key = {"Fn::GetAtt": ["Key", "Arn"]}
    topic = deploy(aws, "key", KmsMasterKeyId=key)
    arn = attributes(aws, topic)["KmsMasterKeyId"]
    assert arn and arn.startswith("arn:aws:kms:")
    assert deploy(aws, "key") == topic
    assert attributes(aws, topic)["KmsMasterKeyId"] is None
    assert deploy(aws, "key", KmsMasterKeyId=key) == topic
    assert attributes(aws, topic)["KmsMasterKeyId"] == arn


def test_another_type_is_another_topic(aws):
    standard = deploy(aws, "type")
    fifo = deploy(aws, "type", FifoTopic=True)
    assert fifo.endswith(".fifo")
    assert attributes(aws, fifo)["FifoTopic"] == "true"
    with pytest.raises(aws.client("sns").exceptions.NotFoundException):
        aws.client("sns").get_topic_attributes(TopicArn=standard)
