"""Works through an SQS queue as a task of a `QueueFedService` has to. Copy this file into your image; it needs `boto3`.

    from queue_worker import run_worker

    def handle(message, give_up):
        render(json.loads(message["Body"]), stop=give_up.is_set)

    run_worker(handle)

- It protects its task from scaling in and deployments *before* it receives, and does not receive while ECS refuses. From time to time it gives
  the protection up between two messages: a deployment waits for that, and would wait for ever while messages come.
- While a message is processed, it extends the visibility timeout from a thread of its own, so that the message of a worker that dies comes back
  within minutes, however long the work takes.
- It deletes a message only after the handler has returned. A message that failed becomes visible again after a pause; SQS moves it to the
  dead-letter queue after `maxReceiveCount`.
- At SIGTERM it receives no more, and gives the message in hand back at the end of `drain_seconds`.

A message may be processed twice, as always with SQS; handlers must be idempotent. Nothing can stop a function of Python: a handler that takes
long looks at `give_up` now and then. If it goes on all the same, the process ends, and ECS replaces the task.

It does what `runWorker` of the npm package `cdk-serverless-patterns-runtime` does for Node.js. For the jobs of a `PollingStatusApi` see `queue_job.py`.
"""

import json
import logging
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable

import boto3
from botocore.exceptions import BotoCoreError, ClientError

LOG = logging.getLogger("queue_worker")

# SQS hides a message no longer than this, counted from its receive.
LONGEST_HIDDEN_SECONDS = 43_200
LONGEST_POLL_SECONDS = 20
# Without protection for this long after an empty receive, and before it is asked for anew, so that ECS can stop a task however much there is to do.
IDLE_PAUSE_SECONDS = 5
# ECS refuses protection to a task that it is about to stop.
REFUSED_PAUSE_SECONDS = 15
# What a handler has to end once it was told to give up.
GRACE_SECONDS = 5
# So many receives in a row that fail are the end of the worker: ECS replaces the task, and tells it.
MOST_FAILED_RECEIVES = 8
# In one visibility timeout, so that two in a row may fail.
HEARTBEATS = 4
MOST_DELETE_ATTEMPTS = 4
# Protection is asked for this much longer than it is needed, so that short messages need not ask for each.
SPARE_MINUTES = 5

Handler = Callable[[dict, threading.Event], object]


def backoff_seconds(receives: int) -> int:
    """10 seconds, twice as long after each further receive, at most 15 minutes."""
    return min(900, 10 * 2 ** (receives - 1))


