"""Runs each test of a supplement twice: with the supplements, where it must pass, and on the emulator alone, where it must fail.

A supplement whose tests pass on the emulator alone is no longer needed: the run is red then.
"""

import contextlib
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

LAUNCHER = pathlib.Path(__file__).parents[1] / "launcher.py"


@contextlib.contextmanager
def running_emulator(state: pathlib.Path, *options: str, **environment: str):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    log = state / "emulator.log"
    settings = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(state),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "STATE_DIR": str(state / "state"),
        "S3_DATA_DIR": str(state / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05",
        "SFN_WAIT_SCALE": "0.01",
        "IOT_MTLS_ENABLED": "0",
        **environment,
    }
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, str(LAUNCHER), *options], stdin=subprocess.PIPE, stdout=output, stderr=output, env=settings, start_new_session=True
        )
    try:
        within(30, lambda: server.poll() is not None or healthy(endpoint))
        assert server.poll() is None, log.read_text()
        yield Aws(endpoint, supplemented="--plain" not in options)
    finally:
        server.stdin.close()
        server.wait(timeout=10)


def healthy(endpoint: str) -> bool:
    try:
        return urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1).status == 200
    except OSError:
        return False


def within(seconds: float, answer):
    """The first true answer; the time limit is there to end a hopeless wait, not to measure."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if found := answer():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {seconds} s")


class Aws:
    """The SDK, pointed at one emulator."""

    def __init__(self, endpoint: str, supplemented: bool):
        self.endpoint = endpoint
        self.supplemented = supplemented

    def client(self, service: str, key: str = "test", secret: str = "test"):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def deploy(self, stack: str, resources: dict, conditions: dict | None = None) -> dict:
        """Create or update a stack; answers its physical ids by logical id. A failure is a failed assertion that says why."""
        cloudformation = self.client("cloudformation")
        template = json.dumps({"Conditions": conditions or {}, "Resources": resources})
        known = any(found["StackName"] == stack for found in cloudformation.describe_stacks()["Stacks"])
        change = cloudformation.update_stack if known else cloudformation.create_stack
        try:
            change(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        except ClientError as error:
            raise AssertionError(str(error)) from error

        def settled():
            status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            return None if status.endswith("IN_PROGRESS") else status

        status = within(30, settled)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            raise AssertionError(f"{status}: {[e['ResourceStatusReason'] for e in events if e.get('ResourceStatusReason')]}")
        found = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}

    def function(self, name: str, source: str, runtime: str) -> str:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as package:
            package.writestr("index.js" if runtime.startswith("nodejs") else "index.py", source)
        created = self.client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/any",
            Code={"ZipFile": code.getvalue()},
        )
        return created["FunctionArn"]


@pytest.fixture(scope="session", params=["supplemented", "alone"])
def aws(request, tmp_path_factory):
    options = ["--plain"] if request.param == "alone" else []
    with running_emulator(tmp_path_factory.mktemp(request.param), *options) as started:
        yield started


@pytest.fixture(scope="session", params=["supplemented", "alone"])
def aws_with_iam(request, tmp_path_factory):
    options = ["--plain"] if request.param == "alone" else []
    with running_emulator(tmp_path_factory.mktemp(request.param), *options, AUTH="true") as started:
        yield started


def must_fail(item) -> bool:
    runs_alone = "alone" in getattr(getattr(item, "callspec", None), "params", {}).values()
    return runs_alone and item.get_closest_marker("also_alone") is None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    if not must_fail(pyfuncitem):
        return (yield)
    try:
        yield
    except (AssertionError, pytest.fail.Exception):
        return True
    pytest.fail("the emulator alone does this too: its supplement is no longer needed")


def pytest_configure(config):
    config.addinivalue_line("markers", "also_alone: holds on the emulator alone too; guards what a supplement must not break")
