"""HTTP of resource providers: which types there are, where they live, which names are free.

All follows from the table in ``types``. Every provider counts as registered.
"""

from __future__ import annotations

from typing import Final

from entrada._engine.effects import Response
from entrada.local.arm import locations
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import bad_request
from entrada.local.arm.resources import name_refusal
from entrada.local.arm.subscriptions import is_visible, known_subscription
from entrada.local.arm.types import RESOURCE_TYPES, ResourceType
from entrada.local.http import Route, json_reply
from entrada.local.state import Document


def list_providers(request: ArmRequest) -> Response:
    """List the resource providers that have a type which the local cloud knows."""
    scope = _read_scope(request)
    namespaces = dict.fromkeys(row.name.partition("/")[0] for row in RESOURCE_TYPES)
    return json_reply(200, {"value": [_view(scope, each) for each in namespaces]})


def get_provider(request: ArmRequest) -> Response:
    """Show a resource provider; one that the local cloud does not know has no types."""
    return json_reply(200, _view(_read_scope(request), request.param("namespace")))


def register(request: ArmRequest) -> Response:
    """Register a resource provider, as every one is."""
    scope = f"/subscriptions/{known_subscription(request)}"
    namespace = request.param("namespace")
    request.require(f"{namespace}/register/action", scope)
    return json_reply(200, _view(scope, namespace))


def list_locations(request: ArmRequest) -> Response:
    """List Azure's regions."""
    subscription = _read_scope(request).rpartition("/")[2]
    return json_reply(200, {"value": locations.views(subscription)})


def check_name(request: ArmRequest) -> Response:
    """Say whether a resource may have a name: it is valid, and nothing else has it."""
    scope, namespace = f"/subscriptions/{known_subscription(request)}", request.param("namespace")
    request.require(f"{namespace}/checkNameAvailability/read", scope)
    body = request.body()
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request("The name to check is missing.", "InvalidRequestContent")
    row = _row_of_unique_names(namespace)
    refusal = name_refusal(request.cloud, row, name) if row else None
    answer: Document = {"nameAvailable": refusal is None}
    if refusal is not None:
        reason = "AlreadyExists" if refusal.status == 409 else "Invalid"
        answer |= {"reason": reason, "message": refusal.message}
    return json_reply(200, answer)


def _row_of_unique_names(namespace: str) -> ResourceType | None:
    rows = (row for row in RESOURCE_TYPES if row.taken is not None)
    return next((row for row in rows if _is_of(row, namespace)), None)


def _read_scope(request: ArmRequest) -> str:
    if "subscription" not in request.inbound.params:
        return ""
    subscription = known_subscription(request)
    scope = f"/subscriptions/{subscription}"
    if not is_visible(request, subscription):
        request.require("Microsoft.Resources/subscriptions/providers/read", scope)
    return scope


def _view(scope: str, namespace: str) -> Document:
    rows = [row for row in RESOURCE_TYPES if _is_of(row, namespace)]
    return {
        "id": f"{scope}/providers/{namespace}",
        "namespace": rows[0].name.partition("/")[0] if rows else namespace,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": row.name.partition("/")[2],
                "apiVersions": [row.api_version],
                "locations": list(locations.DISPLAY_NAMES),
            }
            for row in rows
        ],
    }


def _is_of(row: ResourceType, namespace: str) -> bool:
    return row.name.partition("/")[0].lower() == namespace.lower()


_SUBSCRIPTION: Final = "/subscriptions/{subscription}"
_PROVIDER: Final = f"{_SUBSCRIPTION}/providers/{{namespace}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_SUBSCRIPTION}/locations", operation(list_locations)),
    Route("GET", "/providers", operation(list_providers)),
    Route("GET", "/providers/{namespace}", operation(get_provider)),
    Route("GET", f"{_SUBSCRIPTION}/providers", operation(list_providers)),
    Route("GET", _PROVIDER, operation(get_provider)),
    Route("POST", f"{_PROVIDER}/register", operation(register)),
    Route("POST", f"{_PROVIDER}/checkNameAvailability", operation(check_name)),
)
