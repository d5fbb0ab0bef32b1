"""CloudFormation makes alarms on metric math.

AWS: AWS::CloudWatch::Alarm, `Metrics` (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html)
and PutMetricAlarm (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html): an alarm watches
either one metric or the one entry of `Metrics` that returns data; with `Metrics`, none of MetricName, Namespace,
Dimensions, Period, Unit, Statistic and ExtendedStatistic may be given. DescribeAlarms returns `Metrics`.

The emulator alone: an alarm with `Metrics` fails its stack.

This supplement: stores and returns `Metrics`, which `cloudwatch_alarm_evaluation` evaluates. An expression that cannot be
evaluated here fails the stack.
"""

from ministack.services.cloudformation import provisioners

from supplements import _metric_math as metric_math
from supplements._patching import edit_function

ONE_METRIC_ONLY = ("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")


def apply() -> None:
    edit_function(
        provisioners._cw_metric_alarm_record,
        """        raise ValueError(
            "AWS::CloudWatch::Alarm Properties.Metrics (metric math) is not supported; "
            "use MetricName and Namespace."
        )
""",
        """        return _cw_metric_math_alarm_record(name, props)
""",
    )
    provisioners._cw_metric_math_alarm_record = metric_math_alarm_record


def metric_math_alarm_record(name: str, props: dict) -> dict:
    clash = [key for key in ONE_METRIC_ONLY if props.get(key)]
    if clash:
        raise ValueError(f"AWS::CloudWatch::Alarm: Metrics cannot be given together with {', '.join(clash)}")
    metrics = [metric_data_query(entry) for entry in props["Metrics"]]
    if "ThresholdMetricId" not in props and sum(entry["ReturnData"] for entry in metrics) != 1:
        raise ValueError("AWS::CloudWatch::Alarm: exactly one entry of Metrics must return data")

    stand_in = {key: value for key, value in props.items() if key != "Metrics"}
    stand_in.update(MetricName="-", Namespace="-", Threshold=props.get("Threshold", 0 if "ThresholdMetricId" in props else None))
    record = provisioners._cw_metric_alarm_record(name, stand_in)
    for key in ONE_METRIC_ONLY:
        record.pop(key, None)
    if "ThresholdMetricId" in props:
        record.pop("Threshold")
        record["ThresholdMetricId"] = props["ThresholdMetricId"]
    record["Metrics"] = metrics
    return record


def metric_data_query(entry: dict) -> dict:
    """The entry as the API returns it: template values may be strings, and data is returned unless said otherwise."""
    query = dict(entry, ReturnData=str(entry.get("ReturnData", True)).lower() == "true")
    if "Expression" in query:
        metric_math.parse(query["Expression"])
    if "Period" in query:
        query["Period"] = int(query["Period"])
    if "MetricStat" in query:
        query["MetricStat"] = dict(query["MetricStat"], Period=int(query["MetricStat"]["Period"]))
    return query
