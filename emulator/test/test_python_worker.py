"""The worker in Python of examples/worker-python, in processes that are killed and stopped as ECS does it, against the queues of the emulator. The
agent of ECS is a substitute.

Not a test of a supplement, so it runs once. emulator/test/worker.test.ts has the same for the worker in Node.js.
"""

import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest
from conftest import within

RECEIVES = 3
REFUSED = {"failure": {"Reason": "DEPLOYMENT_BLOCKED"}}


class Agent(http.server.ThreadingHTTPServer):
    """What the agent was asked, and whether it refuses."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Endpoint)
        self.asked: list[bool] = []
        self.refuses = False
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Endpoint(http.server.BaseHTTPRequestHandler):
    server: Agent

    def do_PUT(self):
        assert self.path == "/task-protection/v1/state"
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["ProtectionEnabled"]
        self.server.asked.append(wanted)
        body = json.dumps(REFUSED if self.server.refuses and wanted else {"protection": {"ProtectionEnabled": wanted}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Workplace:
    """Two queues, the agent, and the workers that were started."""

    def __init__(self, aws, folder: pathlib.Path):
        self.aws, self.folder, self.agent = aws, folder, Agent()
        self.sqs = aws.client("sqs")
        name = f"python-worker-{uuid.uuid4()}"
        self.dead = self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES})
        self.queue = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        self.workers: list[subprocess.Popen] = []

    def start(self, max_processing_seconds: int = 60) -> subprocess.Popen:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "BOOKS": str(self.folder / "books"),
            "RELEASE": str(self.folder / "release"),
            "QUEUE_URL": self.queue,
            "MAX_PROCESSING_SECONDS": str(max_processing_seconds),
            "VISIBILITY_TIMEOUT_SECONDS": "4",
            "ECS_AGENT_URI": f"http://127.0.0.1:{self.agent.server_port}",
        }
        program = pathlib.Path(__file__).with_name("python_worker_process.py")
        worker = subprocess.Popen([sys.executable, str(program)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.workers.append(worker)
        return worker

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def books(self) -> list[str]:
        books = self.folder / "books"
        return books.read_text().splitlines() if books.exists() else []

    def release(self) -> None:
        (self.folder / "release").touch()

    def count(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(int(value) for value in self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())

    def until(self, sign) -> None:
        within(60, sign)


@pytest.fixture
def work(request, tmp_path):
    place = Workplace(request.config.beds.bed(), tmp_path)
    yield place
    for worker in place.workers:
        worker.kill()
        worker.wait()
    place.agent.shutdown()


def test_the_message_of_a_worker_that_is_killed_is_done_by_another(work):
    work.send("slow")
    first = work.start()
    work.until(lambda: "started slow" in work.books())
    first.kill()
    first.wait()
    assert work.count(work.queue) == 1
    work.release()
    work.start()
    work.until(lambda: work.count(work.queue) == 0)
    assert work.books() == ["started slow", "started slow", "done slow"]
    assert work.count(work.dead) == 0


def test_a_message_that_takes_longer_than_the_visibility_timeout_is_done_once_by_one_of_two_workers(work):
    work.send("slow")
    work.start()
    work.start()
    work.until(lambda: "started slow" in work.books())
    time.sleep(8)  # two visibility timeouts
    work.release()
    work.until(lambda: work.count(work.queue) == 0)
    assert work.books() == ["started slow", "done slow"]


def test_a_worker_that_is_stopped_finishes_its_message_and_leaves_the_others(work):
    work.send("slow")
    worker = work.start()
    work.until(lambda: "started slow" in work.books())
    work.send("next")
    worker.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert worker.poll() is None
    work.release()
    assert (worker.wait(60), work.books()) == (0, ["started slow", "done slow"])
    assert work.count(work.queue) == 1
    assert work.agent.asked[-1] is False


def test_nothing_is_received_while_protection_is_refused(work):
    work.agent.refuses = True
    work.send("quick")
    worker = work.start()
    work.until(lambda: len(work.agent.asked) >= 2)
    assert work.agent.asked == [True, False]
    time.sleep(2)
    [logged] = work.books()
    assert "DEPLOYMENT_BLOCKED" in logged
    assert work.count(work.queue) == 1
    worker.send_signal(signal.SIGTERM)
    worker.wait(60)

    work.agent.refuses = False
    work.start()
    work.until(lambda: work.count(work.queue) == 0)
    assert work.books()[1:] == ["started quick", "done quick"]


def test_poison_is_set_aside_after_as_many_receives_as_it_may_have(work):
    work.send("quick", "poison", "quick")
    work.start()
    work.until(lambda: work.count(work.dead) == 1 and work.count(work.queue) == 0)
    assert work.books().count("started poison") == RECEIVES
    assert work.books().count("done quick") == 2


def test_a_worker_that_hangs_ends_with_an_error_and_its_message_comes_back(work):
    work.send("endless")
    assert work.start(max_processing_seconds=2).wait(60) == 1
    assert work.books()[0] == "started endless" and "did not give message" in work.books()[-1]
    assert work.count(work.queue) == 1


def test_a_handler_that_gives_up_when_it_is_told_to_goes_on_with_the_next_message(work):
    work.send("patient")
    work.start(max_processing_seconds=2)
    work.until(lambda: work.count(work.dead) == 1)
    assert work.books().count("started patient") == RECEIVES
    work.send("quick")
    work.until(lambda: "done quick" in work.books())


@pytest.mark.parametrize("variable, value", [("QUEUE_URL", ""), ("MAX_PROCESSING_SECONDS", "0"), ("VISIBILITY_TIMEOUT_SECONDS", "long")])
def test_without_its_settings_a_worker_does_not_start(work, variable, value):
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "QUEUE_URL": work.queue, "MAX_PROCESSING_SECONDS": "60", "VISIBILITY_TIMEOUT_SECONDS": "4", variable: value}
    program = "import sys; sys.path.insert(0, sys.argv[1]); from queue_worker import run_worker; run_worker(print)"
    module = pathlib.Path(__file__).parents[2] / "examples" / "worker-python"
    done = subprocess.run([sys.executable, "-c", program, str(module)], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "ValueError" in done.stderr and ("QUEUE_URL" in done.stderr or f"{value}, but must be" in done.stderr)
