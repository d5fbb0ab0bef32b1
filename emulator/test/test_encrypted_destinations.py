import json
import uuid

import pytest
from queues import allowing, queue, received, stays_empty


@pytest.fixture
def aws(aws_with_iam):
    return aws_with_iam


@pytest.fixture
def name() -> str:
    return f"encrypted-{uuid.uuid4().hex[:8]}"


NEEDED = ["kms:GenerateDataKey*", "kms:Decrypt"]


def key_policy(*services: str, actions: list[str] = NEEDED) -> str:
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}
    used = {"Effect": "Allow", "Principal": {"Service": services}, "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account, *([used] if services else [])]})


def key(aws, *services: str) -> str:
    return aws.client("kms").create_key(Policy=key_policy(*services))["KeyMetadata"]["Arn"]


def from_topic(aws, name: str, queue_arn: str, **subscription: str):
    """A topic that the queue is subscribed to, and how to send by it."""
    sns = aws.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true", **subscription})
    return topic, lambda body: sns.publish(TopicArn=topic, Message=body)


def from_rule(aws, name: str, queue_arn: str):
    events = aws.client("events")
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn, "InputPath": "$.detail.body"}])
    return rule, lambda body: events.put_events(Entries=[{"Source": name, "DetailType": "sent", "Detail": json.dumps({"body": body})}])


@pytest.mark.parametrize("service,source", [("sns.amazonaws.com", from_topic), ("events.amazonaws.com", from_rule)])
def test_the_policy_of_a_customer_key_must_let_the_service_in(aws, name, service, source):
    used = key(aws)
    url, arn = queue(aws, name, KmsMasterKeyId=used)
    source_arn, send = source(aws, name, arn)
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing(service, arn, source_arn)})
    send("lost")
    for action in NEEDED:
        aws.client("kms").put_key_policy(KeyId=used, PolicyName="default", Policy=key_policy(service, actions=[action]))
        send(f"lost, with {action} alone")
    assert stays_empty(aws, url)
    aws.client("kms").put_key_policy(KeyId=used, PolicyName="default", Policy=key_policy(service))
    send("sealed")
    assert "sealed" in received(aws, url)["Body"]


def test_the_key_that_aws_manages_lets_no_service_in(aws, name):
    url, arn = queue(aws, name, KmsMasterKeyId="alias/aws/sqs")
    dead_letters, dead_letter_arn = queue(aws, f"{name}-dead")
    topic, send = from_topic(aws, name, arn, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_letter_arn}))
    for each, each_arn in ((url, arn), (dead_letters, dead_letter_arn)):
        aws.client("sqs").set_queue_attributes(QueueUrl=each, Attributes={"Policy": allowing("sns.amazonaws.com", each_arn, topic)})
    send("set aside")
    assert received(aws, dead_letters)["Body"] == "set aside"


@pytest.mark.also_alone
def test_the_encryption_of_sqs_itself_needs_no_key(aws, name):
    url, arn = queue(aws, name, SqsManagedSseEnabled="true")
    topic, send = from_topic(aws, name, arn)
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing("sns.amazonaws.com", arn, topic)})
    send("sealed")
    assert received(aws, url)["Body"] == "sealed"


class Alarmed:
    """An alarm that tells a topic, and a queue that hears it."""

    def __init__(self, aws, name: str, **topic: str):
        self.aws, self.name = aws, name
        self.heard, arn = queue(aws, name)
        self.topic = aws.client("sns").create_topic(Name=name, Attributes=topic)["TopicArn"]
        aws.client("sqs").set_queue_attributes(QueueUrl=self.heard, Attributes={"Policy": allowing("sns.amazonaws.com", arn, self.topic)})
        aws.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="test",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[self.topic],
            OKActions=[self.topic],
        )

    def change(self, state: str) -> None:
        self.aws.client("cloudwatch").set_alarm_state(AlarmName=self.name, StateValue=state, StateReason="test")


def test_an_alarm_needs_the_key_of_its_topic(aws, name):
    used = key(aws, "sns.amazonaws.com")
    alarm = Alarmed(aws, name, KmsMasterKeyId=used)
    alarm.change("ALARM")
    assert stays_empty(aws, alarm.heard)
    aws.client("kms").put_key_policy(KeyId=used, PolicyName="default", Policy=key_policy("cloudwatch.amazonaws.com"))
    alarm.change("OK")
    assert "NewStateValue" in received(aws, alarm.heard)["Body"]


def test_an_alarm_needs_the_policy_of_its_topic(aws, name):
    alarm = Alarmed(aws, name)
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": alarm.topic}

    def set_policy():
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.client("sns").set_topic_attributes(TopicArn=alarm.topic, AttributeName="Policy", AttributeValue=policy)

    set_policy()
    alarm.change("ALARM")
    assert stays_empty(aws, alarm.heard)
    statement["Principal"] = {"Service": "cloudwatch.amazonaws.com"}
    set_policy()
    alarm.change("OK")
    assert "NewStateValue" in received(aws, alarm.heard)["Body"]


@pytest.mark.also_alone
def test_an_alarm_tells_a_topic_that_takes_tls_only(aws, name):
    alarm = Alarmed(aws, name)
    refused = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": alarm.topic}
    refused["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    let_in = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": alarm.topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [refused, let_in]})
    aws.client("sns").set_topic_attributes(TopicArn=alarm.topic, AttributeName="Policy", AttributeValue=policy)
    aws.client("cloudwatch").put_metric_data(Namespace="test", MetricData=[{"MetricName": name, "Value": 2}])
    assert "NewStateValue" in received(aws, alarm.heard)["Body"]


@pytest.mark.also_alone
def test_the_default_policy_of_a_topic_lets_alarms_in(aws, name):
    alarm = Alarmed(aws, name)
    alarm.change("ALARM")
    assert "NewStateValue" in received(aws, alarm.heard)["Body"]
