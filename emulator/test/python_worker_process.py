"""The process of a container with the worker in Python, as a QueueFedService starts it: what it must know is in its environment. It writes down
what it does with each message, whose body says what that is."""

import logging
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples" / "worker-python"))

from queue_worker import run_worker  # noqa: E402, what is tested is no package

BOOKS, RELEASE = pathlib.Path(os.environ["BOOKS"]), pathlib.Path(os.environ["RELEASE"])


def book(what: str, body: str) -> None:
    with BOOKS.open("a") as books:
        books.write(f"{what} {body}\n")


class Booked(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        book("log", record.getMessage())


def handle(message: dict, give_up) -> None:
    body = message["Body"]
    book("started", body)
    if body == "poison":
        raise RuntimeError("poison")
    while body == "endless" or (body == "slow" and not RELEASE.exists()) or (body == "patient" and not give_up.is_set()):
        time.sleep(0.05)
    if body == "patient":
        raise TimeoutError("told to give up")
    book("done", body)


logging.getLogger("queue_worker").addHandler(Booked())
run_worker(handle, drain_seconds=30, backoff=lambda receives: 0)
