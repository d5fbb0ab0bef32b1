import json
import time
import urllib.error
import urllib.request

from conftest import within
from ecs import LASTING, define, described, patience, running, service, tasks, until_running, update


def protect(aws, name: str, arns: list[str], enabled: bool = True, **settings) -> dict:
    return aws.client("ecs").update_task_protection(cluster=name, tasks=arns, protectionEnabled=enabled, **settings)


def agent(uri: str, method: str = "GET", **body) -> dict:
    request = urllib.request.Request(f"{uri}/task-protection/v1/state", method=method, data=json.dumps(body).encode() if body else None)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def started(aws, name: str, tmp_path, count: int = 1, **container) -> list[str]:
    """The addresses of the agents of a new service's tasks."""
    told = tmp_path / name
    service(aws, name, f"echo $ECS_AGENT_URI >> {told}; {LASTING}", count, **container)
    within(patience(aws), lambda: told.exists() and len(told.read_text().splitlines()) == count)
    until_running(aws, name, count)
    return told.read_text().splitlines()


def test_a_task_protects_itself(aws, tmp_path):
    [uri] = started(aws, "itself", tmp_path)
    [arn] = until_running(aws, "itself", 1)
    assert agent(uri) == {"protection": {"ProtectionEnabled": False, "TaskArn": arn}}
    protection = agent(uri, "PUT", ProtectionEnabled=True)["protection"]
    hours = (time.mktime(time.strptime(protection["ExpirationDate"], "%Y-%m-%dT%H:%M:%SZ")) - time.mktime(time.gmtime())) / 3600
    assert protection["ProtectionEnabled"] and 1.9 < hours < 2.1
    ecs = aws.client("ecs")
    [state] = ecs.get_task_protection(cluster="itself", tasks=[arn])["protectedTasks"]
    assert state["protectionEnabled"] and state["expirationDate"]
    assert agent(uri, "PUT", ProtectionEnabled=False) == {"protection": {"ProtectionEnabled": False, "TaskArn": arn}}
    assert agent(uri, "PUT", ProtectionEnabled=True, ExpiresInMinutes=2881)["error"]["Code"] == "InvalidParameterException"


def test_scaling_in_stops_who_is_not_protected_and_waits_for_the_others(aws, tmp_path):
    started(aws, "narrowed", tmp_path, count=2)
    newest = max(tasks(aws, "narrowed").values(), key=lambda task: task["createdAt"])["taskArn"]
    protect(aws, "narrowed", [newest])
    update(aws, "narrowed", desiredCount=1)
    # It would be the newest.
    assert until_running(aws, "narrowed", 1) == [newest]
    update(aws, "narrowed", desiredCount=0)
    time.sleep(1)
    assert running(aws, "narrowed") == [newest]
    assert [each["reason"] for each in protect(aws, "narrowed", [newest])["failures"]] == ["DEPLOYMENT_BLOCKED"]
    protect(aws, "narrowed", [newest], False)
    until_running(aws, "narrowed", 0)


def test_a_deployment_waits_for_a_protected_task_beside_which_no_other_is_protected(aws, tmp_path):
    [uri] = started(aws, "deployed", tmp_path)
    [old] = until_running(aws, "deployed", 1)
    protect(aws, "deployed", [old])
    update(aws, "deployed", taskDefinition=define(aws, "deployed", LASTING))
    until_running(aws, "deployed", 2)
    time.sleep(2)
    assert old in running(aws, "deployed")
    assert described(aws, "deployed")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    [new] = [arn for arn in running(aws, "deployed") if arn != old]
    assert [each["reason"] for each in protect(aws, "deployed", [new])["failures"]] == ["DEPLOYMENT_BLOCKED"]
    assert agent(uri, "PUT", ProtectionEnabled=True)["protection"]["ProtectionEnabled"]
    agent(uri, "PUT", ProtectionEnabled=False)
    assert until_running(aws, "deployed", 1) == [new]
    assert protect(aws, "deployed", [new])["protectedTasks"][0]["protectionEnabled"]
    within(patience(aws), lambda: [each["rolloutState"] for each in described(aws, "deployed")["deployments"]] == ["COMPLETED"])


def test_a_task_of_no_service_cannot_be_protected(aws):
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="alone")
    arn = ecs.run_task(cluster="alone", taskDefinition=define(aws, "alone", LASTING))["tasks"][0]["taskArn"]
    assert [each["reason"] for each in protect(aws, "alone", [arn])["failures"]] == ["TASK_NOT_VALID"]
    ecs.stop_task(cluster="alone", task=arn)


def test_stop_task_does_not_ask(aws, tmp_path):
    started(aws, "stopped", tmp_path)
    [arn] = until_running(aws, "stopped", 1)
    assert protect(aws, "stopped", [arn])["protectedTasks"][0]["protectionEnabled"]
    aws.client("ecs").stop_task(cluster="stopped", task=arn)
    within(patience(aws), lambda: tasks(aws, "stopped")[arn]["lastStatus"] == "STOPPED")


def test_the_role_of_a_task_must_allow_it(aws_with_iam, tmp_path):
    iam = aws_with_iam.client("iam")
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}
    role = iam.create_role(RoleName="ecs-protected", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    [uri] = started(aws_with_iam, "roled", tmp_path, role=role)
    assert agent(uri, "PUT", ProtectionEnabled=True)["error"]["Code"] == "AccessDeniedException"
    may = {"Effect": "Allow", "Action": "ecs:UpdateTaskProtection", "Resource": "arn:aws:ecs:us-east-1:000000000000:task/roled/*"}
    iam.put_role_policy(RoleName="ecs-protected", PolicyName="protect", PolicyDocument=json.dumps({"Statement": [may]}))
    assert agent(uri, "PUT", ProtectionEnabled=True)["protection"]["ProtectionEnabled"]
    assert agent(uri)["error"]["Code"] == "AccessDeniedException"
