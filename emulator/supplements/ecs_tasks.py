"""ECS tasks run, as processes of this machine, and are stopped as ECS stops them.

AWS: "Amazon ECS task lifecycle" (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html): a service
replaces a task whose essential container has ended. "Task definition parameters: container timeouts"
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout): a container
that is stopped gets SIGTERM, and SIGKILL after its stop timeout, 30 seconds when it has none. `stopCode`
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html) says who stopped a task. A task acts as its role: "Amazon ECS task IAM
role" (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html).

The emulator alone: runs containers by Docker only, of which there is none here, and says RUNNING of tasks that are not there. It says
STOPPED, with exit code 0, before the containers end, and kills them after five seconds. All tasks act as one role of its own.

This supplement: the emulator's own scheduler, with processes in place of containers (`_ecs_processes`). Images are `local/…`; all others
cannot be pulled. A task that is being stopped is STOPPING until its processes have ended, and has their exit codes. The credentials of the role are in the environment of its processes, in place of an address to get them from. The scheduler acts
on one service at a time. There is no network, volume or health check of its own for a task, and ECS does not slow down when tasks fail again and again.
"""

import functools
import secrets
import threading

from ministack import app
from ministack.core.concurrency import resource_lock
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs, ecs_metadata, sts

from supplements._ecs_processes import CLIENT
from supplements._patching import edit_function, expect_parameters

DEFAULT_STOP_TIMEOUT = 30
BY_SCHEDULER = ("Service scaling down", "Deployment completed", "Task definition updated", "Deployment capacity limit", "Service deleted")

_scheduling = threading.RLock()


def apply() -> None:
    expect_parameters(ecs._get_docker)
    expect_parameters(ecs._task_is_active, "task_arn", "task")
    expect_parameters(ecs._cleanup_task_resources, "task", "docker_client", "extra_container")
    expect_parameters(ecs._reconcile_service_tasks, "cluster_name", "svc_key")
    expect_parameters(sts.register_session, "access_key", "session")
    ecs._get_docker = lambda: CLIENT
    CLIENT.containers.credentials_of = credentials_of
    ecs.begin_stop = begin_stop
    edit_function(
        ecs._stop_task,
        """    docker_client = _get_docker()
    _mark_task_stopped(
        task["taskArn"], task, reason, "UserInitiated", exit_code=0
    )
    _cleanup_task_resources(task, docker_client)
""",
        "    begin_stop(task, reason)\n",
    )
    ecs._reconcile_service_tasks = one_at_a_time(ecs._reconcile_service_tasks)


def one_at_a_time(reconcile):
    """The watchers of several tasks that end together would each start what is missing."""

    @functools.wraps(reconcile)
    def reconciled(cluster_name, svc_key):
        with _scheduling:
            reconcile(cluster_name, svc_key)

    return reconciled


def credentials_of(task_arn: str) -> dict:
    """As the emulator gives them to a function: with IAM enforced, of a session of the role."""
    task = ecs._tasks.get(task_arn)
    role = (ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}).get("taskRoleArn")
    if not app.AUTH:
        return {"AWS_ACCESS_KEY_ID": get_account_id(), "AWS_SECRET_ACCESS_KEY": "test"}
    if not role:
        return {}
    name, session = role.rsplit("/", 1)[-1], task_arn.rsplit("/", 1)[-1]
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(32)
    sts.register_session(key, {
        "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{name}/{session}",
        "UserId": f"{name}:{session}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    })
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def begin_stop(task: dict, reason: str) -> None:
    with resource_lock("ecs-task", task["taskArn"]):
        if not ecs._task_is_active(task["taskArn"], task):
            return
        ecs._bump_task_version(task)
        task.update(
            desiredStatus="STOPPED",
            lastStatus="STOPPING",
            stoppingAt=ecs._iso(),
            stoppedReason=reason,
            stopCode="ServiceSchedulerInitiated" if reason in BY_SCHEDULER else "UserInitiated",
        )
    tell(task)
    threading.Thread(target=end, args=(task, get_account_id(), get_region()), daemon=True).start()


def end(task: dict, account: str, region: str) -> None:
    with request_scope(account, region):
        definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {"containerDefinitions": []}
        timeouts = [int(each.get("stopTimeout", DEFAULT_STOP_TIMEOUT)) for each in definition["containerDefinitions"]]
        running = [CLIENT.containers.get(each) for each in task["_docker_ids"]]
        stopping = [threading.Thread(target=container.stop, args=(timeout,)) for container, timeout in zip(running, timeouts)]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        with resource_lock("ecs-task", task["taskArn"]):
            for container, process in zip(task["containers"], running):
                container["exitCode"] = process.wait()["StatusCode"]
            for container in task["containers"]:
                container["lastStatus"] = "STOPPED"
            ecs._bump_task_version(task)
            task.update(lastStatus="STOPPED", stoppedAt=ecs._iso(), executionStoppedAt=ecs._iso())
        ecs._cleanup_task_resources(task, CLIENT)
        ecs_metadata.set_task_status(task["taskArn"], known_status="STOPPED", desired_status="STOPPED")
        tell(task)


def tell(task: dict) -> None:
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    ecs._recount_cluster(cluster)
    ecs._refresh_service_state(cluster, task["group"])
