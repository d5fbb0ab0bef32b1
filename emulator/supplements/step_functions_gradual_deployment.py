"""A stack update moves an alias of a state machine to another version step by step.

AWS: "AWS::StepFunctions::StateMachineAlias DeploymentPreference"
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html):
CloudFormation moves the alias at once, in two steps (CANARY) or by the same share each interval (LINEAR). An alarm among those named that
is in state ALARM meanwhile fails the update, and the stack rolls back; one that does not exist counts as OK.

The emulator alone: refuses the template.

This supplement: makes the alias by its API, and moves it on a thread of its own so that the emulator goes on answering. Time is that of the
alarms: a minute lasts 60 * CLOUDWATCH_TIME_SCALE seconds. Back to a version published before, it moves at once.
"""

import os
import time

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners, stacks

from supplements._patching import edit_function, expect_parameters
from supplements._services import call

TYPE = "AWS::StepFunctions::StateMachineAlias"
TIME_SCALE = float(os.environ.get("CLOUDWATCH_TIME_SCALE", 1 / 60))
LOOK_SECONDS = 0.1


def apply() -> None:
    update = provisioners._RESOURCE_HANDLERS[TYPE]["update"]
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name")
    edit_function(stacks._runs_on_worker_thread, '"AWS::ElastiCache::ReplicationGroup",', f'"AWS::ElastiCache::ReplicationGroup", "{TYPE}",')

    def update_step_by_step(physical_id, old_props, new_props, stack_name):
        old, new = preference_of(old_props), preference_of(new_props)
        if old and new and number_of(old) < number_of(new):
            shift(physical_id, old["StateMachineVersionArn"], new)
        return update(physical_id, old_props, new_props, stack_name)

    provisioners._RESOURCE_HANDLERS[TYPE]["update"] = update_step_by_step


def preference_of(properties: dict) -> dict:
    return properties.get("DeploymentPreference") or {}


def number_of(preference: dict) -> int:
    return int(preference["StateMachineVersionArn"].rpartition(":")[2])


def steps(preference: dict) -> list[int]:
    """The shares of the new version before it has everything, in percent."""
    percentage = int(preference.get("Percentage", 0))
    return {"CANARY": [percentage], "LINEAR": list(range(percentage, 100, percentage or 100))}.get(preference["Type"], [])


def shift(alias: str, old: str, preference: dict) -> None:
    new, alarms = preference["StateMachineVersionArn"], preference.get("Alarms", [])
    for share in steps(preference):
        place(alias, {old: 100 - share, new: share})
        until = time.monotonic() + 60 * int(preference["Interval"]) * TIME_SCALE
        while True:
            if ringing := [name for name in alarms if cloudwatch._alarms.get(name, {}).get("StateValue") == "ALARM"]:
                place(alias, {old: 100})
                raise ValueError(f"{TYPE}: the deployment was stopped by alarms in state ALARM: {', '.join(ringing)}")
            if time.monotonic() >= until:
                break
            time.sleep(LOOK_SECONDS)


def place(alias: str, weights: dict) -> None:
    routing = [{"stateMachineVersionArn": version, "weight": weight} for version, weight in weights.items()]
    call("stepfunctions", "UpdateStateMachineAlias", {"stateMachineAliasArn": alias, "routingConfiguration": routing})
