"""Velocity 1.7, as API Gateway runs it, on the `airspeed` package.

What airspeed 0.7.1 does otherwise, and this module mends (Velocity's user guide: https://velocity.apache.org/engine/1.7/user-guide.html):
names with hyphens; `#set` of `a.b["c-d"]`, of null (leaves the variable) and inside a loop (stays set after it); only null and false
are false in a condition; a loop over a map runs over its values; quotes in literals are doubled, a backslash is itself; values print as Java
prints them; strings, lists and maps have Java's methods and not Python's.
"""

import functools
import importlib.metadata
import json
import re

import airspeed

from supplements._patching import SupplementRefused

VERSION = "0.7.1"
if importlib.metadata.version("airspeed") != VERSION:
    raise SupplementRefused(f"airspeed {importlib.metadata.version('airspeed')}: written for {VERSION}")


class Entry:
    """An entry of a map; `key` and `value` are read as properties or by their getters."""

    def __init__(self, key, value):
        self.key, self.value = key, value
        self.getKey, self.getValue = lambda: key, lambda: value


class Json(list):
    """An array from a JSON document: prints as JSON, where Velocity's own lists print as `[a, b]`."""


def from_json(value):
    if isinstance(value, dict):
        return {key: from_json(item) for key, item in value.items()}
    return Json(map(from_json, value)) if isinstance(value, list) else value


def text_of(value) -> str:
    """What `toString` answers in Java."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, Json):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={text_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, range)):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, Entry):
        return f"{value.key}={text_of(value.value)}"
    return str(value)


def replaced(text, pattern, replacement, count=0):
    """Java's replacement syntax: `$1` is a group, a backslash makes the next character plain."""

    def expand(match):
        return re.sub(r"\\(.)|\$(\d)", lambda part: part[1] if part[1] else match.group(int(part[2])) or "", replacement)

    return re.sub(pattern, expand, text, count=count)


def split(text, pattern):
    parts = re.split(pattern, text)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def changed(change, answer=None):
    change()
    return answer


ANY = {
    "equals": lambda self, other: type(self) is type(other) and self == other,
    "toString": text_of,
}
METHODS = {
    str: {
        "length": len,
        "isEmpty": lambda self: not self,
        "replaceAll": replaced,
        "replaceFirst": lambda self, pattern, by: replaced(self, pattern, by, 1),
        "replace": lambda self, old, new: str.replace(self, old, new),
        "split": split,
        "matches": lambda self, pattern: re.fullmatch(pattern, self) is not None,
        "startsWith": lambda self, prefix: self.startswith(prefix),
        "endsWith": lambda self, suffix: self.endswith(suffix),
        "contains": lambda self, part: part in self,
        "indexOf": lambda self, part: self.find(part),
        "lastIndexOf": lambda self, part: self.rfind(part),
        "substring": lambda self, start, end=None: self[start:end],
        "charAt": lambda self, index: self[index],
        "concat": lambda self, other: self + other,
        "trim": str.strip,
        "toLowerCase": str.lower,
        "toUpperCase": str.upper,
        "equalsIgnoreCase": lambda self, other: self.lower() == text_of(other).lower(),
    },
    list: {
        "size": len,
        "isEmpty": lambda self: not self,
        "get": lambda self, index: self[index],
        "set": lambda self, index, value: changed(lambda: self.__setitem__(index, value), self[index]),
        "add": lambda self, value: changed(lambda: self.append(value), True),
        "addAll": lambda self, values: changed(lambda: self.extend(values), True),
        "remove": lambda self, index: self.pop(index),
        "contains": lambda self, value: value in self,
        "indexOf": lambda self, value: self.index(value) if value in self else -1,
    },
    dict: {
        "size": len,
        "isEmpty": lambda self: not self,
        "get": lambda self, key: self.get(key),
        "getOrDefault": lambda self, key, default: self.get(key, default),
        "put": lambda self, key, value: changed(lambda: self.update({key: value}), self.get(key)),
        "putAll": lambda self, values: changed(lambda: self.update(values), ""),
        "remove": lambda self, key: self.pop(key, None),
        "containsKey": lambda self, key: key in self,
        "containsValue": lambda self, value: value in self.values(),
        "keySet": lambda self: list(self),
        "values": lambda self: list(self.values()),
        "entrySet": lambda self: [Entry(key, value) for key, value in self.items()],
    },
}


def method_of(value, name):
    for kind, methods in METHODS.items():
        if isinstance(value, kind):
            found = methods.get(name)
            break
    else:
        found = None if name.startswith("_") or isinstance(value, (int, float)) else getattr(value, name, None)
        if found is not None:
            return found
    found = found or ANY.get(name)
    return found and (lambda *arguments: found(value, *arguments))


def at(value, index):
    try:
        return value[index]
    except (KeyError, IndexError, TypeError):
        return None


def name_or_call(self, current, loader, namespace):
    if self.parameters is not None:
        macro = at(current, self.name) if isinstance(current, airspeed.LocalNamespace) else None
        method = None if macro is not None else method_of(current, self.name)
        return method(*self.parameters.calculate(namespace, loader)) if method else None
    if isinstance(current, dict):
        value = at(current, self.name)
    else:
        value = getattr(current, self.name, None) if isinstance(current, Entry) else method_of(current, self.name)
        value = None if callable(value) else value
    return value if self.index is None else at(value, self.index.calculate(namespace, loader))


