import time

import pytest
from conftest import within

PERIOD = 86400  # 24 minutes here: the datapoints of a test do not leave their periods while it runs
HERE = PERIOD / 60
MISSING, ORDER = None, ["missing", "ignore", "breaching", "notBreaching"]


@pytest.fixture
def cloudwatch(aws):
    return aws.client("cloudwatch")


def put(cloudwatch, metric: str, series: list, **dimensions) -> None:
    """Each value in the middle of its period, the last in the newest one."""
    data = [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Timestamp": time.time() - (len(series) - index - 0.5) * HERE,
            "Values": value if isinstance(value, list) else [value],
        }
        for index, value in enumerate(series)
        if value is not MISSING
    ]
    if data:
        cloudwatch.put_metric_data(Namespace="Tests", MetricData=data)


def alarm(cloudwatch, name: str, metric: str, **changes) -> str:
    settings = {
        "AlarmName": name,
        "Namespace": "Tests",
        "MetricName": metric,
        "Statistic": "Sum",
        "Period": PERIOD,
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
    cloudwatch.put_metric_alarm(**settings)
    return name


def states(cloudwatch, names) -> dict:
    found = cloudwatch.describe_alarms(AlarmNames=list(names))["MetricAlarms"]
    return {each["AlarmName"]: each["StateValue"] for each in found}


def evaluated(cloudwatch, alarms) -> dict:
    """The states once the alarms were evaluated: each minute in the order in which they were made, a witness last."""
    witness = f"witness-{time.time()}"
    put(cloudwatch, witness, [11])
    alarm(cloudwatch, witness, witness)
    within(20, lambda: states(cloudwatch, [witness]) == {witness: ALARM})
    return states(cloudwatch, alarms)


# The tables of "Configuring how CloudWatch alarms treat missing data": X breaches, 0 does not, - is missing, oldest first.
OK, ALARM, UNKNOWN, AS_IT_WAS = "OK", "ALARM", "INSUFFICIENT_DATA", "as it was"
TABLES = {
    (3, 3): {
        "0-X-X": (OK, OK, OK, OK),
        "----0": (OK, OK, OK, OK),
        "-----": (UNKNOWN, AS_IT_WAS, ALARM, OK),
        "0XX-X": (ALARM, ALARM, ALARM, ALARM),
        "--X--": (ALARM, AS_IT_WAS, ALARM, OK),
    },
    (2, 3): {
        "0-X-X": (ALARM, ALARM, ALARM, ALARM),
        "00X0X": (ALARM, ALARM, ALARM, ALARM),
        "0-X--": (OK, OK, ALARM, OK),
        "----0": (OK, OK, ALARM, OK),
        "---X-": (ALARM, AS_IT_WAS, ALARM, OK),
    },
}


@pytest.mark.parametrize("datapoints, periods", TABLES)
@pytest.mark.parametrize("before", [OK, ALARM])
def test_m_of_n_and_missing_data_as_in_the_tables_of_aws(cloudwatch, datapoints, periods, before):
    expected = {}
    for row, (points, outcomes) in enumerate(TABLES[datapoints, periods].items()):
        metric = f"table-{datapoints}-{before}-{row}"
        put(cloudwatch, metric, [{"X": 11, "0": 1, "-": MISSING}[point] for point in points])
        for treatment, outcome in zip(ORDER, outcomes):
            name = f"{metric}-{treatment}"
            settings = {"EvaluationPeriods": periods, "DatapointsToAlarm": datapoints, "TreatMissingData": treatment}
            alarm(cloudwatch, name, metric, **settings)
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=before, StateReason="before")
            expected[name] = before if outcome == AS_IT_WAS else outcome
    assert evaluated(cloudwatch, expected) == expected


def test_a_metric_is_its_exact_dimensions(cloudwatch):
    put(cloudwatch, "by-queue", [11], QueueName="loud")
    put(cloudwatch, "by-queue", [1], QueueName="quiet")
    named = {each: [{"Name": "QueueName", "Value": each}] for each in ("loud", "quiet")}
    for name, dimensions in {**named, "none": []}.items():
        alarm(cloudwatch, f"dimensions-{name}", "by-queue", Dimensions=dimensions)
    expected = {"dimensions-loud": ALARM, "dimensions-quiet": OK, "dimensions-none": UNKNOWN}
    assert evaluated(cloudwatch, expected) == expected


@pytest.mark.also_alone
@pytest.mark.parametrize(
    "operator, below, at, above",
    [
        ("GreaterThanThreshold", OK, OK, ALARM),
        ("GreaterThanOrEqualToThreshold", OK, ALARM, ALARM),
        ("LessThanThreshold", ALARM, OK, OK),
        ("LessThanOrEqualToThreshold", ALARM, ALARM, OK),
    ],
)
def test_comparison(cloudwatch, operator, below, at, above):
    expected = {}
    for value, outcome in {9: below, 10: at, 11: above}.items():
        metric = f"{operator}-{value}"
        put(cloudwatch, metric, [value])
        expected[alarm(cloudwatch, metric, metric, ComparisonOperator=operator)] = outcome
    assert evaluated(cloudwatch, expected) == expected


