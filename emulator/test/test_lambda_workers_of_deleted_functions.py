import os

import pytest
from conftest import within

# The processes of the functions are this machine's, so a function can say which one it is.
HANDLER = "import os\ndef handler(event, context):\n    return os.getpid()\n"


def template(versions: int = 0) -> dict:
    properties = {"Runtime": "python3.12", "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/any"}
    function = {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Code": {"ZipFile": HANDLER}, "Description": str(versions)}}
    if not versions:
        return {"Function": function}
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
    return {"Function": function, f"Version{versions}": version}


def process_of(aws, function: str) -> int:
    return int(aws.client("lambda").invoke(FunctionName=function)["Payload"].read())


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def ends(aws, process: int) -> None:
    within(10 if aws.supplemented else 1, lambda: not runs(process))


def delete_stack(aws, name: str) -> None:
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})


def test_a_deleted_stack_leaves_no_process_of_its_functions(aws):
    function = aws.deploy("workers-of-a-stack", template())["Function"]
    process = process_of(aws, function)
    assert runs(process)
    delete_stack(aws, "workers-of-a-stack")
    ends(aws, process)


def test_a_deleted_stack_leaves_no_process_of_a_version(aws):
    version = aws.deploy("workers-of-versions", template(1))["Version1"]
    process = process_of(aws, version)
    delete_stack(aws, "workers-of-versions")
    ends(aws, process)


def test_a_version_that_an_update_deletes_leaves_no_process(aws):
    ids = aws.deploy("workers-of-an-update", template(1))
    process = process_of(aws, ids["Version1"])
    ids = aws.deploy("workers-of-an-update", template(2))
    assert process_of(aws, ids["Version2"]) != process
    ends(aws, process)


@pytest.mark.also_alone
def test_a_version_outlives_the_update_of_its_function(aws):
    ids = aws.deploy("workers-of-the-latest", template(1))
    latest, version = process_of(aws, ids["Function"]), process_of(aws, ids["Version1"])
    resources = {**template(1), "Function": template()["Function"]}
    resources["Function"]["Properties"]["Code"] = {"ZipFile": HANDLER + "# changed\n"}
    aws.deploy("workers-of-the-latest", resources)
    ends(aws, latest)
    assert process_of(aws, ids["Version1"]) == version


@pytest.mark.also_alone
def test_a_deleted_function_leaves_no_process_of_its_versions(aws):
    functions = aws.client("lambda")
    name = "workers-of-a-function"
    aws.function(name, HANDLER, "python3.12")
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=functions.publish_version(FunctionName=name)["Version"])
    processes = [process_of(aws, name), process_of(aws, f"{name}:live")]
    functions.delete_function(FunctionName=name)
    for process in processes:
        ends(aws, process)
