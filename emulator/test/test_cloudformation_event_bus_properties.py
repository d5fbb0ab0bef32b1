"""Templates of event buses: the supplements `cloudformation_event_bus_properties`, `cloudformation_types_by_api` and `eventbridge_dead_letter_queue`."""

import json
import time

from conftest import within
from queues import counted

POLICY = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "events:PutEvents", "Resource": "*"}


def bus_with(name: str, **properties) -> dict:
    """A bus with a rule whose target is gone, and the name of that rule as CloudFormation tells it."""
    target = {"Id": "Gone", "Arn": "arn:aws:sqs:us-east-1:000000000000:gone"}
    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["shop"]}, "Targets": [target], **properties},
        },
        "Name": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::Select": [1, {"Fn::Split": ["|", {"Ref": "Rule"}]}]}},
        },
    }


def send(aws, bus: str) -> None:
    entry = {"EventBusName": bus, "Source": "shop", "DetailType": "Order", "Detail": json.dumps({"order": 7})}
    assert aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_a_rule_of_a_custom_bus_is_known_with_its_bus(aws):
    ids = aws.deploy("bus-named", bus_with("named"))
    bus, _, name = ids["Rule"].partition("|")
    assert bus == "named"
    assert aws.client("ssm").get_parameter(Name=ids["Name"])["Parameter"]["Value"] == name
    send(aws, "named")
    assert counted(aws, "AWS/Events", "FailedInvocations", EventBusName="named", RuleName=name)

    assert aws.deploy("bus-named", bus_with("named", State="DISABLED"))["Rule"] == ids["Rule"]
    rules = aws.client("events").list_rules(EventBusName="named")["Rules"]
    assert [(rule["Name"], rule["State"]) for rule in rules] == [(name, "DISABLED")]
    aws.deploy("bus-named", {"Bus": bus_with("named")["Bus"]})
    assert aws.client("events").list_rules(EventBusName="named")["Rules"] == []


def test_an_archive_and_a_statement_follow_their_template(aws):
    def template(days: int, **more) -> dict:
        return {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "archived"}},
            "Archive": {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RetentionDays": days}},
            **more,
        }

    statement = {"Type": "AWS::Events::EventBusPolicy", "Properties": {"EventBusName": {"Ref": "Bus"}, "StatementId": "billing", "Statement": POLICY}}
    ids = aws.deploy("bus-archived", template(14, Statement=statement))
    events = aws.client("events")
    assert events.describe_archive(ArchiveName=ids["Archive"])["RetentionDays"] == 14
    [allowed] = json.loads(events.describe_event_bus(Name="archived")["Policy"])["Statement"]
    assert (allowed["Sid"], allowed["Principal"]) == ("billing", POLICY["Principal"]["AWS"])

    assert aws.deploy("bus-archived", template(3))["Archive"] == ids["Archive"]
    assert events.describe_archive(ArchiveName=ids["Archive"])["RetentionDays"] == 3
    assert not events.describe_event_bus(Name="archived").get("Policy")


def test_a_replay_goes_to_the_rules_that_it_names(aws):
    queues = {name: {"Type": "AWS::SQS::Queue", "Properties": {}} for name in ("One", "Two")}
    rules = {
        f"To{name}": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "Bus"},
                "EventPattern": {"source": ["shop"]},
                "Targets": [{"Id": "Queue", "Arn": {"Fn::GetAtt": [name, "Arn"]}}],
            },
        }
        for name in queues
    }
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "replayed"}}
    archive = {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}}}
    ids = aws.deploy("bus-replayed", {"Bus": bus, "Archive": archive, **queues, **rules})
    send(aws, "replayed")
    events = aws.client("events")
    prefix = "arn:aws:events:us-east-1:000000000000"
    now = time.time()
    events.start_replay(
        ReplayName="bus-replay",
        EventSourceArn=f"{prefix}:archive/{ids['Archive']}",
        EventStartTime=now - 60,
        EventEndTime=now + 60,
        Destination={"Arn": f"{prefix}:event-bus/replayed", "FilterArns": [f"{prefix}:rule/{ids['ToOne'].replace('|', '/')}"]},
    )
    within(20, lambda: events.describe_replay(ReplayName="bus-replay")["State"] == "COMPLETED")

    def waiting(name: str) -> str:
        answer = aws.client("sqs").get_queue_attributes(QueueUrl=ids[name], AttributeNames=["ApproximateNumberOfMessages"])
        return answer["Attributes"]["ApproximateNumberOfMessages"]

    assert (waiting("One"), waiting("Two")) == ("2", "1")
