import json
import pathlib
import sys
import time

from conftest import within
from ecs import LASTING, patience, service, tasks, until_running, update


def lines_of(file: pathlib.Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_a_task_is_a_process_with_the_environment_of_its_container(aws, tmp_path):
    told = tmp_path / "told"
    script = f"echo $COLOUR $AWS_ENDPOINT_URL $ECS_AGENT_URI $AWS_REGION $AWS_DEFAULT_REGION $AWS_EXECUTION_ENV > {told}; {LASTING}"
    service(aws, "told", script, environment=[{"name": "COLOUR", "value": "blue"}])
    colour, endpoint, agent, *others = within(patience(aws), lambda: lines_of(told))[0].split()
    assert (colour, endpoint) == ("blue", aws.endpoint)
    assert agent.startswith(aws.endpoint)
    assert others == ["us-east-1", "us-east-1", "AWS_ECS_FARGATE"]


def test_a_task_that_ends_is_replaced(aws, tmp_path):
    started = tmp_path / "started"
    # The first fails, the second lasts.
    service(aws, "replaced", f"echo x >> {started}; [ $(wc -l < {started}) -gt 1 ] || exit 3; {LASTING}")
    within(patience(aws), lambda: len(lines_of(started)) == 2)
    until_running(aws, "replaced", 1)
    [failed] = [task for task in tasks(aws, "replaced").values() if task["lastStatus"] == "STOPPED"]
    assert (failed["stopCode"], failed["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)


def test_a_task_has_its_stop_timeout_to_end(aws, tmp_path):
    log = tmp_path / "log"
    script = f"trap 'echo term >> {log}; sleep 1; echo done >> {log}; exit 5' TERM; echo up >> {log}; while true; do sleep 0.1; done"
    service(aws, "ending", script, stopTimeout=30)
    within(patience(aws), lambda: lines_of(log) == ["up"])
    update(aws, "ending", desiredCount=0)
    within(patience(aws), lambda: lines_of(log) == ["up", "term"])
    [task] = tasks(aws, "ending").values()
    assert (task["desiredStatus"], task["lastStatus"]) == ("STOPPED", "STOPPING")
    task = within(patience(aws), lambda: next((each for each in tasks(aws, "ending").values() if each["lastStatus"] == "STOPPED"), None))
    assert lines_of(log) == ["up", "term", "done"]
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("ServiceSchedulerInitiated", 5)


def test_a_task_that_does_not_end_is_killed_after_its_stop_timeout(aws, tmp_path):
    log = tmp_path / "log"
    service(aws, "killed", f"trap '' TERM; echo up >> {log}; while true; do sleep 0.1; done", stopTimeout=2)
    within(patience(aws), lambda: lines_of(log) == ["up"])
    begun = time.monotonic()
    [arn] = until_running(aws, "killed", 1)
    aws.client("ecs").stop_task(cluster="killed", task=arn)
    task = within(patience(aws), lambda: next((each for each in tasks(aws, "killed").values() if each["lastStatus"] == "STOPPED"), None))
    assert time.monotonic() - begun >= 2
    assert (task["taskArn"], task["stopCode"], task["containers"][0]["exitCode"]) == (arn, "UserInitiated", 137)


def test_another_image_cannot_be_pulled(aws):
    service(aws, "foreign", LASTING, image="public.ecr.aws/shop/worker:1")
    task = within(patience(aws), lambda: next((each for each in tasks(aws, "foreign").values() if each["lastStatus"] == "STOPPED"), None))
    assert task["stopCode"] == "TaskFailedToStart"
    update(aws, "foreign", desiredCount=0)


SENDER = """
import boto3, sys
outcomes = []
for name in ("own", "other"):
    try:
        sqs = boto3.client("sqs", region_name="us-east-1")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=f"ecs-{name}")["QueueUrl"], MessageBody="m")
        outcomes.append("sent")
    except Exception as error:
        outcomes.append(type(error).__name__)
open(sys.argv[1], "w").write(" ".join(outcomes))
"""


def test_a_task_acts_as_its_role(aws_with_iam, tmp_path):
    aws, told = aws_with_iam, tmp_path / "told"
    iam, sqs = aws.client("iam"), aws.client("sqs")
    for name in ("own", "other"):
        sqs.create_queue(QueueName=f"ecs-{name}")
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}
    role = iam.create_role(RoleName="ecs-sender", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:us-east-1:000000000000:ecs-own"}
    iam.put_role_policy(RoleName="ecs-sender", PolicyName="own", PolicyDocument=json.dumps({"Statement": [may]}))
    (tmp_path / "sender.py").write_text(SENDER)
    service(aws, "sender", f"{sys.executable} {tmp_path}/sender.py {told}; {LASTING}", role=role)
    first, second = within(patience(aws), lambda: lines_of(told))[0].split()
    assert first == "sent"
    assert second != "sent"
