"""A state machine has the logging and tracing of its template.

AWS: "AWS::StepFunctions::StateMachine"
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html): the properties
LoggingConfiguration and TracingConfiguration, which "DescribeStateMachine"
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html) answers.

The emulator alone: logging is stored under the template's names, which no client reads; tracing is dropped, also by the API.

This supplement: both can be read. They are a record: nothing is logged or traced.
"""

from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

from supplements._patching import expect_parameters

DEFAULTS = {"loggingConfiguration": {"level": "OFF", "includeExecutionData": False}, "tracingConfiguration": {"enabled": False}}
PROPERTIES = {"LoggingConfiguration": "loggingConfiguration", "TracingConfiguration": "tracingConfiguration"}


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    create, update = handlers["create"], handlers["update"]
    expect_parameters(create, "logical_id", "props", "stack_name")
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name", "logical_id")
    api_create, api_update = stepfunctions._create_state_machine, stepfunctions._update_state_machine
    expect_parameters(api_create, "data")
    expect_parameters(api_update, "data")

    def create_with_all(logical_id, props, stack_name):
        arn, attributes = create(logical_id, props, stack_name)
        stepfunctions._state_machines[arn].update(settings(props))
        return arn, attributes

    def update_with_all(physical_id, old_props, new_props, stack_name, logical_id=None):
        arn, attributes = update(physical_id, old_props, new_props, stack_name, logical_id)
        # What no template has spoken of stays as it was set otherwise; what the template drops is off.
        spoken_of = {setting for prop, setting in PROPERTIES.items() if prop in old_props or prop in new_props}
        stepfunctions._state_machines[arn].update({setting: value for setting, value in settings(new_props).items() if setting in spoken_of})
        return arn, attributes

    def keep_tracing(then):
        def call(data):
            answer = then(data)
            machine = stepfunctions._state_machines.get(data.get("stateMachineArn") or machine_arn(data))
            if answer[0] < 400 and machine and "tracingConfiguration" in data:
                machine["tracingConfiguration"] = data["tracingConfiguration"]
            return answer

        return call

    handlers.update(create=create_with_all, update=update_with_all)
    provisioners._sfn_state_machine_create = create_with_all
    stepfunctions._create_state_machine = keep_tracing(api_create)
    stepfunctions._update_state_machine = keep_tracing(api_update)


def machine_arn(data: dict) -> str:
    return f"arn:aws:states:{stepfunctions.get_region()}:{stepfunctions.get_account_id()}:stateMachine:{data.get('name')}"


def settings(props: dict) -> dict:
    return {setting: as_the_api_names_it(props[prop]) if prop in props else DEFAULTS[setting] for prop, setting in PROPERTIES.items()}


def as_the_api_names_it(value, name: str = ""):
    match value:
        case dict():
            return {part[0].lower() + part[1:]: as_the_api_names_it(value[part], part) for part in value}
        case list():
            return [as_the_api_names_it(part) for part in value]
    # A template may say a boolean as text.
    return str(value).lower() == "true" if name in ("Enabled", "IncludeExecutionData") else value
