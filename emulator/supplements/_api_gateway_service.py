"""A request of API Gateway to an AWS service, through the emulator's own front door."""

import functools
import hashlib
import json
import os
import time
import urllib.parse
import xml.etree.ElementTree

from ministack import app
from ministack.services import sts

from supplements._roles import trusts

# Where the name in the integration's URI is not the name of the service's model.
MODELS = {"states": "stepfunctions"}


# Called by their Query protocol: the action is a parameter.
QUERY_SERVICES = ("sqs", "sns")


class NoSuchRole(Exception):
    """The integration's role is missing, or does not trust API Gateway."""


@functools.cache
def protocol(service: str) -> dict:
    """The service's protocol, API version and target prefix, from its model."""
    from botocore.loaders import Loader

    return Loader().load_service_model(MODELS.get(service, service), "service-2")["metadata"]


async def call_service(region, service, kind, target, http_method, headers, querystring, body, account, role):
    """Answer (status, headers, text) of `action/Name` or `path/some/path` of the service."""
    path, _, uri_query = target.replace("?", "&", 1).partition("&")
    query = [*urllib.parse.parse_qsl(uri_query, keep_blank_values=True)]
    for name, values in querystring.items():
        query += [(name, value) for value in (values if isinstance(values, list) else [values])]
    sent = {"Content-Type": "application/json", "Accept": "application/json"}
    if kind == "action":
        metadata = protocol(service)
        if service in QUERY_SERVICES:
            query = [("Action", path), ("Version", metadata["apiVersion"]), *query]
        else:
            sent["X-Amz-Target"] = f"{metadata['targetPrefix']}.{path}"
            sent["Content-Type"] = f"application/x-amz-json-{metadata['jsonVersion']}"
        path = ""
    given = {name: ",".join(value) if isinstance(value, list) else value for name, value in headers.items()}
    lower = {name.lower() for name in given}
    sent = {**{name: value for name, value in sent.items() if name.lower() not in lower}, **given}
    status, answer_headers, answer = await through_front_door(
        http_method, "/" + path.lstrip("/"), urllib.parse.urlencode(query), sent, body.encode(), service, region, account, role
    )
    text = answer.decode("utf-8", errors="replace")
    if service in QUERY_SERVICES and text.lstrip().startswith("<"):
        text = json.dumps(json_of(xml.etree.ElementTree.fromstring(text)))
        answer_headers = {**answer_headers, "content-type": "application/json"}
    return status, answer_headers, text


# SQS's JSON answer names these even when they are empty.
SEND_MESSAGE = ("MD5OfMessageAttributes", "MD5OfMessageBody", "MD5OfMessageSystemAttributes", "MessageId", "SequenceNumber")


def json_of(element: xml.etree.ElementTree.Element, root: bool = True):
    """A Query answer as the JSON that the service gives to callers who accept JSON; an error has no root."""
    name = element.tag.rpartition("}")[2]
    value: dict = {}
    for child in element:
        value[child.tag.rpartition("}")[2]] = json_of(child, root=False)
    if name == "SendMessageResult":
        value = {key: value.get(key) for key in SEND_MESSAGE}
    value = value if len(element) else element.text
    return {name: value} if root and name != "ErrorResponse" else value


def credentials_for(service: str, account: str, role: str | None) -> tuple[str, str, str | None] | None:
    """The key, secret and token of the integration's role; None without one.

    The account's own where nothing is enforced, and for a function without a role: its resource policy has decided by then.
    """
    if not app.AUTH or (service == "lambda" and not role):
        return account, os.environ.get("AWS_SECRET_ACCESS_KEY", "test"), None
    if not role:
        return None
    if not trusts(role, "apigateway.amazonaws.com"):
        raise NoSuchRole(role)
    name = role.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"apigateway:{role}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", f"secret{digest}", f"token{digest}"
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{role.split(':')[4]}:assumed-role/{name}/BackplaneAssumeRoleSession",
            "UserId": f"{name}:BackplaneAssumeRoleSession",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": time.time() + 3600,
        },
    )
    return key, secret, token


async def through_front_door(method, path, query, headers, body, service, region, account, role):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    host = f"{os.environ.get('MINISTACK_HOST', '127.0.0.1')}:{os.environ.get('GATEWAY_PORT', '4566')}"
    path = urllib.parse.quote(urllib.parse.unquote(path), safe="/:~-._")
    request = AWSRequest(method=method, url=f"http://{host}{path}{'?' + query if query else ''}", headers={**headers, "Host": host}, data=body)
    if credentials := credentials_for(service, account, role):
        SigV4Auth(Credentials(*credentials), service, region).add_auth(request)
    request.headers["Content-Length"] = str(len(body))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": urllib.parse.unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), str(value).encode()) for name, value in request.headers.items()],
        "client": ("127.0.0.1", 0),
        "server": tuple(host.rsplit(":", 1)),
    }
    answer: dict = {"body": b""}

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
            answer["headers"] = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        else:
            answer["body"] += message.get("body", b"")

    await app.app(scope, receive, send)
    return answer["status"], answer["headers"], answer["body"]
