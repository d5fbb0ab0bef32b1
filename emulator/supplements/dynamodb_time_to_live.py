"""A stream tells which items expired.

AWS: "DynamoDB Streams and Time to Live" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html): the
record of an item that expired is a REMOVE whose `userIdentity` names the service; in another region of a global table it has none.
"Using time to live" (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html): within a few days of the expiration.

The emulator alone: expired items vanish within a minute, and the stream does not tell.

This supplement: within a minute of CloudWatch's time, which lasts a second, and told.
"""

import contextvars
import threading

from ministack.core.responses import request_scope
from ministack.services import dynamodb, dynamodb_streams

from supplements._cloudwatch_clock import MINUTE
from supplements._patching import edit_function, expect_parameters

SERVICE = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

_expiring: contextvars.ContextVar = contextvars.ContextVar("expiring_table", default=None)


def apply() -> None:
    build, remove = dynamodb._build_change_record, dynamodb._remove_item
    expect_parameters(build, "table", "event_name", "old_item", "new_item", "view_type")
    expect_parameters(remove, "table", "pk_val", "sk_val")
    expect_parameters(dynamodb._emit_stream_event, "table_name", "event_name", "old_item", "new_item", "replicate")

    def build_change_record(table, event_name, old_item, new_item, view_type):
        record = build(table, event_name, old_item, new_item, view_type)
        return {**record, "userIdentity": SERVICE} if _expiring.get() == table["TableArn"] else record

    def remove_item(table, pk_val, sk_val):
        # The emulator's own reaper, which runs already and cannot be stopped, leaves the items to the one below.
        return None if threading.current_thread().name == "dynamodb-ttl-reaper" else remove(table, pk_val, sk_val)

    def expire(account, region, table, pk_val, sk_val):
        with request_scope(account, region):
            item = remove(table, pk_val, sk_val)
            token = _expiring.set(table["TableArn"])
            try:
                dynamodb._emit_stream_event(table["TableName"], "REMOVE", item, None)
            finally:
                _expiring.reset(token)

    dynamodb._build_change_record, dynamodb._remove_item, dynamodb.expire = build_change_record, remove_item, expire
    dynamodb_streams.as_get_records_has_it = as_get_records_has_it
    edit_function(dynamodb._ttl_reaper, "time.sleep(60)", f"time.sleep({MINUTE})")
    edit_function(dynamodb._ttl_reaper, "_remove_item(table, pk_val, sk_val)", "expire(account_id, region, table, pk_val, sk_val)")
    edit_function(
        dynamodb_streams._get_records,
        '[{k: v for k, v in r.items() if k != "eventSourceARN"} for r in page]',
        "[as_get_records_has_it(r) for r in page]",
    )
    threading.Thread(target=dynamodb._ttl_reaper, daemon=True, name="dynamodb-time-to-live").start()


def as_get_records_has_it(record: dict) -> dict:
    found = {name: value for name, value in record.items() if name != "eventSourceARN"}
    if "userIdentity" in found:
        found["userIdentity"] = {"Type": SERVICE["type"], "PrincipalId": SERVICE["principalId"]}
    return found
