"""A table has the time to live, the backups and the deletion protection of its template.

AWS: "AWS::DynamoDB::Table" (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html):
TimeToLiveSpecification and PointInTimeRecoverySpecification. "AWS::DynamoDB::GlobalTable"
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html): the first for
the table, the second and DeletionProtectionEnabled for each replica.

The emulator alone: drops them in silence; a table by template expires nothing. Any update replaces a global table without a name of
its own, and its items are lost.

This supplement: applies them by the API, those of the replica in the stack's region. Items expire within a minute; recovery is a record.
A global table is updated in place.
"""

from ministack.core.responses import get_region
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from supplements._patching import edit_function, expect_parameters

UPDATE = ("physical_id", "old_props", "new_props", "stack_name", "logical_id")


def apply() -> None:
    expect_parameters(dynamodb._update_ttl, "data")
    expect_parameters(dynamodb._update_continuous_backups, "data")
    table, global_table = (provisioners._RESOURCE_HANDLERS[f"AWS::DynamoDB::{kind}"] for kind in ("Table", "GlobalTable"))
    edit_function(provisioners._ddb_global_table_update, "(physical_id, old_props, new_props, stack_name)", f"({', '.join(UPDATE)})")
    edit_function(
        provisioners._ddb_global_table_update,
        "_ddb_update(physical_id, old_props, translated, stack_name)",
        "_ddb_update(physical_id, old_props, translated, stack_name, logical_id)",
    )
    global_table["update_with_logical_id"] = True
    for handlers, recovery_of in ((table, lambda props: props), (global_table, local_replica)):
        expect_parameters(handlers["create"], "logical_id", "props", "stack_name")
        expect_parameters(handlers["update"], *UPDATE)
        handlers.update(create=created(handlers["create"], recovery_of), update=updated(handlers["update"], recovery_of))


def local_replica(props: dict) -> dict:
    return next((replica for replica in props.get("Replicas") or [] if replica["Region"] == get_region()), {})


def created(create, recovery_of):
    def create_with_all(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        set_all(name, props, recovery_of(props))
        return name, attributes

    return create_with_all


def updated(update, recovery_of):
    def update_with_all(physical_id, old_props, new_props, stack_name, logical_id):
        name, attributes = update(physical_id, old_props, new_props, stack_name, logical_id)
        if "TimeToLiveSpecification" in old_props:
            # What the template drops is off.
            dynamodb._ttl_settings.pop(name, None)
        set_all(name, new_props, recovery_of(new_props))
        return name, attributes

    return update_with_all


def set_all(name: str, props: dict, recovery: dict) -> None:
    if time_to_live := props.get("TimeToLiveSpecification"):
        time_to_live = {**time_to_live, "Enabled": is_true(time_to_live.get("Enabled"))}
        answered(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": time_to_live}))
    enabled = is_true((recovery.get("PointInTimeRecoverySpecification") or {}).get("PointInTimeRecoveryEnabled"))
    specification = {"PointInTimeRecoveryEnabled": enabled}
    answered(dynamodb._update_continuous_backups({"TableName": name, "PointInTimeRecoverySpecification": specification}))
    dynamodb._tables[name]["DeletionProtectionEnabled"] = is_true(recovery.get("DeletionProtectionEnabled"))


def is_true(value) -> bool:
    """A template may say a boolean as text."""
    return str(value).lower() == "true"


def answered(response) -> None:
    status, _headers, body = response
    if status >= 400:
        raise ValueError(f"AWS::DynamoDB: {body}")
