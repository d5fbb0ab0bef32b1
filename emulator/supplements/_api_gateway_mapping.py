"""What API Gateway's mapping templates and parameter mappings see and say, for REST APIs.

Templates: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
Parameters: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
Overrides: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
"""

import base64
import json
import re
import urllib.parse

import airspeed

from supplements._velocity import from_json, render, text_of


class UnreadableBody(Exception):
    """A template or a mapping reads the body as JSON, and it is none."""


class Message:
    """A request, or the answer of a back end: what `$input` and the mappings read."""

    def __init__(self, body: str, headers: dict, querystring: dict | None = None, path: dict | None = None):
        self.body = body
        self.headers = {name: values if isinstance(values, list) else [values] for name, values in headers.items()}
        self.querystring = {name: values if isinstance(values, list) else [values] for name, values in (querystring or {}).items()}
        self.path = path or {}

    def header(self, name: str) -> list:
        return next((values for key, values in self.headers.items() if key.lower() == name.lower()), [])

    def at(self, path: str):
        """The value at a JSONPath: one value for a definite path, a list for any other, None where nothing matches."""
        import jsonpath  # a twentieth of a second that the start does not need

        try:
            document = json.loads(self.body or "{}")
        except ValueError as error:
            raise UnreadableBody(str(error)) from error
        query = jsonpath.compile(path if path.startswith("$") else f"$.{path}")
        found = query.findall(document)
        if not query.singular_query():
            return from_json(found)
        return from_json(found[0]) if found else None


class Headers(dict):
    """Header fields by name, in whatever case it is written; the emulator knows them in lower case only."""

    def __missing__(self, name):
        return dict.get(self, name.lower())

    def get(self, name, default=None):
        return self[name] or default


class Input:
    """`$input`."""

    def __init__(self, message: Message, request: Message):
        self.body = message.body or "{}"
        self._message, self._request = message, request

    def path(self, path):
        value = self._message.at(path)
        return "" if value is None else value

    def json(self, path):
        return json.dumps(self.path(path), separators=(",", ":"), ensure_ascii=False)

    def params(self, name=None):
        request = self._request
        sources = {
            "path": dict(request.path),
            "querystring": {key: values[0] for key, values in request.querystring.items() if values},
            "header": Headers({key: values[-1] for key, values in request.headers.items() if values}),
        }
        return sources if name is None else next((value for source in sources.values() if (value := source.get(name))), "")


ESCAPES = {**{sign: f"\\{sign}" for sign in "\"'\\/"}, "\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"}


class Util:
    """`$util`."""

    def escapeJavaScript(self, value):
        utf16 = text_of(value).encode("utf-16-be", "surrogatepass")
        units = (int.from_bytes(utf16[index : index + 2], "big") for index in range(0, len(utf16), 2))
        return "".join(ESCAPES.get(chr(unit)) or (chr(unit) if 32 <= unit <= 127 else f"\\u{unit:04X}") for unit in units)

    def parseJson(self, text):
        return from_json(json.loads(text))

    def urlEncode(self, text):
        return urllib.parse.quote_plus(text_of(text), safe="*-._")

    def urlDecode(self, text):
        return urllib.parse.unquote_plus(text_of(text))

    def base64Encode(self, text):
        return base64.b64encode(text_of(text).encode()).decode()

    def base64Decode(self, text):
        return base64.b64decode(text_of(text)).decode("utf-8", errors="replace")


class Known(dict):
    """A map of `$context` or `$stageVariables`: what it does not hold is empty."""

    def __missing__(self, key):
        return ""


def known(value):
    return Known({key: known(item) for key, item in value.items()}) if isinstance(value, dict) else value


class Overrides(dict):
    """Overrides are final: to override a parameter twice fails the request."""

    def __setitem__(self, name, value):
        if name in self:
            raise ValueError(f"{name} is overridden twice")
        super().__setitem__(name, value)


