import json
import uuid

import pytest
from botocore.exceptions import ClientError
from conftest import KINDS, bed, measured, within
from queues import allowing, ensure_role, queue, received

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
# A minute lasts a second: each share lasts long enough to be seen, however busy the machine is.
CANARY = {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 4}}
LONG = {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 20, "CanaryInterval": 60}}
LINEAR = {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearPercentage": 40, "LinearInterval": 4}}
ROLLS_BACK = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM")


def function(source: str, **properties) -> dict:
    given = {"Runtime": "python3.11", "Handler": "index.handler", "Role": ROLE, "Code": {"ZipFile": source}, **properties}
    return {"Type": "AWS::Lambda::Function", "Properties": given}


def template(
    revision: int,
    routing: dict | None = CANARY,
    before: str = "",
    after: str = "",
    rollback=ROLLS_BACK,
    config=None,
    role: str = ROLE,
    hook_role: str = ROLE,
    watched: dict | None = None,
) -> dict:
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
                "ServiceRoleArn": role,
                "DeploymentConfigName": config or {"Ref": "ZConfig"},
                "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": {"Ref": "ZAlarm"}}], **(watched or {})},
                "AutoRollbackConfiguration": {"Enabled": bool(rollback), "Events": list(rollback)},
                "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
            },
        },
    }
    if not config:
        resources["ZConfig"] = {"Type": "AWS::CodeDeploy::DeploymentConfig", "Properties": {"ComputePlatform": "Lambda", "TrafficRoutingConfig": routing}}
    for event, status in (("Before", before), ("After", after)):
        if status:
            resources[f"Z{event}"] = function(HOOK.replace("{status}", status), Role=hook_role)
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
    "config, shares",
    [
        ("CodeDeployDefault.LambdaAllAtOnce", []),
        ("CodeDeployDefault.LambdaCanary10Percent5Minutes", [0.1]),
        # A step lasts a second: which of them is seen first depends on how busy the machine is.
        ("CodeDeployDefault.LambdaLinear10PercentEvery1Minute", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
    ],
)
def test_the_predefined_configurations(aws, config, shares):
    canary = Canary(aws, f"codedeploy-predefined-{config[-8:]}", config=config)
    canary.start()
    if shares:
        assert within(10, lambda: canary.alias()[1])["2"] in [pytest.approx(share) for share in shares]
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
    assert config["trafficRoutingConfig"] == {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 4}}

    resources = template(1)
    del resources["ZGroup"]["Properties"]["AlarmConfiguration"]
    aws.deploy("codedeploy-group", resources)
    assert canary.api.get_deployment_group(**names)["deploymentGroupInfo"]["alarmConfiguration"]["enabled"] is False

    canary.cloudformation.delete_stack(StackName="codedeploy-group")
    canary.cloudformation.get_waiter("stack_delete_complete").wait(StackName="codedeploy-group", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    with pytest.raises(ClientError, match="DeploymentGroupDoesNotExist"):
        canary.api.get_deployment_group(**names)


STOPS = ("DEPLOYMENT_STOP_ON_REQUEST",)


@pytest.mark.parametrize(
    "rollback, asked, rolls_back",
    [((), True, True), ((), None, False), (STOPS, None, True), (STOPS, False, False)],
)
def test_a_deployment_can_be_stopped(aws, rollback, asked, rolls_back):
    canary = Canary(aws, named("stopped"), routing=LONG, rollback=rollback)
    canary.start()
    within(10, lambda: canary.alias()[1])
    [running] = canary.deployments()
    canary.api.stop_deployment(deploymentId=running["deploymentId"], **({} if asked is None else {"autoRollbackEnabled": asked}))
    assert within(10, canary.status) == "UPDATE_ROLLBACK_COMPLETE"
    assert canary.alias() == ("1", {})
    stopped = canary.deployments()[-1]
    assert (stopped["status"], stopped["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert ("rollbackInfo" in stopped) == rolls_back
    with pytest.raises(ClientError, match="DeploymentAlreadyCompleted"):
        canary.api.stop_deployment(deploymentId=running["deploymentId"])


def test_each_change_of_state_is_an_event(aws):
    name = named("announced")
    url, queue_arn = queue(aws, name)
    canary = Canary(aws, name, routing=LONG)
    group = {"application": canary.ids["ZApplication"], "deploymentGroup": canary.ids["ZGroup"]}
    events = aws.client("events")
    pattern = {
        "source": ["aws.codedeploy"],
        "detail-type": ["CodeDeploy Deployment State-change Notification"],
        "detail": {key: [value] for key, value in group.items()},
    }
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing("events.amazonaws.com", queue_arn, rule)})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue_arn}])
    canary.start()
    within(10, lambda: canary.alias()[1])
    canary.alarm("ALARM")
    assert within(10, canary.status) == "UPDATE_ROLLBACK_COMPLETE"

    told = [json.loads(received(aws, url)["Body"]) for _ in range(4)]
    back, stopped = [deployment["deploymentId"] for deployment in canary.deployments()]
    states = {(event["detail"]["deploymentId"], event["detail"]["state"]) for event in told}
    assert states == {(stopped, "START"), (stopped, "STOP"), (back, "START"), (back, "SUCCESS")}
    assert told[0]["resources"] == [
        f"arn:aws:codedeploy:us-east-1:000000000000:application:{group['application']}",
        f"arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:{group['application']}/{group['deploymentGroup']}",
    ]


