"""Clusters, services and tasks, for the tests of ECS."""

from conftest import within

# Ends a moment after SIGTERM, as a program that puts its things in order.
LASTING = "trap 'exit 0' TERM; while true; do sleep 0.1; done"


def patience(aws) -> float:
    """How long to wait, in seconds; on the emulator alone for what will not come."""
    return 30 if aws.supplemented else 2


def define(aws, family: str, script: str, image: str = "local/shell", role: str | None = None, **container) -> str:
    definition = {"name": "worker", "image": image, "command": ["sh", "-c", script], "essential": True, **container}
    acting = {"taskRoleArn": role} if role else {}
    return aws.client("ecs").register_task_definition(family=family, containerDefinitions=[definition], **acting)["taskDefinition"]["taskDefinitionArn"]


def service(aws, name: str, script: str, count: int = 1, insights: str = "disabled", image: str = "local/shell", **container) -> dict:
    """Of a cluster of its own, with the same name; a deployment that fails is rolled back."""
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=name, settings=[{"name": "containerInsights", "value": insights}])
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    made = ecs.create_service(
        cluster=name, serviceName=name, taskDefinition=define(aws, name, script, image, **container), desiredCount=count, deploymentConfiguration=breaker
    )
    return made["service"]


def update(aws, name: str, **changes) -> None:
    aws.client("ecs").update_service(cluster=name, service=name, **changes)


def described(aws, name: str) -> dict:
    return aws.client("ecs").describe_services(cluster=name, services=[name])["services"][0]


def tasks(aws, name: str) -> dict:
    """All that there ever were, by their ARNs."""
    ecs = aws.client("ecs")
    arns = [arn for status in ("RUNNING", "STOPPED") for arn in ecs.list_tasks(cluster=name, desiredStatus=status)["taskArns"]]
    return {task["taskArn"]: task for task in (ecs.describe_tasks(cluster=name, tasks=arns)["tasks"] if arns else [])}


def running(aws, name: str) -> list[str]:
    return [arn for arn, task in tasks(aws, name).items() if task["lastStatus"] == "RUNNING"]


def until_running(aws, name: str, count: int) -> list[str]:
    def found():
        arns = running(aws, name)
        return arns or True if len(arns) == count else None

    answer = within(patience(aws), found)
    return answer if isinstance(answer, list) else []
