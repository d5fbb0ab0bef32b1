"""Renders mapping templates as the emulator does.

Reads a JSON array of exchanges from the first file, and writes what each gives to the second.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "emulator"))

from supplements._api_gateway_mapping import Exchange, Message  # noqa: E402


def render(exchange: dict) -> dict:
    message = Message(exchange["body"], exchange["headers"], path=exchange["path"])
    rendering = Exchange(message, exchange["context"], {})
    try:
        text = rendering.rendered(exchange["template"])
    except Exception as error:  # whatever a template ends with is its result
        return {"error": repr(error)}
    override = rendering.response_override
    return {"text": text, "status": override.get("status"), "headers": dict(override["header"])}


def main(source: str, target: str) -> None:
    exchanges = json.loads(pathlib.Path(source).read_text())
    pathlib.Path(target).write_text(json.dumps([render(exchange) for exchange in exchanges]))


if __name__ == "__main__":
    main(*sys.argv[1:])
