"""A DynamoDB that is neither AWS's nor the emulator's: dynoxide, MIT or Apache-2.0, which its authors check against AWS.

https://crates.io/crates/dynoxide-rs
Built by cargo on first use, which takes minutes, and kept in `.build/`. It listens on 127.0.0.1, and ends with the tests.
"""

import contextlib
import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import boto3
from botocore.config import Config

VERSION = "3.2.0"
HOME = pathlib.Path(__file__).parents[2] / ".build" / f"dynoxide-{VERSION}"
BINARY = HOME / "bin" / "dynoxide"


class Unavailable(Exception):
    """There is no engine here; says why, in one line."""


def binary() -> pathlib.Path:
    """The engine, built if it is not yet. Of several processes, one builds it."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not BINARY.exists():
            build()
    return BINARY


def build() -> None:
    cargo = shutil.which("cargo")
    if cargo is None:
        raise Unavailable("DynamoDB expressions are not checked: cargo, which builds dynoxide, is not on this machine")
    target = HOME / "target"
    features = ["--no-default-features", "--features", "native-sqlite,http-server,cli"]
    command = [cargo, "install", "dynoxide-rs", "--version", VERSION, "--locked", *features, "--root", str(HOME)]
    built = subprocess.run(command, env={**os.environ, "CARGO_TARGET_DIR": str(target)}, capture_output=True, text=True)
    shutil.rmtree(target, ignore_errors=True)
    if built.returncode != 0:
        last = (built.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise Unavailable(f"DynamoDB expressions are not checked: cargo could not build dynoxide {VERSION}: {last}")


@contextlib.contextmanager
def running() -> Iterator["boto3.client"]:
    """A client of an engine of its own, in memory."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [binary(), "serve", "--log", "quiet", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        yield boto3.client(
            "dynamodb",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int, server: subprocess.Popen) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        assert server.poll() is None, "dynoxide ended at once"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("dynoxide does not listen")