def named(test: str) -> str:
    return f"codedeploy-{test}-{uuid.uuid4().hex[:8]}"


NEEDED = ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:InvokeFunction", "cloudwatch:DescribeAlarms"]


def service_role(aws, name: str, actions: list[str], trusted: str = "codedeploy.amazonaws.com") -> str:
    role = ensure_role(aws, name, {"Effect": "Allow", "Action": actions, "Resource": "*"})
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": trusted}}
    aws.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Statement": [trust]}))
    return role


def guarded(aws, name: str, role: str, reports: bool = True, **settings) -> Canary:
    """A canary with a hook, where IAM is enforced. `role`: that of the deployment group."""
    ensure_role(aws, "any")
    report = {"Effect": "Allow", "Action": "codedeploy:PutLifecycleEventHookExecutionStatus", "Resource": "arn:aws:codedeploy:*:*:deploymentgroup:*"}
    hook_role = ensure_role(aws, f"{name}-hook", *([report] if reports else []))
    return Canary(aws, name, before="Succeeded", role=role, hook_role=hook_role, **settings)


def ended(canary: Canary) -> tuple:
    """How the stack, the alias and the deployment that the stack asked for ended."""
    status = canary.update()
    deployment = canary.deployments()[-1]
    return status, canary.alias(), deployment["status"], deployment.get("errorInformation", {}).get("code")


def test_a_deployment_is_made_as_the_role_of_its_group(aws_with_iam):
    name = named("role")
    canary = guarded(aws_with_iam, name, service_role(aws_with_iam, name, NEEDED))
    assert ended(canary) == ("UPDATE_COMPLETE", ("2", {}), "Succeeded", None)


@pytest.mark.parametrize(
    "missing, status, code",
    [
        ("lambda:GetAlias", "Failed", "IAM_ROLE_PERMISSIONS"),
        ("lambda:UpdateAlias", "Failed", "IAM_ROLE_PERMISSIONS"),
        ("lambda:InvokeFunction", "Failed", "IAM_ROLE_PERMISSIONS"),
        ("cloudwatch:DescribeAlarms", "Stopped", "ALARM_ACTIVE"),
    ],
)
def test_a_deployment_fails_whose_role_lacks_a_permission(aws_with_iam, missing, status, code):
    name = named("lacking")
    canary = guarded(aws_with_iam, name, service_role(aws_with_iam, name, [action for action in NEEDED if action != missing]))
    assert ended(canary) == ("UPDATE_ROLLBACK_COMPLETE", ("1", {}), status, code)


def test_alarms_that_cannot_be_read_may_be_ignored(aws_with_iam):
    name = named("unread")
    role = service_role(aws_with_iam, name, [action for action in NEEDED if action != "cloudwatch:DescribeAlarms"])
    assert ended(guarded(aws_with_iam, name, role, watched={"IgnorePollAlarmFailure": True}))[0] == "UPDATE_COMPLETE"


def test_a_role_that_does_not_let_codedeploy_in(aws_with_iam):
    name = named("untrusted")
    canary = guarded(aws_with_iam, name, service_role(aws_with_iam, name, NEEDED, trusted="lambda.amazonaws.com"))
    assert ended(canary) == ("UPDATE_ROLLBACK_COMPLETE", ("1", {}), "Failed", "IAM_ROLE_MISSING")


def test_a_hook_that_may_not_report_leaves_its_deployment_waiting(aws_with_iam):
    name = named("mute")
    canary = guarded(aws_with_iam, name, service_role(aws_with_iam, name, NEEDED), reports=False)
    canary.start()
    within(20, lambda: measured(aws_with_iam, "AWS/Lambda", "Errors", "Sum", FunctionName=canary.ids["ZBefore"]) == 3)
    [waiting] = canary.deployments()
    assert (waiting["status"], canary.alias()) == ("InProgress", ("1", {}))
    canary.api.stop_deployment(deploymentId=waiting["deploymentId"])
    assert within(10, canary.status) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_call_needs_its_permission_on_the_group(aws_with_iam):
    name = named("caller")
    canary = guarded(aws_with_iam, name, service_role(aws_with_iam, name, NEEDED))
    canary.update()
    [deployment] = canary.deployments()
    names = {"applicationName": canary.ids["ZApplication"], "deploymentGroupName": canary.ids["ZGroup"]}
    own = f"arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:{'/'.join(names.values())}"

    def attempt(resource: str) -> list[str]:
        api = aws_with_iam.client("codedeploy", *as_user(aws_with_iam, ["codedeploy:GetDeployment", "codedeploy:ListDeployments"], resource))
        calls = [
            lambda: api.get_deployment(deploymentId=deployment["deploymentId"]),
            lambda: api.list_deployments(**names),
            lambda: api.get_deployment_group(**names),
            lambda: api.get_application(applicationName=names["applicationName"]),
        ]
        return [outcome(call) for call in calls]

    assert attempt(own) == ["allowed", "allowed", "AccessDeniedException", "AccessDeniedException"]
    assert attempt(f"{own}-other")[:2] == ["AccessDeniedException", "AccessDeniedException"]


def outcome(call) -> str:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


def as_user(aws, actions: list[str], resource: str) -> tuple[str, str]:
    """The credentials of a user who may do this and nothing else."""
    iam, name = aws.client("iam"), named("user")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]
