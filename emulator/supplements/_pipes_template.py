"""What a pipe makes of an event before it delivers it: JSON paths and input templates.

AWS: "Amazon EventBridge Pipes input transformation"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html): `<$.path>` and the reserved variables
`<aws.pipes.…>` are replaced; a text that stands for a value gets its quotes, so the result is JSON. Paths have dots, indices and
wildcards. "Amazon EventBridge Pipes targets"
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html): a parameter of the target that is one whole path is
looked up in the event as it was before the transformation.

AWS leaves open what becomes of a path that is not there, and of quotation marks in a value inside a text. Both are as in the emulator's
rules: an empty text, and not escaped. So a path as a value is safe with any content, and a path inside a text is not.
"""

import datetime
import re

from ministack.services import eventbridge

from supplements._patching import expect_parameters

VARIABLE = re.compile(r"<(\$[^<>]*|aws\.pipes\.[a-z.-]+)>")
STEP = re.compile(r"\.([\w/-]+)|\.(\*)|\[(\d+)\]|\[(\*)\]|\['([^']+)'\]")
NOTHING = object()


def expect_template() -> None:
    expect_parameters(eventbridge._render_input_template, "template", "replacements")


def transformed(template: str, pipe: dict, event: dict) -> str:
    values = {name: variable(name, pipe, event) for name in VARIABLE.findall(template)}
    return eventbridge._render_input_template(template, values)


def variable(name: str, pipe: dict, event: dict):
    if name.startswith("$"):
        found = at_path(event, name)
        return "" if found is NOTHING else found
    return {
        "aws.pipes.pipe-arn": pipe["Arn"],
        "aws.pipes.pipe-name": pipe["Name"],
        "aws.pipes.source-arn": pipe["Source"],
        "aws.pipes.target-arn": pipe["Target"],
        "aws.pipes.event.ingestion-time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "aws.pipes.event": event,
        "aws.pipes.event.json": event,
    }.get(name, "")


def parameter(value: str, event: dict) -> str:
    """A parameter of a target. Empty when its path leads to nothing."""
    if not value.startswith("$."):
        return value
    found = at_path(event, value)
    return "" if found is NOTHING else str(found)


def at_path(event: dict, path: str):
    """What is at a JSON path, or NOTHING. A wildcard makes it a list."""
    found, end = [event], 1
    several = False
    while end < len(path):
        step = STEP.match(path, end)
        if step is None:
            return NOTHING
        end = step.end()
        key, all_members, index, all_items, quoted = step.groups()
        several = several or bool(all_members or all_items)
        found = [inner for value in found for inner in inside(value, key or quoted, index)]
    return found if several else next(iter(found), NOTHING)


def inside(value, key: str | None, index: str | None) -> list:
    match value:
        case dict():
            return [value[key]] if key in value else [] if key or index else list(value.values())
        case list():
            return value[int(index) :][:1] if index else [] if key else value
    return []
