"""Alarms are evaluated by the clock.

AWS: "Alarm evaluation" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html) and "Configuring how
CloudWatch alarms treat missing data" (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html):
once a minute an alarm looks at more periods than it has evaluation periods. With enough datapoints the newest of them
decide: ALARM when at least `DatapointsToAlarm` breach. With fewer, what is missing is filled as `TreatMissingData` says.
A metric is its namespace, name and exact dimensions.

The emulator alone: evaluates when someone calls PutMetricData, over all metrics of the name whatever their dimensions,
as one period; missing data never changes a state, and metric math is not evaluated.

This supplement: evaluates as AWS does, in CloudWatch's time (`_cloudwatch_clock`), metric math included. Not there: anomaly
detection, Metrics Insights, EvaluateLowSampleCountPercentile, periods under a minute (evaluated once a minute too).
"""

import json
import logging
import operator
import time
from datetime import datetime, timezone

from ministack.services import cloudwatch

from supplements import _cloudwatch_clock as clock
from supplements import _metric_math as metric_math
from supplements._patching import expect_parameters

# AWS does not say how many more periods it looks at; the tables of its page show 5 for an alarm of 3.
MORE_PERIODS = 2

COMPARISONS = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
FILLED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}

logger = logging.getLogger("cloudwatch")


def apply() -> None:
    expect_parameters(cloudwatch._evaluate_alarm, "alarm")
    expect_parameters(cloudwatch._record_history, "alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data")
    expect_parameters(cloudwatch._dispatch_alarm_actions, "alarm", "old_state", "new_state", "reason")
    expect_parameters(cloudwatch._evaluate_parent_alarms, "child", "seen")
    expect_parameters(cloudwatch._stat_value, "stats", "stat_name", "points")
    # Whoever stores an alarm or a datapoint asks for an evaluation; only the clock evaluates.
    cloudwatch._evaluate_alarm = lambda alarm: None
    clock.evaluate_each_minute(evaluate_alarms)


def evaluate_alarms(end: float) -> None:
    for alarm in cloudwatch._alarms.values():
        try:
            evaluate(alarm, end)
        except Exception:
            logger.exception("alarm %s cannot be evaluated", alarm["AlarmName"])


def evaluate(alarm: dict, end: float) -> None:
    if alarm.get("ComparisonOperator") not in COMPARISONS or not (alarm.get("Metrics") or alarm.get("MetricName")):
        return  # anomaly detection
    periods = alarm["EvaluationPeriods"]
    points = datapoints(alarm, periods + MORE_PERIODS, end)
    breaches = COMPARISONS[alarm["ComparisonOperator"]][0]
    breaching = [None if value is None else breaches(value, alarm["Threshold"]) for value in points]
    treatment = alarm.get("TreatMissingData") or "missing"
    if any(metric["Namespace"] == "AWS/DynamoDB" for metric in metrics_of(alarm)):
        treatment = "ignore"  # whatever the alarm says, as PutMetricAlarm documents
    old_state = alarm["StateValue"]
    state = state_of(breaching, periods, alarm.get("DatapointsToAlarm") or periods, treatment) or old_state
    if state != old_state:
        change_state(alarm, state, reason_of(alarm, state, points, breaching, treatment, end), points)


def state_of(breaching: list, periods: int, datapoints_to_alarm: int, treatment: str) -> str | None:
    """The state for datapoints that breach (True), do not (False) or are missing (None), oldest first; None: as it was."""
    real = [each for each in breaching if each is not None][-periods:]
    missing = periods - len(real)
    if missing and treatment in FILLED_AS:
        real += [treatment == "breaching"] * missing
        missing = 0
    if sum(real) >= datapoints_to_alarm:
        return "ALARM"
    if not missing or False in real:
        return "OK"
    if treatment == "ignore":
        return None
    # Only breaching datapoints, too few of them: the oldest must have had time for the others to follow.
    old_enough = True in breaching and len(breaching) - breaching.index(True) >= datapoints_to_alarm
    return "ALARM" if old_enough else "INSUFFICIENT_DATA"


def metrics_of(alarm: dict) -> list[dict]:
    if not alarm.get("Metrics"):
        return [alarm]
    return [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]


def period_of(alarm: dict) -> int:
    if not alarm.get("Metrics"):
        return alarm["Period"]
    return next(entry["MetricStat"]["Period"] for entry in alarm["Metrics"] if "MetricStat" in entry)


