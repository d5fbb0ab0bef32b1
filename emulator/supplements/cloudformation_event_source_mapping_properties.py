"""CloudFormation keeps all of an event source mapping's properties, and takes off what the template drops.

AWS: AWS::Lambda::EventSourceMapping
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html):
`ProvisionedPollerConfig`, `MetricsConfig`, `KmsKeyArn` and `TumblingWindowInSeconds` are set on create and on update without interruption,
`StartingPositionTimestamp` on create; GetEventSourceMapping returns them. A property that is taken out of the template goes back to what it is
by default.

The emulator alone: these are dropped, and a removed filter, concurrency, response type, destination or limit stays in force.

This supplement: keeps them and applies removals. Pollers, key and tumbling window are recorded, they change nothing in how the emulator polls;
neither do the metrics of a queue's mapping.
"""

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters

# Template property: (name in the API, what it is when absent; None: the field is absent too).
RECORDED = {
    "ProvisionedPollerConfig": "ProvisionedPollerConfig",
    "MetricsConfig": "MetricsConfig",
    "KmsKeyArn": "KMSKeyArn",
    "TumblingWindowInSeconds": "TumblingWindowInSeconds",
}
DEFAULTS = {
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "FilterCriteria": None,
    "ScalingConfig": None,
    "DestinationConfig": None,
    "MaximumRetryAttempts": None,
    "MaximumRecordAgeInSeconds": None,
    "BisectBatchOnFunctionError": None,
    "ParallelizationFactor": None,
    "Enabled": True,
}


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    create, update = handlers["create"], handlers["update"]
    expect_parameters(create, "logical_id", "props", "stack_name")
    expect_parameters(update, "physical_id", "old_props", "new_props", "stack_name")

    edit_function(create, '        "ScalingConfig",\n    ):\n', '        "ScalingConfig",\n        "StartingPositionTimestamp",\n    ):\n')

    def create_mapping(logical_id, props, stack_name):
        mapping_id, attributes = create(logical_id, {**default_batch_size(props), **props}, stack_name)
        record(mapping_id, props)
        return mapping_id, attributes

    def update_mapping(physical_id, old_props, new_props, stack_name):
        defaults = {**DEFAULTS, **default_batch_size(new_props)}
        removed = {key: value for key, value in defaults.items() if key in old_props and key not in new_props}
        mapping_id, attributes = update(physical_id, old_props, {**removed, **new_props}, stack_name)
        mapping = lambda_svc._esms[mapping_id]
        for key in removed:
            if mapping.get(key) is None:
                mapping.pop(key, None)
        record(mapping_id, new_props)
        return mapping_id, attributes

    handlers["create"], handlers["update"] = create_mapping, update_mapping


def default_batch_size(props: dict) -> dict:
    return {"BatchSize": 10 if ":sqs:" in props["EventSourceArn"] else 100}


def record(mapping_id: str, props: dict) -> None:
    mapping = lambda_svc._esms[mapping_id]
    for key, name in RECORDED.items():
        if key in props:
            mapping[name] = props[key]
        else:
            mapping.pop(name, None)