def sub_expression(self, current, loader, namespace):
    if not isinstance(self.expression, airspeed.ArrayIndex):
        return self.expression.calculate(current, loader, namespace)
    value = at(current, self.expression.calculate(namespace, loader))
    return self.subexpression.calculate(value, loader, namespace) if self.subexpression else value


def write_reference(self, stream, namespace, loader):
    value = self.expression.calculate(namespace, loader) if self.expression else None
    if value is None and self.alternate:
        value = self.alternate.calculate(namespace, loader)
    if value is not None:
        stream.write(text_of(value))
    elif not (self.silent and self.expression):
        stream.write(self.my_text())


def true(value) -> bool:
    return value is not None and value is not False


def equal(left, right) -> bool:
    """Values of different classes are compared as text."""
    return left == right or (None not in (left, right) and type(left) is not type(right) and text_of(left) == text_of(right))


def ordered(compare):
    """Only numbers have an order; anything else is neither more nor less."""
    return lambda left, right: isinstance(left, (int, float)) and isinstance(right, (int, float)) and compare(left, right)


def plus(left, right):
    return text_of(left) + text_of(right) if isinstance(left, str) or isinstance(right, str) else left + right


def divided(left, right):
    return int(left / right) if isinstance(left, int) and isinstance(right, int) else left / right


def if_directive(self, stream, namespace, loader):
    for branch in (self, *self.elseifs):
        if true(branch.condition.calculate(namespace, loader)):
            return branch.block.evaluate(stream, namespace, loader)
    return self.else_block.evaluate(stream, namespace, loader)


def parse_set(self):
    self.identity_match(self.START)
    self.path = [self.require_match(re.compile(r"\s*\$!?\{?([a-z_][\w-]*)", re.I), "place")[0]]
    while True:
        if member := self.next_match(re.compile(r"\.([a-z_][\w-]*)", re.I)):
            self.path.append(member[0])
            continue
        try:
            self.path.append(self.next_element(airspeed.ArrayIndex))
        except airspeed.NoMatch:
            break
    self.optional_match(re.compile(r"\}"))
    self.require_match(self.EQUALS, "=")
    self.value = self.require_next_element(airspeed.Expression, "expression")
    self.require_match(self.END, "closing paren")


def set_directive(self, _stream, namespace, loader):
    value = self.value.calculate(namespace, loader)
    if value is None:
        return
    *way, last = [step.calculate(namespace, loader) if isinstance(step, airspeed.ArrayIndex) else step for step in self.path]
    holder = namespace
    if not way:
        while last not in dict.keys(holder) and isinstance(holder.parent, airspeed.LocalNamespace):
            holder = holder.parent
    for step in way:
        holder = holder[step]
    holder[last] = value


def string_literal(quote):
    def parse(self):
        text, = self.identity_match(self.STRING)
        self.value = text.replace(quote * 2, quote)

    return parse


def parse_interpolated(self):
    string_literal('"')(self)
    self.block = airspeed.Block(self.filename, self.value, 0)


foreach = airspeed.ForeachDirective.evaluate_raw


def foreach_directive(self, stream, namespace, loader):
    values = self.value.calculate(namespace, loader)
    values = list(values.values()) if isinstance(values, dict) else values
    evaluated = type("Values", (), {"calculate": lambda *_: values})()
    loop = type("Loop", (), {"value": evaluated, "loop_var_name": self.loop_var_name, "block": self.block})()
    foreach(loop, stream, namespace, loader)


airspeed.NameOrCall.NAME = re.compile(r"([_a-z][a-z0-9_-]*)", re.I)
airspeed.NameOrCall.calculate = name_or_call
airspeed.SubExpression.calculate = sub_expression
airspeed.FormalReference.evaluate_raw = write_reference
airspeed.IfDirective.evaluate_raw = if_directive
airspeed.SetDirective.parse, airspeed.SetDirective.evaluate_raw = parse_set, set_directive
airspeed.ForeachDirective.evaluate_raw = foreach_directive
airspeed.StringLiteral.STRING, airspeed.StringLiteral.parse = re.compile(r"'((?:[^']|'')*)'"), string_literal("'")
airspeed.InterpolatedStringLiteral.STRING = re.compile(r'"((?:[^"]|"")*)"')
airspeed.InterpolatedStringLiteral.parse = parse_interpolated
airspeed.UnaryOperatorValue.OPERATORS.update({sign: lambda value: not true(value) for sign in ("!", "not")})
airspeed.BinaryOperator.OPERATORS.update(
    {
        **{sign: ordered(airspeed.BinaryOperator.OPERATORS[sign]) for sign in (">", "gt", ">=", "ge", "<", "lt", "<=", "le")},
        **{sign: equal for sign in ("==", "eq")},
        **{sign: lambda left, right: not equal(left, right) for sign in ("!=", "ne")},
        **{sign: lambda left, right: true(left) or true(right) for sign in ("||", "or")},
        **{sign: lambda left, right: true(left) and true(right) for sign in ("&&", "and")},
        "+": plus,
        "/": divided,
    }
)


@functools.lru_cache(maxsize=256)
def parsed(template: str) -> airspeed.Template:
    return airspeed.Template(template)


def render(template: str, names: dict) -> str:
    """Evaluate `template`; raises `airspeed.TemplateError` for one that does not parse or run."""
    return parsed(template).merge(names)