def datapoints(alarm: dict, count: int, end: float) -> list:
    """The last `count` datapoints of what the alarm watches, oldest first, None where there is none."""
    length = clock.duration_here(period_of(alarm))
    if not alarm.get("Metrics"):
        return series(alarm, alarm.get("ExtendedStatistic") or alarm["Statistic"], alarm.get("Unit"), length, count, end)
    entries = {entry["Id"]: entry for entry in alarm["Metrics"]}

    def series_of(identifier: str):
        entry = entries[identifier]
        if "Expression" in entry:
            return metric_math.evaluate(metric_math.parse(entry["Expression"]), series_of)
        stat = entry["MetricStat"]
        return series(stat["Metric"], stat["Stat"], stat.get("Unit"), length, count, end)

    result = series_of(next(entry["Id"] for entry in alarm["Metrics"] if entry["ReturnData"]))
    if not isinstance(result, list):
        raise ValueError("an alarm's expression must give a series, not a number")
    return result


def series(metric: dict, stat: str, unit: str | None, length: float, count: int, end: float) -> list:
    """One statistic of one metric over `count` periods of `length` seconds that end at `end`."""
    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    stored = cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))) or []
    in_order = metric["Namespace"].startswith("AWS/")  # services report in the order of time; people may report in any
    start = end - count * length
    periods: list[list] = [[] for _ in range(count)]
    for point in reversed(stored):
        at = point["Timestamp"]
        if start <= at < end:
            if unit is None or unit == point["Unit"]:
                periods[min(int((at - start) / length), count - 1)].append(point)
        elif in_order and at < start:
            break
    return [cloudwatch._stat_value(cloudwatch._calc_stats(points), stat, points) if points else None for points in periods]


def reason_of(alarm: dict, state: str, points: list, breaching: list, treatment: str, end: float) -> str:
    periods = alarm["EvaluationPeriods"]
    length = clock.duration_here(period_of(alarm))
    real = [index for index, value in enumerate(points) if value is not None][-periods:]
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {plural(periods - len(real), 'datapoint', 'was', 'were')} unknown."
    deciding = [index for index in real if breaching[index] == (state == "ALARM")]
    filled = plural(periods - len(real), "missing datapoint", "was", "were") + f" treated as [{FILLED_AS.get(treatment, 'Missing')}]"
    if not deciding:
        received = "no datapoints were received" if not real else f"{plural(len(real), 'datapoint', 'was', 'were')} received"
        return f"Threshold Crossed: {received} for {plural(periods, 'period')} and {filled}."
    listed = ", ".join(
        f"{points[index]} ({datetime.fromtimestamp(end - (len(points) - index) * length, timezone.utc):%d/%m/%y %H:%M:%S})"
        for index in reversed(deciding)
    )
    to_alarm = alarm.get("DatapointsToAlarm") or periods
    least = plural(to_alarm, "datapoint") + " for OK -> ALARM" if state == "ALARM" else plural(periods - to_alarm + 1, "datapoint") + " for ALARM -> OK"
    return (
        f"Threshold Crossed: {len(deciding)} out of the last {periods} datapoints [{listed}] {'was' if len(deciding) == 1 else 'were'} "
        f"{'' if state == 'ALARM' else 'not '}{COMPARISONS[alarm['ComparisonOperator']][1]} the threshold ({float(alarm['Threshold'])}) "
        f"(minimum {least} transition)."
    )


def plural(count: int, noun: str, *verbs: str) -> str:
    verb = f" {verbs[count != 1]}" if verbs else ""
    return f"{count} {noun}{'' if count == 1 else 's'}{verb}"


def change_state(alarm: dict, state: str, reason: str, points: list) -> None:
    old_state, now = alarm["StateValue"], time.time()
    data = {
        "version": "1.0",
        "period": period_of(alarm),
        "recentDatapoints": [value for value in points if value is not None],
        "threshold": alarm["Threshold"],
    }
    alarm.update(
        StateValue=state, StateReason=reason, StateReasonData=json.dumps(data), StateUpdatedTimestamp=now, StateTransitionedTimestamp=now
    )
    cloudwatch._record_history(alarm["AlarmName"], old_state, state, reason, reason_data=data)
    cloudwatch._dispatch_alarm_actions(alarm, old_state, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)
