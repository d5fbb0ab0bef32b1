"""Renders the mapping templates of methods, for judges of the requests that come out.

By the emulator's Velocity: how templates are evaluated is judged elsewhere, by Apache's.
"""

import json
import pathlib
import sys
from dataclasses import dataclass, field

sys.path.append(str(pathlib.Path(__file__).parents[2] / "emulator"))

from supplements._api_gateway_mapping import Exchange, Message  # noqa: E402

NOW = 1_800_000_000


@dataclass(frozen=True)
class Submitted:
    """A request to a method. Its caller is known, however the API authorizes."""

    body: str = '{"city": "Zürich", "note": "it\'s \\"so\\""}'
    headers: dict = field(default_factory=dict, hash=False)
    path: dict = field(default_factory=dict, hash=False)
    owner: str = "caller"
    at: int = NOW


def rendered(template: str, request: Submitted) -> dict:
    context = {
        "identity": {"cognitoIdentityId": "", "userArn": request.owner and f"arn:aws:sts::111122223333:assumed-role/{request.owner}/session"},
        "authorizer": {"claims": {"sub": request.owner}, "principalId": request.owner},
        "extendedRequestId": "AbC1d_-=",
        "requestTimeEpoch": request.at * 1000,
        "path": "/prod/jobs",
    }
    headers = {name: [value] for name, value in request.headers.items()}
    return json.loads(Exchange(Message(request.body, headers, path=request.path), context, {}).rendered(template))
