LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:workflow:*"
LOGGING = {"Level": "ERROR", "IncludeExecutionData": True, "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": LOG_GROUP}}]}


def described(aws, **properties) -> dict:
    definition = {"StartAt": "Answer", "States": {"Answer": {"Type": "Pass", "Result": "${answer}", "End": True}}}
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": "arn:aws:iam::000000000000:role/any",
            "Definition": definition,
            "DefinitionSubstitutions": {"answer": "forty-two"},
            **properties,
        },
    }
    arn = aws.deploy("machine-properties", {"Machine": machine})["Machine"]
    return aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)


def test_a_machine_has_the_logging_and_tracing_of_its_template(aws):
    found = described(aws, LoggingConfiguration=LOGGING, TracingConfiguration={"Enabled": True})
    assert '"forty-two"' in found["definition"]
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": LOG_GROUP}}]
    assert found["loggingConfiguration"] == {"level": "ERROR", "includeExecutionData": True, "destinations": destinations}
    assert found.get("tracingConfiguration") == {"enabled": True}
    found = described(aws)
    assert (found["loggingConfiguration"]["level"], found.get("tracingConfiguration")) == ("OFF", {"enabled": False})


def test_tracing_is_kept_by_the_api(aws):
    workflows = aws.client("stepfunctions")
    definition = '{"StartAt": "Answer", "States": {"Answer": {"Type": "Pass", "End": true}}}'
    arn = workflows.create_state_machine(
        name="traced", definition=definition, roleArn="arn:aws:iam::000000000000:role/any", tracingConfiguration={"enabled": True}
    )["stateMachineArn"]
    assert workflows.describe_state_machine(stateMachineArn=arn).get("tracingConfiguration") == {"enabled": True}
    workflows.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": False})
    assert workflows.describe_state_machine(stateMachineArn=arn).get("tracingConfiguration") == {"enabled": False}