def test_statistics_and_percentiles_of_one_period(cloudwatch):
    # The older period is nobody's business: an alarm with one evaluation period looks at the newest.
    put(cloudwatch, "latency", [[1000], [1] * 97 + [50] * 3])
    bounds = {"p99": (49, 51), "p50": (0.5, 1.5), "Maximum": (49, 51), "Minimum": (0.5, 1.5), "Sum": (246, 248), "SampleCount": (99, 101)}
    expected = {}
    for stat, (low, high) in bounds.items():
        statistic = {"ExtendedStatistic": stat, "Statistic": ""} if stat.startswith("p") else {"Statistic": stat}
        settings = {key: value for key, value in statistic.items() if value}
        for bound, outcome in ((low, ALARM), (high, OK)):
            name = f"latency-{stat}-{bound}"
            base = {"AlarmName": name, "Namespace": "Tests", "MetricName": "latency", "Period": PERIOD, "EvaluationPeriods": 1}
            cloudwatch.put_metric_alarm(**base, **settings, Threshold=bound, ComparisonOperator="GreaterThanThreshold")
            expected[name] = outcome
    assert evaluated(cloudwatch, expected) == expected


def stat(metric: str) -> dict:
    return {"Metric": {"Namespace": "Tests", "MetricName": metric}, "Period": PERIOD, "Stat": "Maximum"}


# Expression over a = 4, 6 and b = 1, missing: its newest datapoint.
EXPRESSIONS = {
    "DIFF(a)": 2,
    "a + 1": 7,
    "a - 2 * a": -6,
    "-a / 4": -1.5,
    "FILL(b, 3)": 3,
    "a + FILL(b, 0)": 6,
    "DIFF(a + FILL(b, 0))": 1,
    "SUM([a, b])": 6,
    "MAX([a, FILL(b, 8)])": 8,
    "AVG([a, FILL(b, 8)])": 7,
    "a - MIN(a)": 2,
    "ABS(2 - a)": 4,
    "IF(a > 5, 20, 30)": 20,
    "a >= 6": 1,
    "100 * a / (a + FILL(b, 6))": 50,
}


def test_metric_math(aws, cloudwatch):
    put(cloudwatch, "math-a", [4, 6])
    put(cloudwatch, "math-b", [1, MISSING])
    resources, bounds = {}, {}
    for index, (expression, value) in enumerate(EXPRESSIONS.items()):
        for bound, outcome in ((value - 0.1, ALARM), (value + 0.1, OK)):
            name = f"math-{index}-{outcome}"
            bounds[name] = outcome
            metrics = [
                {"Id": "e", "Expression": expression},
                *({"Id": each, "MetricStat": stat(f"math-{each}"), "ReturnData": False} for each in "ab"),
            ]
            settings = {"AlarmName": name, "Metrics": metrics, "Threshold": bound, "EvaluationPeriods": 1}
            properties = {**settings, "ComparisonOperator": "GreaterThanThreshold"}
            resources[f"Alarm{index}{outcome}"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    aws.deploy("math-alarms", resources)
    assert evaluated(cloudwatch, bounds) == bounds


def test_an_operation_on_a_missing_datapoint_gives_none(aws, cloudwatch):
    put(cloudwatch, "gap-a", [4, 6])
    put(cloudwatch, "gap-b", [1, MISSING])
    metrics = [
        {"Id": "e", "Expression": "a + b"},
        *({"Id": each, "MetricStat": stat(f"gap-{each}"), "ReturnData": False} for each in "ab"),
    ]
    settings = {"AlarmName": "gap", "Metrics": metrics, "Threshold": 5.5, "EvaluationPeriods": 1}
    properties = {**settings, "ComparisonOperator": "GreaterThanThreshold"}
    aws.deploy("gap-alarm", {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}})
    # The newest datapoint that is there decides: 4 + 1.
    expected = {"gap": OK}
    assert evaluated(cloudwatch, expected) == expected


@pytest.mark.parametrize("expression", ["METRICS()", "a ^ 2", "open('x')", "a.real", "DIFF(a, a)", "a +"])
def test_an_expression_that_is_not_known_fails_the_stack(aws, expression):
    metrics = [{"Id": "e", "Expression": expression}, {"Id": "a", "MetricStat": stat("a"), "ReturnData": False}]
    properties = {"Metrics": metrics, "Threshold": 0, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
    with pytest.raises(AssertionError, match="metric math: "):
        aws.deploy(f"unknown-{hash(expression) % 10**8}", {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}})


def test_the_reason_and_the_history_say_what_happened(cloudwatch):
    put(cloudwatch, "told", [11, 12, 1])
    alarm(cloudwatch, "told", "told", EvaluationPeriods=3, DatapointsToAlarm=2)
    expected = {"told": ALARM}
    assert evaluated(cloudwatch, expected) == expected
    reason = cloudwatch.describe_alarms(AlarmNames=["told"])["MetricAlarms"][0]["StateReason"]
    assert reason.startswith("Threshold Crossed: 2 out of the last 3 datapoints [12.0 (")
    assert reason.endswith(" were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition).")
    history = cloudwatch.describe_alarm_history(AlarmName="told", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert "Alarm updated from INSUFFICIENT_DATA to ALARM" in {item["HistorySummary"] for item in history}


@pytest.mark.parametrize("option", ["supplemented", "alone"])
def test_a_clock_too_fast_to_keep_up_with_is_refused(option, request):
    options = ["--plain"] if option == "alone" else []
    with pytest.raises(AssertionError, match="CLOUDWATCH_TIME_SCALE=0.0001: must be at least"):
        request.config.beds.bed(*options, CLOUDWATCH_TIME_SCALE="0.0001")
