"""Whether every delivery of the library is allowed, and would not be without the statements that allow it.

Nothing here runs: requests that AWS's documentation names are put to the policies in the templates.
"""

import copy
import json
from collections import Counter

import pytest

from cloudformation import ACCOUNT, Deployment
from deliveries import Deliveries, Policies
from policy_evaluator import Caller, Request, Statement, as_list

# What an integ test breaks on purpose: deployment and logical id.
PLANNED = {
    ("integ.topic-fan-out-permissions", "IntrusionD4D557F2"): "The topic of a stranger, which the queue's policy keeps out; the test proves that it does.",
    ("integ.queue-fed-service-permissions", "Worker11F36D0F"): "A function that tries what the role of a task allows, which is not to write logs.",
    ("integ.queue-fed-service-permissions", "UnprotectedTaskDefinition48A9D17E"): "May not protect itself until the drill lifts the denial, and receives nothing until then.",
}
# Statements that no delivery needs: the end of the logical id, without its hash, and the action.
NOT_NEEDED = {
    ("Key", "kms:*"): "The account administers its key; where all who use it are services, nobody needs the statement to deliver.",
    ("Key", "kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey"): "The CDK adds it for a bus; it does not let EventBridge describe the key, nor an archive use it, so others that are wider stand beside it.",
    ("FilterKey", "kms:Decrypt"): "Lambda reads the filters of an event source with it, which is no delivery.",
    ("HandlerServiceRoleDefaultPolicy", "kms:Decrypt"): "Reads the queue. Reading the objects of a bucket with the same key brings the same action; each grant stands for itself.",
    ("InputsTasksExecutionRole", "sts:AssumeRole"): "The form's task pulls from a public registry and logs nowhere, so ECS does nothing for it; the service waits for the role all the same.",
    ("RuleRoleDefaultPolicy", "kms:GenerateDataKey, kms:Decrypt"): "The CDK grants it to whoever starts an encrypted state machine; whether EventBridge needs it, AWS does not say.",
    ("PipeRoleDefaultPolicy", "kms:Decrypt"): "Reads the stream. Sending to the dead-letter queue, of the same key, brings the same action; each grant stands for itself.",
}
# Resources that deliver, or that something is delivered to, each in at least one way.
DELIVERING = {
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ECS::TaskDefinition",
    "AWS::Events::Rule",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Pipes::Pipe",
    "AWS::SNS::Subscription",
    "AWS::Scheduler::Schedule",
    "AWS::StepFunctions::StateMachine",
}


def refusals(deployment: Deployment) -> dict[tuple[str, str], str]:
    """Of the deliveries that are not allowed, by deployment and logical id."""
    policies = Policies(deployment)
    refused = ((delivery.name.split()[0], policies.refusal(delivery)) for delivery in Deliveries(deployment).found)
    return {(deployment.name, resource): reason for resource, reason in refused if reason}


def not_held_up(deployment: Deployment) -> list[str]:
    """The deliveries that stay allowed whichever statement is taken away: what allows them is not what the evaluator thinks, or stands there twice."""
    policies = Policies(deployment)
    return [
        f"{deployment.name}: {delivery.kind} {delivery.name}"
        for delivery in Deliveries(deployment).found
        if not policies.refusal(delivery) and not any(policies.refusal(delivery, without) for without in policies.taking_part(delivery))
    ]


def not_needed(deployment: Deployment) -> list[tuple[str, str, str]]:
    """The statements without which every delivery is still allowed: of which resource, for which action, and where exactly."""
    policies = Policies(deployment)
    needed = {
        without.place
        for delivery in Deliveries(deployment).found
        for without in policies.taking_part(delivery)
        if policies.refusal(delivery, without)
    }
    return [
        (statement.place, ", ".join(as_list(statement.content["Action"])), deployment.name)
        for statement in policies.own
        if statement.content["Effect"] == "Allow" and statement.place not in needed
    ]


def reason_for(place: str, action: str) -> tuple[str, str] | None:
    logical_id = place.split(".")[1].split("[")[0][:-8]
    return next((entry for entry in NOT_NEEDED if logical_id.endswith(entry[0]) and action == entry[1]), None)


def test_every_delivery_is_allowed(deployments, whole_registry):
    refused = {key: reason for deployment in deployments for key, reason in refusals(deployment).items()}
    assert {key: reason for key, reason in refused.items() if key not in PLANNED} == {}
    assert not whole_registry or refused.keys() >= PLANNED.keys(), "planned, but allowed"


def test_every_delivery_needs_a_statement(deployments):
    assert [line for deployment in deployments for line in not_held_up(deployment)] == []


def test_every_statement_is_needed(forms, whole_registry):
    found = [entry for form in forms for entry in not_needed(form)]
    assert [entry for entry in found if not reason_for(*entry[:2])] == []
    used = {reason_for(*entry[:2]) for entry in found}
    assert not whole_registry or used >= NOT_NEEDED.keys(), "needed after all"


