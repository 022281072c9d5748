"""Who calls ARM, and whether they may: authentication, api-version, role-based access.

Every operation of ARM passes :func:`operation` and asks :meth:`ArmRequest.require` before it acts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local import directory, rbac, revocation, tokens
from entrada.local.arm.errors import ArmError, bad_request
from entrada.local.cloud import Cloud
from entrada.local.http import Handler, Inbound
from entrada.local.state import Document

OLDEST_API_VERSION: Final = "2014-04-01"
_PUBLIC_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
_UNAUTHENTICATED: Mapping[str, str] = {
    "expired": "ExpiredAuthenticationToken",
    "audience": "InvalidAuthenticationTokenAudience",
}
_MEMBERS: Mapping[str, type] = {
    "properties": dict,
    "identity": dict,
    "tags": dict,
    "location": str,
    "kind": str,
    "sku": dict,
}


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """One authenticated request; ``object_id`` and ``client`` say who makes it."""

    cloud: Cloud
    inbound: Inbound
    object_id: str
    client: str
    tenant_id: str

    def param(self, name: str) -> str:
        """Return a variable of the route."""
        return self.inbound.params[name]

    def body(self) -> Document:
        """Read the JSON object that was sent; raise :class:`ArmError` where there is none.

        The members that all of ARM knows have the type they must have, or are ``None``.
        """
        try:
            content: Any = self.inbound.json()
            json.dumps(content, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise _invalid_content("it is not JSON") from None
        if not isinstance(content, dict):
            raise _invalid_content("a JSON object is expected")
        for name, kind in _MEMBERS.items():
            if not isinstance(content.get(name), kind | None):
                raise _invalid_content(f"'{name}' has the wrong type")
        return content

    def may(self, action: str, scope: str) -> bool:
        """Say whether the caller may perform an action at a scope."""
        return rbac.decide(self.cloud, self.object_id, action, scope).allowed

    def require(self, action: str, scope: str) -> None:
        """Raise 403 where the caller may not perform an action at a scope."""
        complaint = (
            f"does not have authorization to perform action '{action}' over scope '{scope}' "
            "or the scope is invalid. If access was recently granted, please refresh your "
            "credentials."
        )
        self._check(action, scope, "AuthorizationFailed", complaint)

    def require_linked(self, action: str, scope: str, linked_action: str, linked: str) -> None:
        """Raise 403 where an action at a scope needs another at a linked scope that is denied."""
        complaint = (
            f"has permission to perform action '{action}' on scope '{scope}'; however, it does not "
            f"have permission to perform action(s) '{linked_action}' on the linked scope(s) "
            f"'{linked}' (respectively) or the linked scope(s) are invalid."
        )
        self._check(linked_action, linked, "LinkedAuthorizationFailed", complaint)

    def readable(self, action: str, scope: str, documents: Iterable[Document]) -> list[Document]:
        """Return those documents the caller may read; raise 403 where that is nothing at all."""
        if self.may(action, scope):
            return list(documents)
        visible = [document for document in documents if self.may(action, document["id"])]
        if not visible:
            self.require(action, scope)
        return visible

    def _check(self, action: str, scope: str, code: str, complaint: str) -> None:
        verdict = rbac.decide(self.cloud, self.object_id, action, scope)
        if verdict.allowed:
            return
        self.cloud.refused("arm", self.inbound, 403, verdict.reason)
        message = f"The client '{self.client}' with object id '{self.object_id}' {complaint}" + (
            f" To grant it: {verdict.remedy}" if verdict.remedy else ""
        )
        raise ArmError(403, code, message)


def operation(handler: Callable[[ArmRequest], Response]) -> Handler:
    """Make a route's handler of a function over an authenticated request."""

    def answer(cloud: Cloud, inbound: Inbound) -> Response:
        check_api_version(inbound)
        return handler(_authenticated(cloud, _plain(inbound)))

    return answer


def _plain(inbound: Inbound) -> Inbound:
    """Take empty segments out of a path: clients leave the place of a parent resource empty."""
    if "//" not in inbound.path:
        return inbound
    params = {name: re.sub("/+", "/", value) for name, value in inbound.params.items()}
    return replace(inbound, path=re.sub("/+", "/", inbound.path), params=params)


def check_api_version(inbound: Inbound) -> None:
    """Raise 400 where the api-version is missing or older than ARM itself."""
    version = inbound.query.get("api-version", "")
    if not version:
        raise bad_request(
            "The api-version query parameter (?api-version=) is required for all requests.",
            "MissingApiVersionParameter",
        )
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(-\w+)?", version) or version < OLDEST_API_VERSION:
        raise bad_request(
            f"The api-version '{version}' is invalid. "
            f"Versions from '{OLDEST_API_VERSION}' on are supported.",
            "InvalidApiVersionParameter",
        )


def _invalid_content(reason: str) -> ArmError:
    return bad_request(
        f"The request content was invalid and could not be deserialized: {reason}.",
        "InvalidRequestContent",
    )


def audiences(cloud: Cloud) -> tuple[str, ...]:
    """Return the audiences that ARM accepts, with and without a trailing slash."""
    origins = (cloud.endpoints.arm, *_PUBLIC_AUDIENCES)
    return tuple(f"{origin}{slash}" for origin in origins for slash in ("/", ""))


def _authenticated(cloud: Cloud, inbound: Inbound) -> ArmRequest:
    token = inbound.bearer
    if token is None:
        message = "Authentication failed. The 'Authorization' header is missing."
        raise _unauthenticated(cloud, inbound, "AuthenticationFailed", message)
    try:
        claims = revocation.verify(cloud, token, audiences(cloud))
    except revocation.Revoked as error:
        cloud.refused("arm", inbound, 401, error.reason)
        code = "InvalidAuthenticationToken"
        raise ArmError(401, code, error.reason, www_authenticate=error.challenge) from None
    except tokens.InvalidToken as error:
        code = _UNAUTHENTICATED.get(error.kind, "InvalidAuthenticationToken")
        raise _unauthenticated(cloud, inbound, code, error.reason) from None
    client = str(claims.get("appid") or claims.get("azp") or claims["oid"])
    return ArmRequest(cloud, inbound, str(claims["oid"]), client, str(claims["tid"]))


def _unauthenticated(cloud: Cloud, inbound: Inbound, code: str, message: str) -> ArmError:
    cloud.refused("arm", inbound, 401, message)
    challenge = (
        f'Bearer authorization_uri="{cloud.endpoints.login}/{directory.default_tenant(cloud)}", '
        'error="invalid_token", error_description="The access token is missing or invalid."'
    )
    return ArmError(401, code, message, www_authenticate=challenge)
