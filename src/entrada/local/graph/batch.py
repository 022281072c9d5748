"""``$batch``: up to 20 requests in one, each answered as if it had come by itself.

They run in the order in which they stand. One that depends on a failed one is not run.
https://learn.microsoft.com/graph/json-batching
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from entrada._engine.effects import Request, Response
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.errors import bad_request
from entrada.local.http import Route, json_reply

MOST_REQUESTS = 20
_FAILED_DEPENDENCY = 424


def batch(request: GraphRequest) -> Response:
    """Answer a batch."""
    asked = request.body().get("requests")
    if not isinstance(asked, list) or not asked or len(asked) > MOST_REQUESTS:
        raise bad_request(f"'requests' is a list of 1 to {MOST_REQUESTS} requests.", "BadRequest")
    answers: dict[str, dict[str, Any]] = {}
    for each in asked:
        step = _checked(each, answers)
        before = [str(name) for name in step.get("dependsOn") or ()]
        failed = [name for name in before if _has_failed(answers[name])]
        answer = _dependency_failed(failed) if failed else _answer(request, step)
        answers[step["id"]] = {"id": step["id"], **answer}
    return json_reply(200, {"responses": list(answers.values())})


def _checked(step: Any, answers: Mapping[str, Any]) -> dict[str, Any]:
    texts = ("id", "method", "url")
    if not isinstance(step, dict) or not all(isinstance(step.get(name), str) for name in texts):
        raise bad_request("Every request of a batch needs 'id', 'method' and 'url'.", "BadRequest")
    if step["id"] in answers:
        raise bad_request(f"The id '{step['id']}' stands twice in the batch.", "BadRequest")
    url = unquote(step["url"]).lower()
    if not url.startswith("/") or url.startswith("/$batch"):
        raise bad_request(f"The url '{step['url']}' is not relative to /v1.0.", "BadRequest")
    before = step.get("dependsOn") or []
    if not isinstance(before, list) or not all(str(name) in answers for name in before):
        raise bad_request("'dependsOn' names requests that stand before.", "BadRequest")
    if not isinstance(step.get("headers") or {}, dict):
        raise bad_request("'headers' of a request is an object.", "BadRequest")
    return step


def _answer(request: GraphRequest, step: Mapping[str, Any]) -> dict[str, Any]:
    headers = {str(name): str(value) for name, value in (step.get("headers") or {}).items()}
    headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    headers["authorization"] = request.inbound.headers["authorization"]
    content = step.get("body")
    body = b"" if content is None else json.dumps(content).encode()
    method, url = step["method"].upper(), request.base + step["url"]
    response = request.cloud.handle(Request(method, url, headers, body))
    return {
        "status": response.status,
        "headers": {name.title(): value for name, value in response.headers.items()},
        **({"body": _content(response)} if response.body else {}),
    }


def _content(response: Response) -> Any:
    if response.headers.get("content-type", "").startswith("application/json"):
        return json.loads(response.body)
    return base64.b64encode(response.body).decode()


def _has_failed(answer: Mapping[str, Any]) -> bool:
    return bool(answer["status"] >= 400)


def _dependency_failed(names: list[str]) -> dict[str, Any]:
    message = f"The request depends on {', '.join(names)}, which failed."
    error = {"code": "FailedDependency", "message": message}
    return {"status": _FAILED_DEPENDENCY, "headers": {}, "body": {"error": error}}


ROUTES: tuple[Route, ...] = (Route("POST", "/{version}/$batch", operation(batch)),)
