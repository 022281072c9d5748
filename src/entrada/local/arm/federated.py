"""Federated credentials of user-assigned identities.

They live on the identity's service principal, where the token endpoint looks for them; ARM's
answers are built from there. See the Microsoft.ManagedIdentity REST reference.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local import directory
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import ArmError, bad_request
from entrada.local.arm.ids import ResourceId
from entrada.local.arm.resources import get_resource
from entrada.local.arm.subscriptions import known_subscription
from entrada.local.arm.types import USER_ASSIGNED_IDENTITY
from entrada.local.http import Route, empty_reply, json_reply
from entrada.local.state import Document

CREDENTIAL_TYPE: Final = f"{USER_ASSIGNED_IDENTITY}/federatedIdentityCredentials"


def put(request: ArmRequest) -> Response:
    """Create or replace a federated credential: 201 or 200."""
    _check(request, "write")
    asked = request.body().get("properties")
    content = _content(asked if isinstance(asked, dict) else {})
    name = request.param("credential")
    with request.cloud.state.transaction():
        identity, principal = _owner(request)
        others = [each for each in _all(principal) if not _named(each, name)]
        known = next((each for each in _all(principal) if _named(each, name)), None)
        _check_room(others, content)
        credential = {
            "id": known["id"] if known else str(uuid.uuid4()),
            "name": known["name"] if known else name,
            **content,
        }
        principal["federatedIdentityCredentials"] = [*others, credential]
        request.cloud.state.put("servicePrincipal", principal["id"], principal)
    return json_reply(200 if known else 201, _view(identity, credential))


def get(request: ArmRequest) -> Response:
    """Show a federated credential."""
    _check(request, "read")
    identity, principal = _owner(request)
    name = request.param("credential")
    for credential in _all(principal):
        if _named(credential, name):
            return json_reply(200, _view(identity, credential))
    raise ArmError(404, "NotFound", f"The federated identity credential '{name}' was not found.")


def list_all(request: ArmRequest) -> Response:
    """List an identity's federated credentials."""
    _check(request, "read")
    identity, principal = _owner(request)
    return json_reply(200, {"value": [_view(identity, each) for each in _all(principal)]})


def delete(request: ArmRequest) -> Response:
    """Delete a federated credential: 200, or 204 where there was none."""
    _check(request, "delete")
    name = request.param("credential")
    with request.cloud.state.transaction():
        _, principal = _owner(request)
        rest = [each for each in _all(principal) if not _named(each, name)]
        found = len(rest) < len(_all(principal))
        principal["federatedIdentityCredentials"] = rest
        request.cloud.state.put("servicePrincipal", principal["id"], principal)
    return empty_reply(200 if found else 204)


def _check(request: ArmRequest, verb: str) -> None:
    known_subscription(request)
    request.require(f"{CREDENTIAL_TYPE}/{verb}", _identity_id(request))


def _identity_id(request: ArmRequest) -> str:
    namespace, kind = USER_ASSIGNED_IDENTITY.split("/")
    subscription, group = request.param("subscription"), request.param("group")
    return str(ResourceId(subscription, group, namespace, (kind,), (request.param("identity"),)))


def _owner(request: ArmRequest) -> tuple[Document, Document]:
    identity = get_resource(request.cloud, _identity_id(request))
    principal = directory.principal(request.cloud, identity["properties"]["principalId"])
    if principal is None:
        raise ArmError(404, "NotFound", "The identity's service principal was deleted.")
    return identity, principal


def _all(principal: Document) -> list[Document]:
    credentials: list[Document] = principal.get("federatedIdentityCredentials") or []
    return credentials


def _named(credential: Document, name: str) -> bool:
    return bool(credential["name"].lower() == name.lower())


def _content(asked: dict[str, Any]) -> Document:
    issuer, subject, audiences = (asked.get(name) for name in ("issuer", "subject", "audiences"))
    if not issuer or not subject or not isinstance(audiences, list) or not audiences:
        raise bad_request("A federated identity credential needs issuer, subject and audiences.")
    return {
        "issuer": str(issuer),
        "subject": str(subject),
        "audiences": [str(audience) for audience in audiences],
        "description": "",
    }


def _check_room(others: list[Document], content: Document) -> None:
    if len(others) >= directory.MAXIMUM_FEDERATED_CREDENTIALS:
        raise bad_request(
            "The identity has the maximum of "
            f"{directory.MAXIMUM_FEDERATED_CREDENTIALS} federated identity credentials."
        )
    for each in others:
        if (each["issuer"], each["subject"]) == (content["issuer"], content["subject"]):
            raise ArmError(
                409,
                "Conflict",
                "Issuer and subject combination already exists for this Managed Identity.",
            )


def _view(identity: Document, credential: Document) -> Document:
    return {
        "id": f"{identity['id']}/federatedIdentityCredentials/{credential['name']}",
        "name": credential["name"],
        "type": CREDENTIAL_TYPE,
        "properties": {name: credential[name] for name in ("issuer", "subject", "audiences")},
    }


_ALL: Final = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
    + USER_ASSIGNED_IDENTITY
    + "/{identity}/federatedIdentityCredentials"
)
_ONE: Final = _ALL + "/{credential}"

ROUTES: tuple[Route, ...] = (
    Route("GET", _ALL, operation(list_all)),
    Route("PUT", _ONE, operation(put)),
    Route("GET", _ONE, operation(get)),
    Route("DELETE", _ONE, operation(delete)),
)
