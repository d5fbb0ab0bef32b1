"""A change of an alarm's state is told as AWS tells it.

AWS: "Notify users on alarm changes" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html): the
topics of the new state get one message a change, a JSON document with the alarm, both states, the reason and the
`Trigger`. "Alarm events and EventBridge"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html): each change is an event too.

The emulator alone: the message lacks the alarm's ARN and actions, TreatMissingData, DatapointsToAlarm, StatisticType and
the extended statistic, spells dimensions and statistics otherwise, and knows no metric math; there is no event.

This supplement: the whole message, and the event. The message is what AWS sends in practice; AWS documents no schema.
The event has no history of the previous state. Actions other than topics stay a record. With IAM enforced the topic's policy must
let CloudWatch publish, as its default policy does.
"""

import functools
import json
import logging
from datetime import datetime, timezone

from botocore.loaders import Loader
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch, eventbridge, sns

from supplements._patching import expect_parameters

ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

logger = logging.getLogger("cloudwatch")


def apply() -> None:
    expect_parameters(cloudwatch._dispatch_alarm_actions, "alarm", "old_state", "new_state", "reason")
    expect_parameters(eventbridge._put_events, "data", "allow_aws_source")
    topic_parameters = ("topic_arn", "msg_id", "message", "subject", "message_structure", "message_attributes")
    expect_parameters(sns._fanout, *topic_parameters, "message_group_id", "message_dedup_id")
    expect_parameters(sns.topic_policy_allows, "topic_arn", "service", "source_arn", "source_account")
    cloudwatch._dispatch_alarm_actions = tell


def tell(alarm: dict, old_state: str, new_state: str, reason: str) -> None:
    changed_at = f"{datetime.now(timezone.utc).isoformat(timespec='milliseconds')[:-6]}+0000"
    send_event(alarm, old_state, new_state, reason, changed_at)
    if not alarm.get("ActionsEnabled", True):
        return
    subject = f'{new_state}: "{alarm["AlarmName"]}" in {region_name(get_region())}'[:100]
    message = json.dumps(message_of(alarm, old_state, new_state, reason, changed_at))
    for action in alarm.get(ACTIONS[new_state]) or []:
        if cloudwatch._is_sns_action_arn(action):
            if not sns.topic_policy_allows(action, "cloudwatch.amazonaws.com", alarm["AlarmArn"], get_account_id()):
                logger.warning("%s is not authorized to perform: SNS:Publish on resource: %s", alarm["AlarmArn"], action)
                continue
            try:
                sns._fanout(action, new_uuid(), message, subject)
            except Exception:
                logger.exception("the alarm %s cannot tell %s", alarm["AlarmName"], action)


def message_of(alarm: dict, old_state: str, new_state: str, reason: str, changed_at: str) -> dict:
    configured_at = datetime.fromtimestamp(alarm["AlarmConfigurationUpdatedTimestamp"], timezone.utc)
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": f"{configured_at.isoformat(timespec='milliseconds')[:-6]}+0000",
        "NewStateValue": new_state,
        "NewStateReason": reason,
        "StateChangeTime": changed_at,
        "Region": region_name(get_region()),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        **{field: alarm.get(field) or [] for field in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if "AlarmRule" in alarm:
        return {**message, "AlarmRule": alarm["AlarmRule"]}
    return {**message, "Trigger": trigger_of(alarm)}


def trigger_of(alarm: dict) -> dict:
    evaluation = {
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        **({"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if alarm.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm.get("Threshold"),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if alarm.get("Metrics"):
        period = next(entry["MetricStat"]["Period"] for entry in alarm["Metrics"] if "MetricStat" in entry)
        return {"Period": period, **evaluation, "Metrics": [metric_of(entry) for entry in alarm["Metrics"]]}
    extended = alarm.get("ExtendedStatistic")
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        **({"ExtendedStatistic": extended} if extended else {"Statistic": alarm["Statistic"].upper()}),
        "Unit": alarm.get("Unit"),
        "Dimensions": dimensions_of(alarm),
        "Period": alarm["Period"],
        **evaluation,
    }


def metric_of(entry: dict) -> dict:
    if "MetricStat" not in entry:
        return entry
    metric = entry["MetricStat"]["Metric"]
    return {**entry, "MetricStat": {**entry["MetricStat"], "Metric": {**metric, "Dimensions": dimensions_of(metric)}}}


def dimensions_of(metric: dict) -> list[dict]:
    return [{"value": each["Value"], "name": each["Name"]} for each in metric.get("Dimensions") or []]


def send_event(alarm: dict, old_state: str, new_state: str, reason: str, changed_at: str) -> None:
    detail = {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new_state, "reason": reason, "reasonData": alarm.get("StateReasonData", ""), "timestamp": changed_at},
        "previousState": {"value": old_state},
        "configuration": {"description": alarm.get("AlarmDescription") or ""},
    }
    entry = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "Resources": [alarm["AlarmArn"]],
    }
    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:
        logger.exception("no event for the alarm %s", alarm["AlarmName"])


@functools.cache
def region_name(region: str) -> str:
    """The name for people, as in "US East (N. Virginia)"."""
    partitions = Loader().load_data("endpoints")["partitions"]
    names = {code: known["description"] for partition in partitions for code, known in partition["regions"].items()}
    return names.get(region, region)
