import pytest


def not_equal(left, right) -> dict:
    return {"Fn::Not": [{"Fn::Equals": [left, right]}]}


@pytest.mark.parametrize(
    "name, here, elsewhere",
    [
        ("AWS::AccountId", "000000000000", "123456789012"),
        ("AWS::Region", "us-east-1", "eu-west-1"),
        ("AWS::Partition", "aws", "aws-cn"),
    ],
)
def test_a_condition_compares_the_value(aws, name, here, elsewhere):
    queue = {"Type": "AWS::SQS::Queue"}
    template = {
        "Conditions": {"IsElsewhere": not_equal({"Ref": name}, here), "IsHere": not_equal({"Ref": name}, elsewhere)},
        "Resources": {"Skipped": {**queue, "Condition": "IsElsewhere"}, "Made": {**queue, "Condition": "IsHere"}},
    }
    ids = aws.deploy(f"condition-{here}", template["Resources"], template["Conditions"])
    assert list(ids) == ["Made"]


def test_a_type_that_is_unknown_is_refused_only_where_it_would_be_made(aws):
    unknown = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "FALSE"}, "Condition": "IsElsewhere"}
    conditions = {"IsElsewhere": not_equal({"Ref": "AWS::AccountId"}, "000000000000")}
    ids = aws.deploy("unknown-type", {"Made": {"Type": "AWS::SQS::Queue"}, "Skipped": unknown}, conditions)
    assert list(ids) == ["Made"]
