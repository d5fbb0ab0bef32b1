import json

import pytest
from conftest import within
from queues import received
from workflows import ROLE, described, ended, events_of, machine, start

NAMES = ("stateMachineArn", "stateMachineVersionArn", "stateMachineAliasArn")


def answering(answer: str) -> dict:
    return {"Answer": {"Type": "Pass", "Result": answer, "End": True}}


def published(aws, arn: str, answer: str) -> str:
    """The ARN of a new version that answers so."""
    workflows = aws.client("stepfunctions")
    workflows.update_state_machine(stateMachineArn=arn, definition=json.dumps({"StartAt": "Answer", "States": answering(answer)}))
    return workflows.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]


def answer_of(aws, arn: str) -> str:
    return json.loads(ended(aws, start(aws, arn))["output"])


def test_an_execution_runs_the_version_that_it_was_started_by(aws):
    arn = machine(aws, "versions-run", answering("none"))
    one, two = (published(aws, arn, answer) for answer in ("one", "two"))
    assert [answer_of(aws, version) for version in (one, two, arn)] == ["one", "two", "two"]


def test_an_alias_draws_by_its_weights(aws):
    arn = machine(aws, "versions-drawn", answering("none"))
    one, two = (published(aws, arn, answer) for answer in ("one", "two"))
    routing = [{"stateMachineVersionArn": one, "weight": 50}, {"stateMachineVersionArn": two, "weight": 50}]
    alias = aws.client("stepfunctions").create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    # Of forty, one in a million million draws has only one of them.
    drawn = {described(aws, start(aws, alias)).get("stateMachineVersionArn") for _ in range(40)}
    assert drawn == {one, two}


def test_an_execution_and_its_events_name_version_and_alias(aws):
    arn = machine(aws, "versions-named", answering("none"))
    version = published(aws, arn, "one")
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = aws.client("stepfunctions").create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    url = events_of(aws, arn, "versions-named-events")
    found = ended(aws, start(aws, alias))
    assert tuple(found.get(name) for name in NAMES) == (arn, version, alias)
    detail = json.loads(received(aws, url)["Body"])["detail"]
    assert tuple(detail[name] for name in NAMES) == (arn, version, alias)
    assert "stateMachineVersionArn" not in described(aws, start(aws, arn))


# A minute lasts a second: each share lasts long enough to be seen, however busy the machine is.
CANARY = {"Type": "CANARY", "Percentage": 20, "Interval": 4}
LINEAR = {"Type": "LINEAR", "Percentage": 40, "Interval": 4}
LONG = {"Type": "CANARY", "Percentage": 20, "Interval": 60}


def template(answer: str, preference: dict) -> dict:
    return {
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": ROLE, "DefinitionString": json.dumps({"StartAt": "Answer", "States": answering(answer)})},
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
                "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
                # Without data it stays in the state that a test sets.
                "TreatMissingData": "ignore",
            },
        },
        "Version": {
            "Type": "AWS::StepFunctions::StateMachineVersion",
            "Properties": {"StateMachineArn": {"Ref": "Machine"}, "StateMachineRevisionId": {"Fn::GetAtt": ["Machine", "StateMachineRevisionId"]}},
        },
        "Alias": {
            "Type": "AWS::StepFunctions::StateMachineAlias",
            "Properties": {
                "Name": "live",
                "DeploymentPreference": {
                    "StateMachineVersionArn": {"Fn::GetAtt": ["Version", "Arn"]},
                    "Alarms": [{"Ref": "Alarm"}, "there-is-none"],
                    **preference,
                },
            },
        },
    }


class Rollout:
    """A stack with its first version live, and what can be seen of the deployment of the second."""

    def __init__(self, aws, stack: str, preference: dict):
        self.aws, self.stack, self.preference = aws, stack, preference
        self.ids = aws.deploy(stack, template("one", preference))
        self.cloudformation = aws.client("cloudformation")

    def start(self) -> None:
        self.cloudformation.update_stack(StackName=self.stack, TemplateBody=json.dumps({"Resources": template("two", self.preference)}))

    def status(self) -> str | None:
        status = self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else status

    def weights(self) -> dict:
        """By the number of the version."""
        alias = self.aws.client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=self.ids["Alias"])
        return {entry["stateMachineVersionArn"].rpartition(":")[2]: entry["weight"] for entry in alias["routingConfiguration"]}

    def shares_seen(self) -> list:
        """The shares of the second version while the update runs, each once."""
        seen = []

        def look():
            ended = self.status()
            if (share := self.weights().get("2", 0)) not in [0, 100, *seen]:
                seen.append(share)
            return ended

        within(30, look)
        return seen

    def reasons(self) -> str:
        events = self.cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events if event["LogicalResourceId"] == "Alias")


@pytest.mark.parametrize("preference, shares", [(CANARY, [20]), (LINEAR, [40, 80]), ({"Type": "ALL_AT_ONCE"}, [])])
def test_a_deployment_moves_the_alias_step_by_step(aws, preference, shares):
    rollout = Rollout(aws, f"versions-{preference['Type'].lower().replace('_', '-')}", preference)
    assert rollout.weights() == {"1": 100}
    rollout.start()
    assert rollout.shares_seen() == shares
    assert (rollout.status(), rollout.weights()) == ("UPDATE_COMPLETE", {"2": 100})
    assert answer_of(aws, rollout.ids["Alias"]) == "two"


def test_an_alarm_takes_the_version_back(aws):
    rollout = Rollout(aws, "versions-taken-back", LONG)
    rollout.start()
    assert within(10, lambda: rollout.weights().get("2")) == 20
    aws.client("cloudwatch").set_alarm_state(AlarmName=rollout.ids["Alarm"], StateValue="ALARM", StateReason="drill")
    assert within(20, rollout.status) == "UPDATE_ROLLBACK_COMPLETE"
    assert "stopped by alarms in state ALARM" in rollout.reasons()
    assert list(rollout.weights().values()) == [100] and "2" not in rollout.weights()
    assert answer_of(aws, rollout.ids["Alias"]) == "one"
