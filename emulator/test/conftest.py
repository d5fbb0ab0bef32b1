"""Runs each test of a supplement twice: with the supplements, where it must pass, and on the emulator alone, where it must fail.

A supplement whose tests pass on the emulator alone is no longer needed: the run is red then.

The tests of a session share its emulators, one of each kind, also when `pytest -n` runs them side by side in several processes.
So each test names its resources for itself alone, and looks at those only.
"""

import contextlib
import fcntl
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

KINDS = ["supplemented", "alone"]
LAUNCHER = pathlib.Path(__file__).parents[1] / "launcher.py"


class Beds:
    """The emulators of a session, in a folder that its processes share. Whichever needs one first starts it, and all use it.

    An emulator ends with its standard input. That is a pipe which the first process of the session holds open, so that the
    emulators neither end with the process that happened to start them, nor outlive the session, however it ends.
    """

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.owner = folder / "owner"

    def open(self) -> None:
        os.mkfifo(self.owner)
        reader = os.open(self.owner, os.O_RDONLY | os.O_NONBLOCK)  # a pipe opens for writing only when it is read
        self.held = os.open(self.owner, os.O_WRONLY)
        os.close(reader)

    def close(self) -> None:
        os.close(self.held)
        for started in self.folder.glob("*.json"):
            end(json.loads(started.read_text())["pid"])
        shutil.rmtree(self.folder)

    def bed(self, *options: str, **environment: str) -> "Aws":
        name = "-".join([*options, *(f"{key}={value}" for key, value in environment.items())]).strip("-") or "supplemented"
        started = self.folder / f"{name}.json"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not started.exists():
                started.write_text(json.dumps(start_emulator(self.folder / name, self.owner, options, environment)))
        return Aws(json.loads(started.read_text())["endpoint"], supplemented="--plain" not in options)


def start_emulator(state: pathlib.Path, owner: pathlib.Path, options: tuple, environment: dict) -> dict:
    state.mkdir()
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
        "EMULATOR_STATE": str(state),
        "STATE_DIR": str(state / "state"),
        "S3_DATA_DIR": str(state / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05",
        "SFN_WAIT_SCALE": "0.01",
        "IOT_MTLS_ENABLED": "0",
        **environment,
    }
    with log.open("w") as output, owner.open() as held:
        server = subprocess.Popen(
            [sys.executable, str(LAUNCHER), *options], stdin=held, stdout=output, stderr=output, env=settings, start_new_session=True
        )
    within(30, lambda: server.poll() is not None or healthy(endpoint))
    assert server.poll() is None, log.read_text()
    return {"endpoint": endpoint, "pid": server.pid}


def end(pid: int) -> None:
    """Wait for an emulator that has lost its owner. Its process group is its own; what is left of it after ten seconds is killed."""

    def gone() -> bool:
        with contextlib.suppress(ChildProcessError):  # another process of the session started it
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    try:
        within(10, gone)
    except AssertionError:
        os.killpg(pid, signal.SIGKILL)
        raise


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


def datapoints(aws: "Aws", namespace: str, metric: str, statistic: str, period: int = 3600, **dimensions: str) -> list[dict]:
    """Of a metric of these exact dimensions, in the last minutes; `period` in seconds."""
    now = datetime.now(timezone.utc)
    return aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=period,
        Statistics=[statistic],
    )["Datapoints"]


def measured(aws: "Aws", namespace: str, metric: str, statistic: str, **dimensions: str) -> float:
    """One statistic over all of the last minutes; 0 when nothing was reported."""
    values = [point[statistic] for point in datapoints(aws, namespace, metric, statistic, **dimensions)]
    over_periods = {"Sum": sum, "SampleCount": sum, "Maximum": max, "Minimum": min}[statistic]
    return over_periods(values) if values else 0


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

    def function(self, name: str, source: str, runtime: str, **settings) -> str:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as package:
            package.writestr("index.js" if runtime.startswith("nodejs") else "index.py", source)
        created = self.client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/any",
            Code={"ZipFile": code.getvalue()},
            **settings,
        )
        return created["FunctionArn"]


def bed(request, **environment: str) -> Aws:
    """For a fixture with the parameters of KINDS: this session's emulator with these settings."""
    options = ["--plain"] if request.param == "alone" else []
    return request.config.beds.bed(*options, **environment)


@pytest.fixture(scope="session", params=KINDS)
def aws(request):
    return bed(request)


@pytest.fixture(scope="session", params=KINDS)
def aws_with_iam(request):
    return bed(request, AUTH="true")


def must_fail(item) -> bool:
    runs_alone = "alone" in getattr(getattr(item, "callspec", None), "params", {}).values()
    return runs_alone and item.get_closest_marker("also_alone") is None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    if not must_fail(pyfuncitem):
        return (yield)
    try:
        outcome = yield
    except (AssertionError, pytest.fail.Exception):
        return True
    if pyfuncitem.get_closest_marker("alone_at_times"):
        return outcome
    pytest.fail("the emulator alone does this too: its supplement is no longer needed")


def pytest_configure(config):
    config.addinivalue_line("markers", "also_alone: holds on the emulator alone too; guards what a supplement must not break")
    config.addinivalue_line("markers", "alone_at_times: the emulator alone does this at times, so that either outcome will do")
    # With `pytest -n` the tests run in workers, which are told the folder by the process that starts them.
    shared = getattr(config, "workerinput", {}).get("beds")
    config.beds = Beds(pathlib.Path(shared or tempfile.mkdtemp(prefix="beds-")))
    if not shared:
        config.beds.open()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up as Ctrl-C does
        config.add_cleanup(config.beds.close)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["beds"] = str(node.config.beds.folder)
