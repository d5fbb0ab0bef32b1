"""An SQS event source reads its queue as the function's role.

AWS: "Creating and configuring an Amazon SQS event source mapping"
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html): the execution role needs sqs:ReceiveMessage, sqs:DeleteMessage
and sqs:GetQueueAttributes on the queue; a mapping whose role lacks one is refused. "Amazon SQS key management"
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html): who receives from a queue with a
customer key needs kms:Decrypt too. A permission that is lost later ends the polling: the messages stay. What was handled, but may no
longer be deleted, comes again after its visibility timeout.

The emulator alone: reads any queue for any function, also with IAM enforced.

This supplement: with IAM enforced it asks the role, when the mapping is made or gets another function, on each receive and on each delete.
AWS does not say whether a missing kms:Decrypt refuses the mapping; here it does not. The mapping's LastProcessingResult names what is
missing, in words of its own. `lambda_stream_role` asks for streams.
"""

from ministack.services import lambda_svc, sqs
from ministack.services.cloudformation import provisioners

from supplements import _roles
from supplements._patching import edit_function, expect_parameters

TO_READ = ("ReceiveMessage", "GetQueueAttributes")
TO_MAP = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def apply() -> None:
    _roles.expect_roles()
    expect_parameters(sqs._queue_by_arn, "arn")
    expect_parameters(lambda_svc._get_func_record_for_qualifier, "name", "qualifier")
    lambda_svc.why_not_mapped = why_not_mapped
    lambda_svc.may_read = may_read
    lambda_svc.may_delete = may_delete
    edit_function(
        lambda_svc._create_esm,
        """\
    enabled = data.get("Enabled", True)
    if isinstance(""",
        """\
    if refusal := why_not_mapped(event_source_arn, func_name, qualifier):
        return _invalid_parameter_value(refusal)
    enabled = data.get("Enabled", True)
    if isinstance(""",
    )
    edit_function(
        lambda_svc._update_esm,
        """\
        esm["FunctionName"] = new_name
""",
        """\
        if refusal := why_not_mapped(esm["EventSourceArn"], new_name, qualifier):
            return _invalid_parameter_value(refusal)
        esm["FunctionName"] = new_name
""",
    )
    edit_function(
        lambda_svc._poll_sqs,
        """\
            batch_size = esm.get("BatchSize", 10)
""",
        """\
            if not may_read(esm, _cfg, queue):
                continue
            batch_size = esm.get("BatchSize", 10)
""",
    )
    edit_function(
        lambda_svc._run_sqs_batch,
        "    if receipt_handles:\n",
        "    if receipt_handles and may_delete(esm, func_rec):\n",
    )
    provisioners.refuse_to_map = refuse_to_map
    edit_function(
        provisioners._lambda_esm_create,
        """\
    esm_id = new_uuid()
""",
        """\
    refuse_to_map(props.get("EventSourceArn", ""), func_name, qualifier)
    esm_id = new_uuid()
""",
    )


def why_not_mapped(source_arn: str, function_name: str, qualifier: str | None) -> str | None:
    """What AWS answers when the function's role may not do all that its event source has to do."""
    _record, config = lambda_svc._get_func_record_for_qualifier(function_name, qualifier)
    if config is None or sqs._queue_by_arn(source_arn) is None:
        return None
    missing = next((action for action in TO_MAP if not _roles.allowed(config["Role"], f"sqs:{action}", source_arn)), None)
    return missing and f"The function execution role does not have permissions to call {missing} on SQS"


def refuse_to_map(source_arn: str, function_name: str, qualifier: str | None) -> None:
    if refusal := why_not_mapped(source_arn, function_name, qualifier):
        raise ValueError(refusal)


def may_read(esm: dict, config: dict, queue: dict) -> bool:
    role, queue_arn = config["Role"], queue["attributes"]["QueueArn"]
    missing = next((f"sqs:{action}" for action in TO_READ if not _roles.allowed(role, f"sqs:{action}", queue_arn)), None)
    if missing is None and not may_decrypt(role, queue):
        missing = "kms:Decrypt"
    if missing:
        esm["LastProcessingResult"] = f"PROBLEM: the function's role may not {missing}"
    return missing is None


def may_delete(esm: dict, function: dict) -> bool:
    config = function.get("config") or function
    return _roles.allowed(config["Role"], "sqs:DeleteMessage", esm["EventSourceArn"])


def may_decrypt(role: str, queue: dict) -> bool:
    """Whether the role may use the queue's key. A key that AWS manages lets every caller in that SQS lets in."""
    key = _roles.customer_key(queue["attributes"].get("KmsMasterKeyId"))
    queue_arn = queue["attributes"]["QueueArn"]
    context = {"kms:ViaService": f"sqs.{queue_arn.split(':')[3]}.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn": queue_arn}
    return key is None or _roles.allowed(role, "kms:Decrypt", key["Arn"], context)
