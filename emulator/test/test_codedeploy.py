import json

import pytest
from botocore.exceptions import ClientError
from conftest import KINDS, bed, within

ROLE = "arn:aws:iam::000000000000:role/any"
HOOK = """
import os, boto3
def handler(event, context):
    if "{status}" != "silent":
        api = boto3.client("codedeploy", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
        api.put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"], lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"], status="{status}"
        )
"""
CANARY = {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 1}}
LONG = {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 60}}
LINEAR = {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearPercentage": 40, "LinearInterval": 1}}
ROLLS_BACK = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM")


def function(source: str, **properties) -> dict:
    code = {"ZipFile": source}
    return {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.11", "Handler": "index.handler", "Role": ROLE, "Code": code, **properties}}


def template(revision: int, routing: dict | None = CANARY, before: str = "", after: str = "", rollback=ROLLS_BACK, config=None) -> dict:
    """A function whose alias is moved by CodeDeploy, in the order that would be wrong without the references of the policy."""
    policy = {"ApplicationName": {"Ref": "ZApplication"}, "DeploymentGroupName": {"Ref": "ZGroup"}}
    resources = {
        "Function": function("def handler(event, context):\n    return context.function_version\n", Description=str(revision)),
        f"Version{revision}": {
            "Type": "AWS::Lambda::Version",
            "DeletionPolicy": "Retain",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Description": str(revision)},
        },
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
            "Properties": {"FunctionName": {"Ref": "Function"}, "FunctionVersion": {"Fn::GetAtt": [f"Version{revision}", "Version"]}, "Name": "live"},
        },
        "ZAlarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
                "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
                # Without data it stays in the state that a test sets.
                "TreatMissingData": "ignore",
            },
        },
        "ZApplication": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
        "ZGroup": {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": {"Ref": "ZApplication"},
                "ServiceRoleArn": ROLE,
                "DeploymentConfigName": config or {"Ref": "ZConfig"},
                "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": {"Ref": "ZAlarm"}}]},
                "AutoRollbackConfiguration": {"Enabled": bool(rollback), "Events": list(rollback)},
                "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
            },
        },
    }
    if not config:
        resources["ZConfig"] = {"Type": "AWS::CodeDeploy::DeploymentConfig", "Properties": {"ComputePlatform": "Lambda", "TrafficRoutingConfig": routing}}
    for event, status in (("Before", before), ("After", after)):
        if status:
            resources[f"Z{event}"] = function(HOOK.replace("{status}", status))
            policy[f"{event}AllowTrafficHook"] = {"Ref": f"Z{event}"}
    return resources


class Canary:
    """A stack with its first version live, and what can be seen of the deployment of the second."""

    def __init__(self, aws, stack: str, **settings):
        self.aws, self.stack, self.settings = aws, stack, settings
        self.ids = aws.deploy(stack, template(1, **settings))
        self.cloudformation, self.api = aws.client("cloudformation"), aws.client("codedeploy")

    def start(self, revision: int = 2) -> None:
        body = json.dumps({"Resources": template(revision, **self.settings)})
        self.cloudformation.update_stack(StackName=self.stack, TemplateBody=body)

    def status(self) -> str | None:
        status = self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"][0]["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else status

    def update(self, revision: int = 2) -> str:
        self.start(revision)
        return within(30, self.status)

    def alias(self) -> tuple:
        alias = self.aws.client("lambda").get_alias(FunctionName=self.ids["Function"], Name="live")
        return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def shares_seen(self) -> list:
        """The shares of the second version while the update runs, each once."""
        seen = []

        def look():
            ended = self.status()
            _, weights = self.alias()
            if (share := weights.get("2")) is not None and share not in seen:
                seen.append(share)
            return ended

        within(30, look)
        return seen

    def alarm(self, state: str) -> None:
        self.aws.client("cloudwatch").set_alarm_state(AlarmName=self.ids["ZAlarm"], StateValue=state, StateReason="drill")

    def deployments(self) -> list:
        """Newest first."""
        ids = self.api.list_deployments(applicationName=self.ids["ZApplication"], deploymentGroupName=self.ids["ZGroup"])["deployments"]
        return [self.api.get_deployment(deploymentId=found)["deploymentInfo"] for found in ids]

    def reasons(self) -> str:
        events = self.cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events if event["LogicalResourceId"] == "Alias")


