import pytest

ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
        # Without data it stays in the state that a test sets.
        "TreatMissingData": "ignore",
    },
}


def composite(**properties) -> dict:
    rule = {"Fn::Join": ["", ['ALARM("', {"Fn::GetAtt": ["Alarm", "Arn"]}, '")']]}
    return {"Alarm": ALARM, "Composite": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": rule, **properties}}}


def composite_alarms(aws, name: str) -> list:
    return aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]


def deleted(aws, stack: str) -> None:
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})


def test_a_composite_alarm_follows_its_template(aws):
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Composite", "Arn"]}}}
    ids = aws.deploy("by-api-composite", {**composite(AlarmDescription="first", ActionsEnabled="false"), "Arn": parameter})
    [alarm] = composite_alarms(aws, ids["Composite"])
    assert (alarm["AlarmDescription"], alarm["ActionsEnabled"]) == ("first", False)
    assert ids["Composite"].startswith("by-api-composite-Composite-")
    assert aws.client("ssm").get_parameter(Name=ids["Arn"])["Parameter"]["Value"] == alarm["AlarmArn"]

    aws.client("cloudwatch").set_alarm_state(AlarmName=ids["Alarm"], StateValue="ALARM", StateReason="drill")
    [alarm] = composite_alarms(aws, ids["Composite"])
    assert alarm["StateValue"] == "ALARM"

    after = aws.deploy("by-api-composite", {**composite(AlarmDescription="second"), "Arn": parameter})
    assert after["Composite"] == ids["Composite"]
    [alarm] = composite_alarms(aws, ids["Composite"])
    assert (alarm["AlarmDescription"], alarm["ActionsEnabled"]) == ("second", True)

    deleted(aws, "by-api-composite")
    assert composite_alarms(aws, ids["Composite"]) == []


def test_a_new_name_replaces(aws):
    first = aws.deploy("by-api-renamed", composite(AlarmName="before"))
    second = aws.deploy("by-api-renamed", composite(AlarmName="after"))
    assert (first["Composite"], second["Composite"]) == ("before", "after")
    assert composite_alarms(aws, "before") == [] and len(composite_alarms(aws, "after")) == 1


def test_what_the_api_refuses_fails_the_stack(aws):
    with pytest.raises(AssertionError, match="alarms .*missing.* in the alarm rule do not exist"):
        aws.deploy("by-api-refused", composite(AlarmRule="ALARM(missing)"))


def test_a_property_that_the_api_does_not_have_fails_the_stack(aws):
    with pytest.raises(AssertionError, match="Colour: not in PutCompositeAlarmInput"):
        aws.deploy("by-api-unknown", composite(Colour="red"))


def scaled(maximum, resource: str = "function:worker:live") -> dict:
    return {
        "Target": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "lambda",
                "ResourceId": resource,
                "ScalableDimension": "lambda:function:ProvisionedConcurrency",
                "MinCapacity": 1,
                "MaxCapacity": maximum,
                "RoleARN": "arn:aws:iam::000000000000:role/any",
            },
        },
        "Policy": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": "utilization",
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": {"Ref": "Target"},
                "TargetTrackingScalingPolicyConfiguration": {
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"},
                    "TargetValue": "0.7",
                },
            },
        },
    }


def scaling(aws, resource: str) -> tuple:
    api = aws.client("application-autoscaling")
    targets = api.describe_scalable_targets(ServiceNamespace="lambda", ResourceIds=[resource])["ScalableTargets"]
    policies = api.describe_scaling_policies(ServiceNamespace="lambda", ResourceId=resource)["ScalingPolicies"]
    tracking = "TargetTrackingScalingPolicyConfiguration"
    return [target["MaxCapacity"] for target in targets], [policy[tracking]["TargetValue"] for policy in policies]


def test_scaling_follows_its_template(aws):
    ids = aws.deploy("by-api-scaled", scaled("3"))
    assert ids["Target"] == "function:worker:live|lambda:function:ProvisionedConcurrency|lambda"
    [policy] = aws.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="lambda")["ScalingPolicies"]
    assert ids["Policy"] == policy["PolicyARN"]
    assert scaling(aws, "function:worker:live") == ([3], [0.7])

    aws.deploy("by-api-scaled", scaled(5))
    assert scaling(aws, "function:worker:live") == ([5], [0.7])

    aws.deploy("by-api-scaled", scaled(5, "function:other:live"))
    assert scaling(aws, "function:worker:live") == ([], [])
    assert scaling(aws, "function:other:live") == ([5], [0.7])

    deleted(aws, "by-api-scaled")
    assert scaling(aws, "function:other:live") == ([], [])


def test_a_policy_without_its_target_is_refused(aws):
    api = aws.client("application-autoscaling")
    try:
        api.put_scaling_policy(
            PolicyName="p", ServiceNamespace="lambda", ResourceId="function:none:live", ScalableDimension="lambda:function:ProvisionedConcurrency"
        )
        code = None
    except Exception as error:
        code = type(error).__name__
    assert code == "ObjectNotFoundException"
