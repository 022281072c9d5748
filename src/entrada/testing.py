"""What you test your own code with: a local cloud, scripted answers, a clock that you move.

``LocalCloud`` needs ``pip install 'entrada[local]'``; the rest needs nothing. With the package
installed, pytest has the fixture ``local_cloud``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from entrada._engine.effects import Completed, Request, Response, Run, TransportFailure
from entrada._engine.world import FakeClock, World

if TYPE_CHECKING:
    from entrada.local.running import LocalCloud

__all__ = [
    "Completed",
    "FakeClock",
    "LocalCloud",
    "Request",
    "Response",
    "Run",
    "Script",
    "TransportFailure",
    "World",
    "json_response",
    "token_response",
]

Answer: TypeAlias = Response | Exception | Callable[[Request], Response]


class Script:
    """A transport that gives prepared answers in order and keeps the requests it was sent.

    An answer is a response, an exception to raise, or a function of the request; the last one is
    repeated for ever. Pass it as ``transport=`` to any credential, sync or async.
    """

    def __init__(self, *answers: Answer) -> None:
        if not answers:
            raise ValueError("a script needs at least one answer")
        self._answers = list(answers)
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        """Give the next answer."""
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)


def json_response(
    body: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Build a JSON response."""
    return Response(status, dict(headers), json.dumps(body).encode())


def token_response(access_token: str = "token", **fields: Any) -> Response:  # noqa: S107
    """Build a token response that is valid for an hour unless ``fields`` say otherwise."""
    body = {"token_type": "Bearer", "access_token": access_token, "expires_in": 3600, **fields}
    return json_response(body)


def __getattr__(name: str) -> object:
    if name != "LocalCloud":
        raise AttributeError(f"module 'entrada.testing' has no attribute {name!r}")
    from entrada.local.running import LocalCloud

    return LocalCloud
