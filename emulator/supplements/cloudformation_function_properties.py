"""CloudFormation sets all of a function's properties that shape its failures.

AWS: AWS::Lambda::Function (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html):
`ReservedConcurrentExecutions`, `DeadLetterConfig` and `RecursiveLoop` are set on create; each is "Update requires: No
interruption", and taking one out of the template takes it off the function (`RecursiveLoop` is then `Terminate`).

The emulator alone: the three are dropped in silence, although its Lambda API has them.

This supplement: after creating or updating a function it sets the three through the emulator's own Lambda API, so that
what the API refuses fails the stack.
"""

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from supplements._patching import expect_parameters


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handlers["create"], handlers["update"]
    expect_parameters(create, "logical_id", "props", "stack_name")
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name", "logical_id")
    expect_parameters(lambda_svc._put_function_concurrency, "func_name", "data")
    expect_parameters(lambda_svc._put_function_recursion_config, "func_name", "data")
    expect_parameters(lambda_svc._update_config, "name", "data")

    def create_function(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        set_properties(name, {}, props)
        return name, attributes

    def update_function(physical_id, old_props, new_props, stack_name, logical_id=None):
        name, attributes = update(physical_id, old_props, new_props, stack_name, logical_id)
        set_properties(name, old_props, new_props)
        return name, attributes

    handlers["create"], handlers["update"] = create_function, update_function


def set_properties(name: str, old: dict, new: dict) -> None:
    if "ReservedConcurrentExecutions" in new:
        reserved = int(new["ReservedConcurrentExecutions"])
        accepted(lambda_svc._put_function_concurrency(name, {"ReservedConcurrentExecutions": reserved}))
    elif "ReservedConcurrentExecutions" in old:
        accepted(lambda_svc._delete_function_concurrency(name))

    if "DeadLetterConfig" in new:
        accepted(lambda_svc._update_config(name, {"DeadLetterConfig": new["DeadLetterConfig"]}))
    elif "DeadLetterConfig" in old:
        lambda_svc._functions[name]["config"].pop("DeadLetterConfig", None)

    if "RecursiveLoop" in new or "RecursiveLoop" in old:
        accepted(lambda_svc._put_function_recursion_config(name, {"RecursiveLoop": new.get("RecursiveLoop", "Terminate")}))


def accepted(response: tuple) -> None:
    status, _headers, body = response
    if status >= 400:
        raise ValueError(f"AWS::Lambda::Function: {body.decode()}")