def test_a_canary_gets_its_share_and_then_everything(aws):
    canary = Canary(aws, "codedeploy-canary")
    assert canary.deployments() == []
    canary.start()
    assert canary.shares_seen() == [0.2]
    assert (canary.status(), canary.alias()) == ("UPDATE_COMPLETE", ("2", {}))
    [deployment] = canary.deployments()
    assert (deployment["status"], deployment["creator"], deployment["computePlatform"]) == ("Succeeded", "CloudFormation", "Lambda")


def test_what_the_policy_refers_to_is_made_first(aws):
    by_hand = {name: resource for name, resource in template(1).items() if not name.startswith("Z")}
    del by_hand["Alias"]["UpdatePolicy"]
    aws.deploy("codedeploy-first", by_hand)
    ids = aws.deploy("codedeploy-first", template(2))
    api = aws.client("codedeploy")
    [deployment] = api.list_deployments(applicationName=ids["ZApplication"], deploymentGroupName=ids["ZGroup"])["deployments"]
    assert api.get_deployment(deploymentId=deployment)["deploymentInfo"]["status"] == "Succeeded"


def test_a_linear_deployment_goes_in_equal_steps(aws):
    linear = Canary(aws, "codedeploy-linear", routing=LINEAR)
    linear.start()
    assert linear.shares_seen() == [0.4, 0.8]
    assert (linear.status(), linear.alias()) == ("UPDATE_COMPLETE", ("2", {}))


@pytest.mark.parametrize(
    "config, share",
    [
        ("CodeDeployDefault.LambdaAllAtOnce", None),
        ("CodeDeployDefault.LambdaCanary10Percent5Minutes", 0.1),
        ("CodeDeployDefault.LambdaLinear10PercentEvery1Minute", 0.1),
    ],
)
def test_the_predefined_configurations(aws, config, share):
    canary = Canary(aws, f"codedeploy-predefined-{config[-8:]}", config=config)
    canary.start()
    if share:
        assert within(10, lambda: canary.alias()[1]) == {"2": share}
        canary.alarm("ALARM")  # that it is understood is enough
        assert within(10, canary.status) == "UPDATE_ROLLBACK_COMPLETE"
    else:
        assert canary.shares_seen() == []
        assert canary.alias() == ("2", {}) and len(canary.deployments()) == 1


def test_an_unknown_configuration_fails_the_stack(aws):
    with pytest.raises(AssertionError, match="No Deployment Configuration found for name: CodeDeployDefault.LambdaCanary7Percent"):
        Canary(aws, "codedeploy-unknown-config", config="CodeDeployDefault.LambdaCanary7Percent")


def test_an_update_that_leaves_the_version_alone_is_no_deployment(aws):
    canary = Canary(aws, "codedeploy-untouched")
    resources = template(1)
    resources["Alias"]["Properties"]["Description"] = "changed"
    aws.deploy("codedeploy-untouched", resources)
    assert canary.deployments() == []
    assert aws.client("lambda").get_alias(FunctionName=canary.ids["Function"], Name="live")["Description"] == "changed"