def test_everything_that_delivers_was_looked_at(deployments):
    for deployment in deployments:
        deliveries = Deliveries(deployment)
        looked_at = Counter(name.split()[0] for name in (*(found.name for found in deliveries.found), *deliveries.elsewhere))
        assert [resource.id for resource in deployment.of_type(*DELIVERING) if not looked_at[resource.id] and not delivers_nothing(resource)] == [], deployment


def delivers_nothing(resource) -> bool:
    """A rule without targets delivers nothing: CloudWatch counts what it matches. Settings without destinations deliver nothing either, nor tasks without a queue."""
    properties = resource.properties
    match resource.type:
        case "AWS::Events::Rule":
            return not properties.get("Targets")
        case "AWS::Lambda::EventInvokeConfig":
            return not properties.get("DestinationConfig")
        case "AWS::ECS::TaskDefinition":
            return not any(container.get("Environment") for container in properties["ContainerDefinitions"])
    return False


def test_plain_http_is_refused(deployments):
    """An administrator of the account may do everything, but not without TLS; only the statement that says so refuses it."""
    administrator = Caller(f"arn:aws:iam::{ACCOUNT}:role/administrator")
    everything = Statement("everything", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    seen = 0
    for deployment in deployments:
        policies = Policies(deployment)
        policies.identity[administrator.name] = [everything]
        over_http = [
            (holder, statement)
            for holder, statements in policies.resource.items()
            for statement in statements
            if statement.content["Effect"] == "Deny" and "aws:SecureTransport" in statement.content.get("Condition", {}).get("Bool", {})
        ]
        for holder, statement in over_http:
            action, resource = {"sqs": ("sqs:SendMessage", holder), "sns": ("sns:Publish", holder), "s3": ("s3:GetObject", f"{holder}/any")}[holder.split(":")[2]]
            plain, secure = (Request(administrator, action, resource, {"aws:SecureTransport": value}) for value in ("false", "true"))
            assert not policies.decide(plain).allowed, f"{deployment} {statement.place}"
            assert policies.decide(plain, without=statement).allowed, f"{deployment} {statement.place}"
            assert policies.decide(secure).allowed, f"{deployment} {statement.place}"
        seen += len(over_http)
    assert seen > 0 or not any(True for deployment in deployments for _ in deployment.of_type("AWS::SQS::Queue"))


def template_with_a_key() -> dict:
    """A topic, a queue with a key, and what lets the one deliver to the other."""
    from_topic = {"ArnEquals": {"aws:SourceArn": {"Ref": "Topic"}}}
    sns = {"Service": "sns.amazonaws.com"}
    return {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Key": {
                "Type": "AWS::KMS::Key",
                "Properties": {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Principal": sns, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}]}},
            },
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Queue"}],
                    "PolicyDocument": {
                        "Statement": [
                            {"Effect": "Allow", "Principal": sns, "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Queue", "Arn"]}, "Condition": from_topic}
                        ]
                    },
                },
            },
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}},
            },
        }
    }


def deny_sns(resources: dict) -> None:
    resources["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Deny", "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sqs:*", "Resource": "*"}
    )


SEEDED = {
    "the queue's policy is gone": lambda resources: resources.pop("QueuePolicy"),
    "it names another topic": lambda resources: resources["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0].update(
        Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:another"}}
    ),
    "it names another service": lambda resources: resources["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0].update(
        Principal={"Service": "events.amazonaws.com"}
    ),
    "it denies everybody else": deny_sns,
    "the key's policy lacks an action": lambda resources: resources["Key"]["Properties"]["KeyPolicy"]["Statement"][0].update(Action="kms:Decrypt"),
    "the key's policy lets in one account only": lambda resources: resources["Key"]["Properties"]["KeyPolicy"]["Statement"][0].update(
        Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}
    ),
}


def test_what_the_seeded_faults_are_sown_in_is_allowed():
    deployment = Deployment("sown", {"Stack": template_with_a_key()})
    assert refusals(deployment) == {}
    assert not_held_up(deployment) == []
    assert not_needed(deployment) == []


@pytest.mark.parametrize("fault", SEEDED.values(), ids=SEEDED.keys())
def test_a_seeded_fault_is_found(fault):
    template = template_with_a_key()
    fault(template["Resources"])
    assert list(refusals(Deployment("sown", {"Stack": template}))) == [("sown", "Subscription")]


def test_a_statement_too_many_is_found():
    template = template_with_a_key()
    statements = template["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements.append({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sqs:ReceiveMessage", "Resource": "*"})
    assert [action for _, action, _ in not_needed(Deployment("sown", {"Stack": template}))] == ["sqs:ReceiveMessage"]
    # Twice the same: neither is needed, and the delivery stands on no single one.
    statements[1] = copy.deepcopy(statements[0])
    assert len(not_needed(Deployment("sown", {"Stack": template}))) == 2
