"""Federated identity credentials of applications: whose tokens they take as their own proof."""

from __future__ import annotations

import re
from typing import Any

from entrada._engine.effects import Response
from entrada.local import directory
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest
from entrada.local.graph.entities import FEDERATED
from entrada.local.graph.errors import CONFLICT, GraphError, bad_request, not_found
from entrada.local.graph.rights import WRITE_APPLICATION
from entrada.local.graph.targets import Target, find_application, routes
from entrada.local.http import Route, empty_reply
from entrada.local.state import Document

_TYPE = "federatedIdentityCredential"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,119}")
_LONGEST = 600


def list_all(request: GraphRequest) -> Response:
    """List an application's federated credentials."""
    return queries.listed(request, FEDERATED, _all(find_application(request)))


def get(request: GraphRequest) -> Response:
    """Show a federated credential, by id or name."""
    return queries.shown(request, FEDERATED, _one(request, find_application(request)))


def create(request: GraphRequest) -> Response:
    """Create a federated credential."""
    target = _writable(request)
    asked = schema.checked(request.body(), schema.FEDERATED, _TYPE)
    schema.required(asked, "name", "issuer", "subject")
    if not _NAME.fullmatch(asked["name"]):
        raise bad_request(
            "Name property is invalid: it has 3 to 120 letters, digits, hyphens and underscores, "
            "and starts with a letter or digit."
        )
    if any(each["name"].lower() == asked["name"].lower() for each in _all(target)):
        raise GraphError(
            409,
            CONFLICT,
            f"FederatedIdentityCredential with name {asked['name']} already exists.",
        )
    made = _write(request, target, asked)
    return queries.shown(request, FEDERATED, made, status=201)


def update(request: GraphRequest) -> Response:
    """Change a federated credential; its name stays."""
    target = _writable(request)
    standing = _one(request, target)
    asked = schema.checked(request.body(), schema.FEDERATED, _TYPE)
    if asked.pop("name", standing["name"]) != standing["name"]:
        raise bad_request("Property 'name' of a federated identity credential cannot be changed.")
    _write(request, target, {**standing, **asked})
    return empty_reply(204)


def delete(request: GraphRequest) -> Response:
    """Delete a federated credential, by id or name."""
    target = _writable(request)
    standing = _one(request, target)
    directory.remove_federated_credential(request.cloud, target.key, standing["id"])
    return empty_reply(204)


def _all(target: Target) -> list[Document]:
    found: list[Document] = target.body.get("federatedIdentityCredentials", [])
    return found


def _one(request: GraphRequest, target: Target) -> Document:
    wanted = request.param("credential").lower()
    for each in _all(target):
        if wanted in (each["id"], each["name"].lower()):
            return each
    raise not_found(request.param("credential"))


def _writable(request: GraphRequest) -> Target:
    target = find_application(request)
    request.require(WRITE_APPLICATION, target.body)
    return target


def _write(request: GraphRequest, target: Target, asked: dict[str, Any]) -> Document:
    schema.required(asked, "issuer", "subject")
    audiences = asked.get("audiences")
    if not audiences or len(audiences) != 1:
        raise bad_request("Property 'audiences' has exactly one audience.")
    for name in ("issuer", "subject"):
        if len(asked[name]) > _LONGEST or asked[name] != asked[name].strip():
            raise bad_request(f"Property '{name}' has spaces around it or is too long.")
    try:
        return directory.add_federated_credential(
            request.cloud,
            target.key,
            name=asked["name"],
            issuer=asked["issuer"],
            subject=asked["subject"],
            audiences=audiences,
            description=asked.get("description") or "",
        )
    except ValueError as error:
        complaint = f"The federated identity credential cannot be written: {error}."
        raise bad_request(complaint) from None


_ALL = "/federatedIdentityCredentials"
_ONE = _ALL + "/{credential}"

ROUTES: tuple[Route, ...] = (
    *routes("GET", "applications", _ALL, list_all, by_app_id=True),
    *routes("POST", "applications", _ALL, create, by_app_id=True),
    *routes("GET", "applications", _ONE, get, by_app_id=True),
    *routes("PATCH", "applications", _ONE, update, by_app_id=True),
    *routes("DELETE", "applications", _ONE, delete, by_app_id=True),
)
