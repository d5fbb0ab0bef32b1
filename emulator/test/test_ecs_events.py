import json

from conftest import within
from ecs import LASTING, define, described, patience, service, until_running, update


def heard(aws, name: str, pattern: dict):
    """The events of a rule with this pattern, as they come."""
    sqs, events = aws.client("sqs"), aws.client("events")
    url = sqs.create_queue(QueueName=f"heard-{name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=f"heard-{name}", EventPattern=json.dumps({"source": ["aws.ecs"], **pattern}))
    events.put_targets(Rule=f"heard-{name}", Targets=[{"Id": "queue", "Arn": arn}])
    found: list[dict] = []

    def events_so_far() -> list[dict]:
        found.extend(json.loads(message["Body"]) for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []))
        return found

    return events_so_far


def test_tasks_tell_when_they_run_and_when_they_have_failed(aws):
    events = heard(aws, "tasks", {"detail-type": ["ECS Task State Change"], "detail": {"group": ["service:tells"]}})
    # The pattern of a service's rule: a container that ended with an error is an element of a list.
    failed = {"lastStatus": ["STOPPED"], "$or": [{"stopCode": ["TaskFailedToStart"]}, {"containers": {"exitCode": [{"anything-but": 0}]}}]}
    failures = heard(aws, "failed", {"detail-type": ["ECS Task State Change"], "detail": {"group": ["service:tells"], **failed}})
    service(aws, "tells", "sleep 1; exit 7")
    within(patience(aws), lambda: [each for each in events() if each["detail"]["lastStatus"] == "RUNNING"])
    event = within(patience(aws), lambda: next((each for each in failures() if each["detail"]["lastStatus"] == "STOPPED"), None))
    assert event["resources"] == [event["detail"]["taskArn"]]
    detail = event["detail"]
    assert (detail["stopCode"], detail["containers"][0]["exitCode"], detail["desiredStatus"]) == ("EssentialContainerExited", 7, "STOPPED")
    update(aws, "tells", desiredCount=0)


def test_deployments_tell_how_they_end(aws):
    arn = service(aws, "deploys", LASTING)["serviceArn"]
    until_running(aws, "deploys", 1)
    events = heard(aws, "deployments", {"detail-type": ["ECS Deployment State Change"], "resources": [arn]})
    update(aws, "deploys", taskDefinition=define(aws, "deploys", "exit 1"))

    def names() -> list:
        return [(each["detail"]["eventType"], each["detail"]["eventName"]) for each in events()]

    within(patience(aws), lambda: ("ERROR", "SERVICE_DEPLOYMENT_FAILED") in names())
    # The one before it is deployed again.
    within(patience(aws), lambda: ("INFO", "SERVICE_DEPLOYMENT_COMPLETED") in names())
    assert ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS") in names()
    assert described(aws, "deploys")["runningCount"] == 1
