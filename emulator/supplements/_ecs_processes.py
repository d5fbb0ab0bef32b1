"""Containers that are processes of this machine: as much of the `docker` package as the emulator's ECS asks for.

An image `local/…` is this machine itself: its command runs here, in the process group of the emulator, with the environment of its
container definition. No other image can be pulled.
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import subprocess
import threading
import time
from types import SimpleNamespace

from ministack.core.responses import new_uuid

PREFIX = "local/"
# What a process needs of this one: where programs are, and where Node.js finds the SDK, as in the functions of the emulator.
INHERITED = ("PATH", "TMPDIR", "NODE_PATH")
# Fargate takes the good part of a minute, which is a second of CloudWatch's time here: a task that fails at once is not started again at once.
START_SECONDS = 1
SHOWN_LINES = 20

logger = logging.getLogger("ecs")


def known(image: str) -> str:
    if not image.startswith(PREFIX):
        raise LookupError(f"{image}: not found; here an image is {PREFIX}…, whose command runs on this machine")
    return image


class Container:
    """A process. Its exit code is what a container's would be: 137 after SIGKILL, 143 after SIGTERM."""

    attrs: dict = {"NetworkSettings": {"Networks": {}}}

    def __init__(self, command: list[str], environment: dict):
        self.id = new_uuid().replace("-", "") * 2
        self.lines: list[bytes] = []
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        # Somebody must read, or the process would wait.
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        self.lines.extend(self.process.stdout)
        if code := self.wait()["StatusCode"]:
            logger.info("ECS: container %s ended with %s: %s", self.id, code, b"".join(self.lines[-SHOWN_LINES:]).decode(errors="replace"))

    @property
    def status(self) -> str:
        return "running" if self.process.poll() is None else "exited"

    def reload(self) -> None:
        """Its state is always the newest."""

    def wait(self) -> dict:
        code = self.process.wait()
        return {"StatusCode": 128 - code if code < 0 else code}

    def stop(self, timeout: float) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def remove(self, **_options) -> None:
        self.process.kill()
        self.process.wait()

    def logs(self, **_options):
        """All lines, until the process has ended."""
        read = 0
        while self.reader.is_alive() or read < len(self.lines):
            new = self.lines[read:]
            read += len(new)
            yield from new
            time.sleep(0.1)


class Containers(dict):
    def __init__(self):
        super().__init__()
        # What a task acts with, by its ARN; for `ecs_tasks` to say.
        self.credentials_of = lambda task_arn: {}

    def get(self, container_id: str) -> Container:
        return self[container_id]

    def list(self, **_options) -> list[Container]:
        return list(self.values())

    def run(self, image: str, *, command: list[str] | None, environment: dict, labels: dict, **_options) -> Container:
        known(image)
        if not command:
            raise ValueError(f"{image}: this machine has no command of its own; the task definition must say one")
        time.sleep(START_SECONDS)
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        here = {name: value.replace("host.docker.internal", "127.0.0.1") for name, value in environment.items()}
        # What ECS tells each container (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html), as far as the
        # emulator does not; the agent is behind the same address as the metadata.
        region = os.environ.get("MINISTACK_REGION", "us-east-1")
        agent = {
            "ECS_AGENT_URI": here["ECS_CONTAINER_METADATA_URI_V4"],
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }
        container = Container(command, {**inherited, **self.credentials_of(labels["com.amazonaws.ecs.task-arn"]), **agent, **here})
        self[container.id] = container
        return container


class Images:
    def get(self, image: str):
        return SimpleNamespace(id=known(image), tag=lambda repository, tag: True)

    def pull(self, image: str, **_options):
        return self.get(image)

    def get_registry_data(self, image: str, **_options):
        return SimpleNamespace(id=f"sha256:{hashlib.sha256(known(image).encode()).hexdigest()}")


CLIENT = SimpleNamespace(containers=Containers(), images=Images())
