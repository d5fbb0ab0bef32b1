"""ECS tells EventBridge what becomes of tasks and deployments.

AWS: "Amazon ECS task state change events" (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html): at each change
of `lastStatus` or `desiredStatus`, with the task as DescribeTasks shows it. "Amazon ECS service deployment state change events"
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html): SERVICE_DEPLOYMENT_IN_PROGRESS, _COMPLETED
and _FAILED.

The emulator alone: tells nothing.

This supplement: both, by looking at all tasks and services five times a second; of a state that has passed meanwhile it does not tell.
The first deployment of a service is taken as completed when it is made, as the emulator has it.
"""

import json
import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import ecs, eventbridge

from supplements._patching import expect_parameters

LOOK_SECONDS = 0.2
LEVELS = {"FAILED": "ERROR"}

logger = logging.getLogger("ecs")


def apply() -> None:
    expect_parameters(eventbridge._put_events, "data", "allow_aws_source")
    expect_parameters(ecs._sanitize, "obj")
    threading.Thread(target=watch, daemon=True, name="ecs-events").start()


def watch() -> None:
    told: dict = {}
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            told = look(told)
        except Exception:
            logger.exception("the events of ECS cannot be sent")


def look(told: dict) -> dict:
    """Tells of what is not as it was; answers what is."""
    now = {}
    for (account, region, arn), task in list(ecs._tasks.all_items()):
        now[arn] = (task["lastStatus"], task["desiredStatus"])
        if told.get(arn) != now[arn]:
            send(account, region, "ECS Task State Change", arn, ecs._sanitize(task))
    for (account, region, _name), service in list(ecs._services.all_items()):
        for deployment in list(service["deployments"]):
            state = now[deployment["id"]] = deployment["rolloutState"]
            if told.get(deployment["id"]) != state:
                send(account, region, "ECS Deployment State Change", service["serviceArn"], {
                    "eventType": LEVELS.get(state, "INFO"),
                    "eventName": f"SERVICE_DEPLOYMENT_{state}",
                    "deploymentId": deployment["id"],
                    "updatedAt": deployment["updatedAt"],
                    "reason": deployment["rolloutStateReason"] or "ECS deployment in progress.",
                })
    return now


def send(account: str, region: str, detail_type: str, resource: str, detail: dict) -> None:
    entry = {"Source": "aws.ecs", "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": [resource]}
    with request_scope(account, region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
