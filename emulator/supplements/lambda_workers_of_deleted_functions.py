"""A function or version that a stack deletes takes its execution environments with it.

AWS: Lambda execution environment (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html):
environments serve one function's invocations, and are ended by Lambda. With the function they have nothing left to serve.

The emulator alone: DeleteFunction ends them, but CloudFormation only forgets the function. A process of each of its
versions then stays, with tens of megabytes, until the emulator ends.

This supplement: CloudFormation ends them as DeleteFunction does.
"""

from ministack.core import lambda_runtime
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters


def apply() -> None:
    expect_parameters(lambda_runtime.invalidate_worker, "func_name", "qualifier", "account", "region")
    edit_function(
        provisioners._lambda_delete,
        "    _lambda_svc._functions.pop(physical_id, None)\n",
        "    _lambda_svc._functions.pop(physical_id, None)\n"
        "    _lambda_svc.invalidate_worker(physical_id, account=get_account_id(), region=get_region())\n",
    )
    edit_function(
        provisioners._lambda_version_delete,
        '        func["versions"].pop(version, None)\n',
        '        func["versions"].pop(version, None)\n'
        '        _lambda_svc.invalidate_worker(func["config"]["FunctionName"], version, get_account_id(), get_region())\n',
    )
