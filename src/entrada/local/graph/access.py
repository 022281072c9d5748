"""Who calls Graph, and whether they may: authentication, and the rule of ``rights``.

Every operation of Graph passes :func:`operation`, and one that changes something asks
:meth:`GraphRequest.require` before it acts.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local import (
    app_roles,
    directory,
    directory_roles,
    graph_permissions,
    people,
    revocation,
    tokens,
)
from entrada.local.cloud import Cloud
from entrada.local.entra.registrations import FIRST_PARTY
from entrada.local.graph.errors import DENIED, INVALID_TOKEN, GraphError, bad_request
from entrada.local.graph.first_party import graph_principal
from entrada.local.graph.rights import Right
from entrada.local.http import Handler, Inbound, json_reply
from entrada.local.keys import iso_time
from entrada.local.state import Document

VERSIONS: Final = ("v1.0", "beta")
PUBLIC: Final = "https://graph.microsoft.com"
_INSUFFICIENT = "Insufficient privileges to complete the operation."


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One authenticated request.

    ``object_id`` is who makes it: a user where ``delegated``, else a service principal;
    ``client`` is the application's id; ``scopes`` what it may do for a user.
    """

    cloud: Cloud = field(repr=False)
    inbound: Inbound
    object_id: str
    tenant_id: str
    client: str
    delegated: bool
    scopes: frozenset[str] = frozenset()

    @property
    def base(self) -> str:
        """The URL of the version that was called, without a slash at its end."""
        return f"{self.cloud.endpoints.graph}/{self.param('version')}"

    def param(self, name: str) -> str:
        """Return a variable of the route."""
        return self.inbound.params[name]

    def body(self) -> Document:
        """Read the JSON object that was sent; raise 400 where there is none."""
        try:
            content: Any = self.inbound.json()
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise bad_request("Unable to read JSON request payload. A JSON object is expected.")
        return content

    def context(self, fragment: str) -> str:
        """Return the ``@odata.context`` of an answer."""
        return f"{self.base}/$metadata#{fragment}"

    def require(self, right: Right, target: Document | None = None) -> None:
        """Raise 403 where the caller does not have a right over ``target``, an owned object."""
        owns = target is not None and self.object_id in target.get("owners", ())
        if self.delegated:
            self._require_delegated(right, owns=owns)
            return
        if self._has_role(right):
            return
        held = app_roles.granted(self.cloud, self.object_id, graph_principal(self.cloud))
        accepted = {*right.permissions, right.owned} if owns else set(right.permissions)
        if accepted.isdisjoint(held):
            raise self._denied(right)

    def _require_delegated(self, right: Right, *, owns: bool) -> None:
        if not (right.everybody or owns or self._has_role(right)):
            raise self._denied(right)
        if self.client in FIRST_PARTY or not self.scopes.isdisjoint(right.permissions):
            return
        wanted = " or ".join(right.permissions)
        raise GraphError(
            403,
            DENIED,
            f"{_INSUFFICIENT} To {right.what} for its user, the application {self.client} needs "
            f"the delegated permission {wanted}; its token has {' '.join(sorted(self.scopes))!r}. "
            "Ask for it in the scope of the token request.",
        )

    def _has_role(self, right: Right) -> bool:
        roles = directory_roles.roles_of(self.cloud, self.object_id)
        return not roles.isdisjoint(right.any_role)

    def _denied(self, right: Right) -> GraphError:
        role = right.any_role[0]
        permission = f", or the application permission {right.permissions[0]}"
        template = directory_roles.TEMPLATES[role]
        body = json.dumps(
            {"principalId": self.object_id, "roleDefinitionId": template, "directoryScopeId": "/"}
        )
        url = f"{self.cloud.endpoints.graph}/v1.0/roleManagement/directory/roleAssignments"
        return GraphError(
            403,
            DENIED,
            f"{_INSUFFICIENT} To {right.what}, {self.object_id} needs the directory role {role}"
            f"{'' if self.delegated else permission}. An administrator (local-admin is one) "
            f"gives it by: az rest --method post --url {url} --body '{body}'",
        )


def operation(handler: Callable[[GraphRequest], Response]) -> Handler:
    """Make a route's handler of a function over an authenticated request."""

    def answer(cloud: Cloud, inbound: Inbound) -> Response:
        try:
            if inbound.params["version"] not in VERSIONS:
                message = f"Invalid version: {inbound.params['version']}."
                raise bad_request(message, "BadRequest")
            return handler(_authenticated(cloud, inbound))
        except GraphError as error:
            return refused(cloud, inbound, error)

    return answer


def refused(cloud: Cloud, inbound: Inbound, error: GraphError) -> Response:
    """Note a refusal and return it in Graph's shape."""
    cloud.refused("graph", inbound, error.status, error.reason or error.message)
    request_id = str(uuid.uuid4())
    inner = {
        "date": iso_time(cloud.clock()).removesuffix("Z"),
        "request-id": request_id,
        "client-request-id": inbound.headers.get("client-request-id", request_id),
    }
    body = {"code": error.code, "message": error.message, "innerError": inner}
    headers: Mapping[str, str] = {"request-id": request_id, **error.headers}
    return json_reply(error.status, {"error": body}, **headers)


def audiences(cloud: Cloud) -> tuple[str, ...]:
    """Return the audiences that Graph accepts, with and without a trailing slash."""
    origins = (cloud.endpoints.graph, PUBLIC, graph_permissions.APP_ID)
    return tuple(f"{origin}{slash}" for origin in origins for slash in ("/", ""))


def _authenticated(cloud: Cloud, inbound: Inbound) -> GraphRequest:
    token = inbound.bearer
    if token is None:
        raise _unauthenticated(cloud, "Access token is empty.")
    try:
        claims = revocation.verify(cloud, token, audiences(cloud))
    except revocation.Revoked as error:
        headers = {"www-authenticate": error.challenge}
        raise GraphError(401, INVALID_TOKEN, error.reason, headers=headers) from None
    except tokens.InvalidToken as error:
        raise _unauthenticated(cloud, error.reason) from None
    caller, delegated = str(claims["oid"]), claims.get("idtyp") == "user"
    known = people.user(cloud, caller) if delegated else directory.principal(cloud, caller)
    if known is None:
        kind = "user" if delegated else "service principal"
        message = "The identity of the calling application could not be established."
        reason = f"The {kind} {caller} of the token is not there any more."
        raise GraphError(401, "Authorization_IdentityNotFound", message, reason)
    return GraphRequest(
        cloud,
        inbound,
        caller,
        str(claims["tid"]),
        str(claims.get("appid") or claims.get("azp") or ""),
        delegated,
        frozenset(str(claims.get("scp", "")).split()),
    )


def _unauthenticated(cloud: Cloud, reason: str) -> GraphError:
    place = f"{cloud.endpoints.login}/common/oauth2/authorize"
    challenge = (
        f'Bearer realm="", authorization_uri="{place}", '
        f'client_id="{graph_permissions.APP_ID}", error="invalid_token"'
    )
    return GraphError(401, INVALID_TOKEN, reason, headers={"www-authenticate": challenge})
