import json

import pytest

NODE = """
exports.handler = async ({ how }) => {
  if (how === 'throw') throw new Error(String(process.pid));
  if (how === 'exit') process.exit(1);
  return process.pid;
};
"""
PYTHON = """
import os

def handler(event, context):
    if event["how"] == "throw":
        raise Exception(str(os.getpid()))
    if event["how"] == "exit":
        os._exit(1)
    return os.getpid()
"""
RUNTIMES = pytest.mark.parametrize("runtime, source", [("nodejs22.x", NODE), ("python3.12", PYTHON)])


def answer(aws, function: str, how: str):
    return json.loads(aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"how": how}))["Payload"].read())


@RUNTIMES
def test_a_handler_that_throws_keeps_its_environment(aws, runtime, source):
    function = aws.function(f"throws-{runtime.split('.')[0]}", source, runtime)
    process = answer(aws, function, "return")
    assert answer(aws, function, "throw")["errorMessage"] == str(process)
    assert answer(aws, function, "return") == process


@pytest.mark.also_alone
@RUNTIMES
def test_a_runtime_that_exits_is_started_again(aws, runtime, source):
    function = aws.function(f"exits-{runtime.split('.')[0]}", source, runtime)
    process = answer(aws, function, "return")
    assert "errorMessage" in answer(aws, function, "exit")
    assert answer(aws, function, "return") != process
