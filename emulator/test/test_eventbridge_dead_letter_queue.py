import contextlib
import http.server
import json
import threading
import uuid

import boto3
import pytest
from conftest import within
from queues import allowing, counted, ensure_role, queue, received, stays_empty

ROLE = "arn:aws:iam::000000000000:role/any"


def attributes_of(letter: dict) -> dict:
    return {name: attribute["StringValue"] for name, attribute in letter.get("MessageAttributes", {}).items()}


def rule_to(aws, name: str, arn: str, **target) -> str:
    """A rule for the events of one source, `name`, with one target. Answers its ARN."""
    events = aws.client("events")
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    failed = events.put_targets(Rule=name, Targets=[{"Id": "target", "Arn": arn, **target}])
    assert failed["FailedEntryCount"] == 0
    return rule


def put(aws, source: str, detail: dict) -> None:
    entry = {"Source": source, "DetailType": "placed", "Detail": json.dumps(detail)}
    assert aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@contextlib.contextmanager
def endpoint(statuses: list[int]):
    """An HTTP server that answers with these statuses in turn, the last one for ever, and lists what it was sent."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses[min(len(requests), len(statuses) - 1)]
            requests.append(body.decode())
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", requests
    finally:
        server.shutdown()
        server.server_close()


def api_destination(aws, name: str, url: str) -> str:
    events = aws.client("events")
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "key", "ApiKeyValue": "value"}}
    connection = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters=key)["ConnectionArn"]
    return events.create_api_destination(Name=name, ConnectionArn=connection, InvocationEndpoint=url, HttpMethod="POST")["ApiDestinationArn"]


@pytest.mark.parametrize("service", ["sqs", "lambda", "sns", "states", "events"])
def test_a_target_that_is_gone_is_not_retried(aws, service):
    name = f"gone-{service}"
    kinds = {"sqs": name, "sns": name, "lambda": f"function:{name}", "states": f"stateMachine:{name}", "events": f"event-bus/{name}"}
    target = f"arn:aws:{service}:us-east-1:000000000000:{kinds[service]}"
    dead_letters, dead_letter_arn = queue(aws, f"{name}-dead")
    rule = rule_to(aws, name, target, RoleArn=ROLE, DeadLetterConfig={"Arn": dead_letter_arn}, InputTransformer={"InputTemplate": '"changed"'})
    put(aws, name, {"order": 7})
    letter = received(aws, dead_letters)
    event = json.loads(letter["Body"])
    assert (event["source"], event["detail"]) == (name, {"order": 7})
    attributes = attributes_of(letter)
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": rule, "TARGET_ARN": target, "ERROR_CODE": "NO_RESOURCE", "RETRY_ATTEMPTS": "0"}
    assert counted(aws, "AWS/Events", "FailedInvocations", RuleName=name)
    assert counted(aws, "AWS/Events", "InvocationsSentToDlq", RuleName=name)


def test_a_queue_in_another_region_counts_as_gone(aws):
    dead_letters, dead_letter_arn = queue(aws, "elsewhere-dead")
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("sqs", region_name="eu-west-1", endpoint_url=aws.endpoint, **keys).create_queue(QueueName="elsewhere")
    rule_to(aws, "elsewhere", "arn:aws:sqs:eu-west-1:000000000000:elsewhere", DeadLetterConfig={"Arn": dead_letter_arn})
    put(aws, "elsewhere", {"order": 7})
    assert attributes_of(received(aws, dead_letters))["ERROR_CODE"] == "NO_RESOURCE"


def test_a_passing_error_is_retried_until_it_passes(aws):
    with endpoint([503, 429, 200]) as (url, requests):
        dead_letters, dead_letter_arn = queue(aws, "passes-dead")
        rule_to(aws, "passes", api_destination(aws, "passes", url), RoleArn=ROLE, DeadLetterConfig={"Arn": dead_letter_arn})
        put(aws, "passes", {"order": 7})
        within(20 if aws.supplemented else 1, lambda: len(requests) == 3)
        assert stays_empty(aws, dead_letters)
        assert len(requests) == 3


def test_retries_end_with_the_attempts(aws):
    with endpoint([503]) as (url, requests):
        dead_letters, dead_letter_arn = queue(aws, "attempts-dead")
        destination = api_destination(aws, "attempts", url)
        policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600}
        rule_to(aws, "attempts", destination, RoleArn=ROLE, DeadLetterConfig={"Arn": dead_letter_arn}, RetryPolicy=policy)
        put(aws, "attempts", {"order": 7})
        attributes = attributes_of(received(aws, dead_letters))
        assert len(requests) == 3
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("ERROR_FROM_TARGET", "2")
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_retries_end_with_the_age_of_the_event(aws):
    with endpoint([503]) as (url, requests):
        dead_letters, dead_letter_arn = queue(aws, "age-dead")
        policy = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 60}
        rule_to(aws, "age", api_destination(aws, "age", url), RoleArn=ROLE, DeadLetterConfig={"Arn": dead_letter_arn}, RetryPolicy=policy)
        put(aws, "age", {"order": 7})
        attributes = attributes_of(received(aws, dead_letters))
        assert 1 < len(requests) < 185
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert int(attributes["RETRY_ATTEMPTS"]) == len(requests) - 1


def test_a_lasting_error_of_an_endpoint_is_not_retried(aws):
    with endpoint([400]) as (url, requests):
        dead_letters, dead_letter_arn = queue(aws, "lasting-dead")
        rule_to(aws, "lasting", api_destination(aws, "lasting", url), RoleArn=ROLE, DeadLetterConfig={"Arn": dead_letter_arn})
        put(aws, "lasting", {"order": 7})
        attributes = attributes_of(received(aws, dead_letters))
        assert len(requests) == 1
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("ERROR_FROM_TARGET", "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes


def test_an_endpoint_that_cannot_be_reached(aws):
    with endpoint([200]) as (url, _requests):
        pass  # Its port is closed again.
    dead_letters, dead_letter_arn = queue(aws, "unreachable-dead")
    destination = api_destination(aws, "unreachable", url)
    rule_to(aws, "unreachable", destination, RoleArn=ROLE, DeadLetterConfig={"Arn": dead_letter_arn}, RetryPolicy={"MaximumRetryAttempts": 1})
    put(aws, "unreachable", {"order": 7})
    attributes = attributes_of(received(aws, dead_letters))
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("CONNECTION_FAILURE", "1")


def test_a_dead_letter_queue_that_is_gone_is_counted(aws):
    dead_letters, dead_letter_arn = queue(aws, "both-gone-dead")
    aws.client("sqs").delete_queue(QueueUrl=dead_letters)
    rule_to(aws, "both-gone", "arn:aws:sqs:us-east-1:000000000000:both-gone", DeadLetterConfig={"Arn": dead_letter_arn})
    put(aws, "both-gone", {"order": 7})
    assert counted(aws, "AWS/Events", "InvocationsFailedToBeSentToDlq", RuleName="both-gone")


def test_the_errors_of_a_function_are_its_own_affair(aws):
    function = aws.function("fails-by-rule", "def handler(event, context): raise ValueError('no')", "python3.12")
    rule_dead_letters, rule_dead_letter_arn = queue(aws, "fails-by-rule-dead")
    failures, failure_arn = queue(aws, "fails-by-rule-failures")
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName="fails-by-rule", MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": failure_arn}}
    )
    rule_to(aws, "fails-by-rule", function, DeadLetterConfig={"Arn": rule_dead_letter_arn})
    put(aws, "fails-by-rule", {"order": 7})
    record = json.loads(received(aws, failures)["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["requestPayload"]["detail"] == {"order": 7}
    assert stays_empty(aws, rule_dead_letters)


@pytest.mark.also_alone
def test_what_is_delivered_is_not_set_aside(aws):
    url, arn = queue(aws, "by-rule")
    dead_letters, dead_letter_arn = queue(aws, "by-rule-dead")
    rule_to(aws, "by-rule", arn, DeadLetterConfig={"Arn": dead_letter_arn}, InputPath="$.detail")
    put(aws, "by-rule", {"order": 7})
    assert json.loads(received(aws, url)["Body"]) == {"order": 7}
    assert stays_empty(aws, dead_letters)


def test_the_policies_of_the_target_and_of_its_dead_letter_queue_count(aws_with_iam):
    aws = aws_with_iam
    url, arn = queue(aws, "closed-to-rule")
    dead_letters, dead_letter_arn = queue(aws, "closed-to-rule-dead")
    rule = rule_to(aws, "closed-to-rule", arn, DeadLetterConfig={"Arn": dead_letter_arn})
    put(aws, "closed-to-rule", {"order": 1})
    assert counted(aws, "AWS/Events", "InvocationsFailedToBeSentToDlq", RuleName="closed-to-rule")
    aws.client("sqs").set_queue_attributes(QueueUrl=dead_letters, Attributes={"Policy": allowing("events.amazonaws.com", dead_letter_arn, rule)})
    put(aws, "closed-to-rule", {"order": 2})
    letter = received(aws, dead_letters)
    assert json.loads(letter["Body"])["detail"] == {"order": 2}
    assert attributes_of(letter)["ERROR_CODE"] == "NO_PERMISSIONS"
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowing("events.amazonaws.com", arn, rule)})
    put(aws, "closed-to-rule", {"order": 3})
    assert json.loads(received(aws, url)["Body"])["detail"] == {"order": 3}


def test_a_function_that_does_not_let_the_rule_in(aws_with_iam):
    aws = aws_with_iam
    ensure_role(aws, "any")
    function = aws.function("closed-by-rule", "def handler(event, context): pass", "python3.12")
    dead_letters, dead_letter_arn = queue(aws, "closed-by-rule-dead")
    rule = rule_to(aws, "closed-by-rule", function, DeadLetterConfig={"Arn": dead_letter_arn})
    aws.client("sqs").set_queue_attributes(QueueUrl=dead_letters, Attributes={"Policy": allowing("events.amazonaws.com", dead_letter_arn, rule)})
    put(aws, "closed-by-rule", {"order": 1})
    assert attributes_of(received(aws, dead_letters))["ERROR_CODE"] == "NO_PERMISSIONS"
    aws.client("lambda").add_permission(
        FunctionName="closed-by-rule", StatementId="rule", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=rule
    )
    put(aws, "closed-by-rule", {"order": 2})
    assert stays_empty(aws, dead_letters)


@pytest.mark.parametrize("kind", ["state machine", "api destination", "event bus"])
def test_a_target_with_a_role_is_called_as_this_role(aws_with_iam, kind):
    aws, name = aws_with_iam, f"as-role-{uuid.uuid4().hex[:8]}"
    events, iam = aws.client("events"), aws.client("iam")
    with endpoint([200]) as (url, _requests):
        role = ensure_role(aws, name)
        if kind == "state machine":
            definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
            target = aws.client("stepfunctions").create_state_machine(name=name, roleArn=role, definition=definition)["stateMachineArn"]
            action = "states:StartExecution"
        elif kind == "api destination":
            target, action = api_destination(aws, name, url), "events:InvokeApiDestination"
        else:
            target, action = events.create_event_bus(Name=name)["EventBusArn"], "events:PutEvents"
        dead_letters, dead_letter_arn = queue(aws, f"{name}-dead")
        rule = rule_to(aws, name, target, RoleArn=role, DeadLetterConfig={"Arn": dead_letter_arn})
        policy = allowing("events.amazonaws.com", dead_letter_arn, rule)
        aws.client("sqs").set_queue_attributes(QueueUrl=dead_letters, Attributes={"Policy": policy})
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "events.amazonaws.com"}}

        ensure_role(aws, name, {"Effect": "Allow", "Action": action, "Resource": target})
        put(aws, name, {"order": "no trust"})
        assert attributes_of(received(aws, dead_letters))["ERROR_CODE"] == "NO_PERMISSIONS"
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Statement": [trust]}))
        iam.delete_role_policy(RoleName=name, PolicyName="test")
        put(aws, name, {"order": "no permission"})
        assert attributes_of(received(aws, dead_letters))["ERROR_CODE"] == "NO_PERMISSIONS"
        ensure_role(aws, name, {"Effect": "Allow", "Action": action, "Resource": target})
        put(aws, name, {"order": "let in"})
        assert stays_empty(aws, dead_letters)
