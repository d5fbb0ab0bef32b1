"""Rules report to CloudWatch which events they match.

AWS: "Monitoring Amazon EventBridge" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html): MatchedEvents and
TriggeredRules of a rule, by RuleName on the default bus, by EventBusName and RuleName on another. A rule matches also without a target.

The emulator alone: reports nothing of rules.

This supplement: records both for each event that a rule matches. What becomes of the deliveries is counted by `eventbridge_dead_letter_queue`.
"""

from ministack.services import cloudwatch, eventbridge

from supplements._patching import edit_function, expect_parameters


def apply() -> None:
    expect_parameters(cloudwatch.record_metric, "namespace", "metric_name", "value", "unit", "dimensions")
    eventbridge.record_match = record_match
    edit_function(
        eventbridge._dispatch_event,
        "            rule_targets = _targets.get(key, [])\n",
        "            record_match(rule)\n            rule_targets = _targets.get(key, [])\n",
    )


def record_match(rule: dict) -> None:
    bus = rule.get("EventBusName", "default")
    of_bus = {} if bus == "default" else {"EventBusName": bus}
    for metric in ("MatchedEvents", "TriggeredRules"):
        cloudwatch.record_metric("AWS/Events", metric, 1, "Count", {**of_bus, "RuleName": rule["Name"]})
