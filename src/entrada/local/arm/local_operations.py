"""Operations on the local cloud itself, which Azure has not: for its operator and nobody else.

``POST {subscription}/providers/Entrada.Local/reset`` forgets everything (see ``resetting``).
``GET {subscription}/providers/Entrada.Local/decisions`` lists the latest refusals, oldest first:
at most ``$top`` of those with a number above ``$after``.
"""

from __future__ import annotations

from dataclasses import asdict

from entrada._engine.effects import Response
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import ArmError, bad_request
from entrada.local.arm.subscriptions import known_subscription
from entrada.local.files import OPERATOR
from entrada.local.http import Route, empty_reply, json_reply

_PROVIDER = "/subscriptions/{subscription}/providers/Entrada.Local"


def reset(request: ArmRequest) -> Response:
    """Bring the cloud back to its start."""
    _require_operator(request)
    # It applies seeds, which need ARM's own operations: importing it with ARM would be a circle.
    from entrada.local.resetting import reset as reset_cloud

    reset_cloud(request.cloud)
    return empty_reply(204)


def list_decisions(request: ArmRequest) -> Response:
    """Say what was refused and why."""
    _require_operator(request)
    after, top = _number(request, "$after", 0), _number(request, "$top", 1000)
    found = [each for each in request.cloud.decisions if each.number > after]
    return json_reply(200, {"value": [asdict(each) for each in found[-top:]] if top else []})


def _require_operator(request: ArmRequest) -> None:
    known_subscription(request)
    from entrada.local.seed import is_operator

    if not is_operator(request.cloud, request.object_id):
        message = f"Only {OPERATOR}, the local cloud's operator, may do this."
        request.cloud.refused("arm", request.inbound, 403, message)
        raise ArmError(403, "AuthorizationFailed", message)


def _number(request: ArmRequest, name: str, default: int) -> int:
    text = request.inbound.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise bad_request(f"{name} is not a number.", "InvalidQueryParameterValue")
    return int(text[:9])


ROUTES: tuple[Route, ...] = (
    Route("POST", f"{_PROVIDER}/reset", operation(reset)),
    Route("GET", f"{_PROVIDER}/decisions", operation(list_decisions)),
)