class Exchange:
    """One request through an integration: where its templates and mappings get their values, and what they override."""

    def __init__(self, request: Message, context: dict, stage_variables: dict):
        self.request, self.answer = request, None
        self.request_override = {kind: Overrides() for kind in ("header", "querystring", "path")}
        self.response_override = Overrides(header=Overrides())
        self.context = known(context)
        self.context.update(requestOverride=self.request_override, responseOverride=self.response_override)
        self.stage_variables = known(stage_variables)

    def rendered(self, template: str) -> str:
        message = self.answer or self.request
        names = {"input": Input(message, self.request), "util": Util(), "context": self.context, "stageVariables": self.stage_variables}
        try:
            return render(template, names)
        except airspeed.TemplateExecutionError as error:
            cause: BaseException | None = error
            while cause and not isinstance(cause, UnreadableBody):
                cause = cause.__cause__
            # Not `from error`, which stands above it in its own chain of causes.
            raise cause or error

    def value(self, source: str):
        """The value that a mapping expression names: text, a list for `multivalue…`, or None."""
        if len(source) >= 2 and source[0] == source[-1] == "'":
            return source[1:-1]
        root, _, rest = source.partition(".")
        if root == "stageVariables":
            return self.stage_variables.get(rest)
        if root == "context":
            value = self.context
            for name in rest.split("."):
                value = value.get(name) if isinstance(value, dict) else None
            return None if value is None or isinstance(value, dict) else text_of(value)
        message = {"method.request": self.request, "integration.response": self.answer}.get(".".join(source.split(".")[:2]))
        kind, _, name = ".".join(source.split(".")[2:]).partition(".")
        if message is None:
            return None
        if kind == "body":
            value = message.at(f"$.{name}") if name else message.body
            return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list)) else value if value is None else text_of(value)
        if kind == "path":
            return message.path.get(name)
        values = message.header(name) if kind.endswith("header") else message.querystring.get(name, [])
        if kind.startswith("multivalue"):
            return values or None
        return values[-1] if values else None

    def mapped(self, mappings: dict, prefix: str, overrides: dict) -> dict:
        """The targets of one kind, such as `integration.request.header.`, by name; an override is final."""
        values = {target[len(prefix) :]: self.value(source) for target, source in (mappings or {}).items() if target.startswith(prefix)}
        overridden = {name: text_of(value) for name, value in overrides.items()}
        names = {name.lower() for name in overridden}
        return {**{name: value for name, value in values.items() if value is not None and name.lower() not in names}, **overridden}


def template_for(templates: dict, media_type: str) -> str | None:
    wanted = media_type.split(";", 1)[0].strip().lower()
    return next((template for key, template in (templates or {}).items() if key.split(";", 1)[0].strip().lower() == wanted), None)


def selected_response(integration: dict, outcome: str) -> dict | None:
    """The integration response whose pattern matches the outcome (status, or a function's error), else the default one."""
    responses = list((integration.get("integrationResponses") or {}).values())
    for response in responses:
        pattern = response.get("selectionPattern")
        if pattern and re.fullmatch(pattern, outcome, re.DOTALL):
            return response
    return next((response for response in responses if not response.get("selectionPattern")), None)


def answered(response: dict, exchange: Exchange) -> tuple[int, dict, str]:
    """The method response that an integration response makes of the back end's answer."""
    templates = response.get("responseTemplates") or {}
    accepted = (exchange.request.header("accept") or ["application/json"])[0].split(",")[0]
    media_type = next((key for key in (accepted.split(";")[0].strip(), "application/json", *templates) if templates.get(key)), None)
    body = exchange.rendered(templates[media_type]) if media_type else exchange.answer.body
    headers = exchange.mapped(response.get("responseParameters"), "method.response.header.", exchange.response_override["header"])
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = media_type or "application/json"
    return int(text_of(exchange.response_override.get("status") or response["statusCode"])), headers, body