class TaskProtection:
    """The scale-in protection of the task that this runs in, by the endpoint of the ECS agent. Outside ECS, everything is as if it were protected.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
    """

    def __init__(self, agent_uri: str):
        self._agent_uri = agent_uri
        self._until = 0.0

    def cover(self, seconds: float) -> bool:
        """Make sure that the task is protected for so long. False if ECS refuses."""
        if not self._agent_uri or self._until >= time.monotonic() + seconds:
            return True
        minutes = -(-int(seconds) // 60) + SPARE_MINUTES
        until = time.monotonic() + minutes * 60
        self._until = until if self._put({"ProtectionEnabled": True, "ExpiresInMinutes": minutes}) else 0.0
        return self._until > 0

    def is_running_out(self, seconds: float) -> bool:
        """Whether there is protection, but for less than this. It is not prolonged without a pause, in which ECS can stop the task."""
        return 0 < self._until < time.monotonic() + seconds

    def release(self) -> None:
        self._until = 0.0
        if self._agent_uri:
            self._put({"ProtectionEnabled": False})

    def _put(self, wanted: dict) -> bool:
        request = urllib.request.Request(
            f"{self._agent_uri}/task-protection/v1/state",
            method="PUT",
            headers={"Content-Type": "application/json"},
            data=json.dumps(wanted).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                answer = json.load(response)
        except (OSError, ValueError) as error:
            LOG.error("the protection of this task could not be set: %s", error)
            return False
        # The agent says in the body whether it did; not only by the status.
        if answer.get("protection", {}).get("ProtectionEnabled") == wanted["ProtectionEnabled"]:
            return True
        LOG.error("ECS did not set the protection of this task: %s", answer)
        return False


class QueueWorker:
    """Processes the messages of a queue, one at a time. What is not given comes from the environment that `QueueFedService` sets."""

    def __init__(
        self,
        handler: Handler,
        *,
        sqs=None,
        queue_url: str | None = None,
        max_processing_seconds: float | None = None,
        visibility_timeout_seconds: int | None = None,
        drain_seconds: float = 100,
        backoff: Callable[[int], int] = backoff_seconds,
        agent_uri: str | None = None,
    ):
        self._handler = handler
        self._sqs = sqs or boto3.client("sqs")
        self._queue_url = queue_url or os.environ.get("QUEUE_URL", "")
        if not self._queue_url:
            raise ValueError("queue_url is not given, and the environment variable QUEUE_URL is not set: say which queue to receive from")
        self._max_seconds = _seconds("max_processing_seconds", max_processing_seconds, "MAX_PROCESSING_SECONDS", 1)
        self._hidden_seconds = int(_seconds("visibility_timeout_seconds", visibility_timeout_seconds, "VISIBILITY_TIMEOUT_SECONDS", HEARTBEATS))
        # ECS kills the container after its stop timeout, 120 seconds with a `QueueFedService`.
        self._drain_seconds = drain_seconds
        self._backoff = backoff
        self._protection = TaskProtection(os.environ.get("ECS_AGENT_URI", "") if agent_uri is None else agent_uri)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Work until it is stopped. Raises what SQS answered if it cannot be received from again and again."""
        needed = self._max_seconds + GRACE_SECONDS
        while not self._stopping.is_set():
            if self._protection.is_running_out(needed):
                self._protection.release()
                self._stopping.wait(IDLE_PAUSE_SECONDS)
                continue
            if not self._protection.cover(needed):
                self._protection.release()
                self._stopping.wait(REFUSED_PAUSE_SECONDS)
                continue
            message = self._receive()
            if message is None:
                self._protection.release()
                self._stopping.wait(IDLE_PAUSE_SECONDS)
            elif self._stopping.is_set():
                self._hide(message, 0)
            else:
                self._process(message)
        self._protection.release()

    def stop(self) -> None:
        """Let `run` end: at once, if it waits; when the message in hand is done; or after `drain_seconds`, and then the message is given back."""
        self._stopping.set()

    def _receive(self) -> dict | None:
        attempt = 0
        while not self._stopping.is_set():
            attempt += 1
            try:
                answer = self._sqs.receive_message(
                    QueueUrl=self._queue_url,
                    MaxNumberOfMessages=1,
                    WaitTimeSeconds=LONGEST_POLL_SECONDS,
                    VisibilityTimeout=self._hidden_seconds,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["All"],
                )
                return next(iter(answer.get("Messages", [])), None)
            except (BotoCoreError, ClientError) as error:
                if attempt == MOST_FAILED_RECEIVES:
                    raise
                LOG.error("no message could be received from %s: %s", self._queue_url, error)
                self._stopping.wait(min(30, 2 ** (attempt - 1)))
        return None

    def _process(self, message: dict) -> None:
        care = _Care(self._sqs, self._handle_of(message), self._hidden_seconds, self._max_seconds, self._drain_seconds, self._stopping)
        care.on_hung = lambda: self._leave(message, care)
        care.start()
        try:
            self._handler(message, care.give_up)
        except Exception:  # whatever a handler raises fails its message, and nothing else
            LOG.exception("message %s failed", message["MessageId"])
            done = False
        else:
            done = True
        care.end()
        if done:
            self._delete(message)
        # A message that was lost is in other hands already.
        elif not care.is_lost:
            self._hide(message, self._pause_of(message))

    def _leave(self, message: dict, care: "_Care") -> None:
        """The handler goes on after it was told to give up. Nothing else than the end of the process stops it."""
        LOG.error("the handler did not give message %s up: the process ends", message["MessageId"])
        if not care.is_lost:
            self._hide(message, self._pause_of(message))
        self._protection.release()
        os._exit(0 if self._stopping.is_set() else 1)

    def _pause_of(self, message: dict) -> int:
        receives = int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1))
        return 0 if self._stopping.is_set() else self._backoff(receives)

    def _delete(self, message: dict) -> None:
        for _ in range(MOST_DELETE_ATTEMPTS):
            try:
                self._sqs.delete_message(**self._handle_of(message))
                return
            except (BotoCoreError, ClientError) as error:
                LOG.error("message %s is done, but could not be deleted: %s", message["MessageId"], error)
                if _is_gone(error):
                    return

    def _hide(self, message: dict, seconds: int) -> None:
        try:
            self._sqs.change_message_visibility(**self._handle_of(message), VisibilityTimeout=seconds)
        except (BotoCoreError, ClientError) as error:
            LOG.error("message %s could not be given back, and comes back by itself: %s", message["MessageId"], error)

    def _handle_of(self, message: dict) -> dict:
        return {"QueueUrl": self._queue_url, "ReceiptHandle": message["ReceiptHandle"]}


class _Care(threading.Thread):
    """Looks after a message while its handler works: extends its visibility timeout, and tells the handler when to give up."""

    on_hung: Callable[[], None]

    def __init__(self, sqs, handle: dict, hidden_seconds: int, max_seconds: float, drain_seconds: float, stopping: threading.Event):
        super().__init__(daemon=True)
        self.give_up = threading.Event()
        self.is_lost = False
        self._ended = threading.Event()
        self._sqs, self._handle, self._hidden_seconds, self._stopping = sqs, handle, hidden_seconds, stopping
        self._received = time.monotonic()
        self._deadline = self._received + max_seconds
        self._drain_seconds = drain_seconds

    def end(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        hidden_until = self._received + self._hidden_seconds
        beat = self._hidden_seconds / HEARTBEATS
        next_beat = self._received + beat
        draining = False
        while not self._ended.wait(min(0.5, max(0.0, next_beat - time.monotonic()))):
            now = time.monotonic()
            if self._stopping.is_set() and not draining:
                draining = True
                self._deadline = min(self._deadline, now + self._drain_seconds)
            if now >= next_beat:
                next_beat = now + beat
                hidden_until = self._extend(now, hidden_until)
            if now >= self._deadline or self.is_lost:
                self.give_up.set()
                if not self._ended.wait(GRACE_SECONDS):
                    self.on_hung()
                return

    def _extend(self, now: float, hidden_until: float) -> float:
        """A single call that fails does no harm, until the time of the last that did not is over."""
        left = LONGEST_HIDDEN_SECONDS - int(now - self._received) - 1
        if left <= 0:
            return hidden_until
        seconds = min(self._hidden_seconds, left)
        try:
            self._sqs.change_message_visibility(**self._handle, VisibilityTimeout=seconds)
            return now + seconds
        except (BotoCoreError, ClientError) as error:
            LOG.error("the visibility timeout could not be extended: %s", error)
            self.is_lost = _is_gone(error) or time.monotonic() >= hidden_until
            return hidden_until


def _is_gone(error: Exception) -> bool:
    """Whether SQS says that a receipt handle is of no use any more."""
    answer = getattr(error, "response", {}).get("Error", {})
    code, text = answer.get("Code", "").rpartition(".")[2], answer.get("Message", "")
    return code in ("ReceiptHandleIsInvalid", "MessageNotInflight") or (code == "InvalidParameterValue" and "receipt handle" in text.lower())


def _seconds(name: str, given: float | None, variable: str, least: float) -> float:
    stated = given if given is not None else os.environ.get(variable)
    try:
        value = float(stated)
    except (TypeError, ValueError):
        value = -1.0
    if not least <= value <= LONGEST_HIDDEN_SECONDS:
        raise ValueError(f"{name} is {stated if stated is not None else 'not given'}, but must be from {least} to {LONGEST_HIDDEN_SECONDS}")
    return value


def run_worker(handler: Handler, **options) -> None:
    """Work until SIGTERM, which ECS sends when it stops a task. Call it in the main thread, and end the process when it returns or raises."""
    worker = QueueWorker(handler, **options)
    before = signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    try:
        worker.run()
    finally:
        signal.signal(signal.SIGTERM, before)