@pytest.mark.parametrize("rollback", [ROLLS_BACK, ()])
def test_an_alarm_during_the_shift_brings_the_old_version_back(aws, rollback):
    canary = Canary(aws, f"codedeploy-alarm-{len(rollback)}", routing=LONG, rollback=rollback)
    canary.start()
    within(10, lambda: canary.alias()[1])
    canary.alarm("ALARM")
    assert within(10, canary.status) == "UPDATE_ROLLBACK_COMPLETE"
    assert canary.alias() == ("1", {})
    assert f"active: {canary.ids['ZAlarm']}" in canary.reasons()

    stopped = canary.deployments()[-1]
    assert (stopped["status"], stopped["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    if rollback:
        back = canary.deployments()[0]
        assert (back["creator"], back["status"]) == ("codeDeployRollback", "Succeeded")
        assert stopped["rollbackInfo"]["rollbackDeploymentId"] == back["deploymentId"]
        assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == stopped["deploymentId"]
    else:
        assert len(canary.deployments()) == 1


def test_an_alarm_that_is_active_already_stops_a_deployment_before_it_shifts(aws):
    canary = Canary(aws, "codedeploy-alarmed")
    canary.alarm("ALARM")
    canary.start()
    assert canary.shares_seen() == []
    assert (canary.status(), canary.alias()) == ("UPDATE_ROLLBACK_COMPLETE", ("1", {}))


def test_after_a_rollback_the_next_update_deploys_again(aws):
    canary = Canary(aws, "codedeploy-again")
    canary.alarm("ALARM")
    assert canary.update() == "UPDATE_ROLLBACK_COMPLETE"
    canary.alarm("OK")
    assert canary.update(3) == "UPDATE_COMPLETE"
    assert canary.alias() == ("3", {})


def test_both_hooks_that_succeed_let_it_pass(aws):
    canary = Canary(aws, "codedeploy-hooks", before="Succeeded", after="Succeeded")
    assert canary.update() == "UPDATE_COMPLETE"
    assert canary.alias() == ("2", {})


@pytest.mark.parametrize("event, shares", [("before", []), ("after", [0.2])])
def test_a_hook_that_reports_a_failure_brings_the_old_version_back(aws, event, shares):
    canary = Canary(aws, f"codedeploy-hook-{event}", **{event: "Failed"})
    canary.start()
    assert canary.shares_seen() == shares
    assert (canary.status(), canary.alias()) == ("UPDATE_ROLLBACK_COMPLETE", ("1", {}))
    deployment = canary.deployments()[-1]
    assert (deployment["status"], deployment["errorInformation"]["code"]) == ("Failed", "HOOK_EXECUTION_FAILURE")
    assert f"{event.capitalize()}AllowTraffic" in canary.reasons()


@pytest.fixture(scope="session", params=KINDS)
def aws_in_short_hours(request):
    return bed(request, CLOUDWATCH_TIME_SCALE=str(1 / 600))


def test_a_hook_that_does_not_report_within_an_hour_fails_the_deployment(aws_in_short_hours):
    canary = Canary(aws_in_short_hours, "codedeploy-silent", before="silent")
    assert canary.update() == "UPDATE_ROLLBACK_COMPLETE"
    assert canary.alias() == ("1", {})
    assert "did not report within an hour" in canary.reasons()


def test_a_report_that_nobody_waits_for_is_refused(aws):
    canary = Canary(aws, "codedeploy-reports", routing=CANARY)
    canary.update()
    [deployment] = canary.deployments()
    for deployment_id, error in ((deployment["deploymentId"], "InvalidLifecycleEventHookExecutionId"), ("d-NONE", "DeploymentDoesNotExist")):
        with pytest.raises(ClientError, match=error):
            canary.api.put_lifecycle_event_hook_execution_status(deploymentId=deployment_id, lifecycleEventHookExecutionId="x", status="Succeeded")


def test_a_failure_elsewhere_in_the_update_moves_the_alias_back(aws):
    canary = Canary(aws, "codedeploy-elsewhere")
    resources = template(2)
    resources["ZZLast"] = {"Type": "AWS::SQS::Queue", "DependsOn": "Alias", "Properties": {"FifoQueue": True, "QueueName": "not-fifo"}}
    canary.cloudformation.update_stack(StackName="codedeploy-elsewhere", TemplateBody=json.dumps({"Resources": resources}))
    assert within(30, canary.status) == "UPDATE_ROLLBACK_COMPLETE"
    assert canary.alias() == ("1", {})
    assert [deployment["status"] for deployment in canary.deployments()] == ["Succeeded"]


def test_a_group_follows_its_template(aws):
    canary = Canary(aws, "codedeploy-group")
    names = {"applicationName": canary.ids["ZApplication"], "deploymentGroupName": canary.ids["ZGroup"]}
    group = canary.api.get_deployment_group(**names)["deploymentGroupInfo"]
    assert group["alarmConfiguration"] == {"enabled": True, "alarms": [{"name": canary.ids["ZAlarm"]}]}
    assert group["deploymentConfigName"] == canary.ids["ZConfig"]
    config = canary.api.get_deployment_config(deploymentConfigName=canary.ids["ZConfig"])["deploymentConfigInfo"]
    assert config["trafficRoutingConfig"] == {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 1}}

    resources = template(1)
    del resources["ZGroup"]["Properties"]["AlarmConfiguration"]
    aws.deploy("codedeploy-group", resources)
    assert canary.api.get_deployment_group(**names)["deploymentGroupInfo"]["alarmConfiguration"]["enabled"] is False

    canary.cloudformation.delete_stack(StackName="codedeploy-group")
    canary.cloudformation.get_waiter("stack_delete_complete").wait(StackName="codedeploy-group", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    with pytest.raises(ClientError, match="DeploymentGroupDoesNotExist"):
        canary.api.get_deployment_group(**names)
