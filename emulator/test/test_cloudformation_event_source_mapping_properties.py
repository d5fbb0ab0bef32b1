import pytest
from test_cloudformation_function_properties import template


def mapping(**properties) -> dict:
    return {
        **template(),
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Function"},
                **properties,
            },
        },
    }


def described(aws, ids: dict) -> dict:
    return aws.client("lambda").get_event_source_mapping(UUID=ids["Mapping"])


FILTER = {"Filters": [{"Pattern": '{"body":{"kind":["order"]}}'}]}


def test_the_settings_of_pollers_metrics_and_key_are_kept(aws):
    settings = {
        "ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 5},
        "MetricsConfig": {"Metrics": ["EventCount"]},
    }
    ids = aws.deploy("kept", mapping(**settings, KmsKeyArn="arn:aws:kms:us-east-1:000000000000:key/k"))
    found = described(aws, ids)
    assert {key: found.get(key) for key in settings} == settings
    assert found["KMSKeyArn"] == "arn:aws:kms:us-east-1:000000000000:key/k"


def test_a_removed_setting_goes_back_to_its_default(aws):
    settings = {
        "BatchSize": 3,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": FILTER,
        "ScalingConfig": {"MaximumConcurrency": 4},
        "MetricsConfig": {"Metrics": ["EventCount"]},
    }
    ids = aws.deploy("removed", mapping(**settings))
    before = described(aws, ids)
    assert (before["BatchSize"], before["FilterCriteria"], before["ScalingConfig"]) == (3, FILTER, {"MaximumConcurrency": 4})

    same = aws.deploy("removed", mapping())
    assert same["Mapping"] == ids["Mapping"]
    after = described(aws, ids)
    assert (after["BatchSize"], after["FunctionResponseTypes"]) == (10, [])
    assert {"FilterCriteria", "ScalingConfig", "MetricsConfig"} & after.keys() == set()


@pytest.mark.also_alone
def test_the_settings_that_the_emulator_obeys(aws):
    settings = {
        "BatchSize": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": FILTER,
        "ScalingConfig": {"MaximumConcurrency": 4},
    }
    found = described(aws, aws.deploy("obeyed", mapping(**settings)))
    assert {key: found.get(key) for key in settings} == settings
