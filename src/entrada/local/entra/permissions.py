"""The ``scope`` parameter of requests about people, and the delegated permissions it names.

A scope is ``{resource}/{permission}``; without a slash it is Microsoft Graph's, and ``.default``
means all that the resource offers. OpenID Connect's own scopes stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.entra.resources import find_well_known

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.entra.request import TokenRequest

RESERVED = ("openid", "profile", "email", "offline_access")
DEFAULT = ".default"
GRAPH = "https://graph.microsoft.com"
ARM_NAME, GRAPH_NAME = "Azure Resource Manager", "Microsoft Graph"
CHALLENGING = frozenset({ARM_NAME, GRAPH_NAME, "Azure Storage", "Azure Key Vault"})
"""Resources that take part in continuous access evaluation."""

_PERMISSION = re.compile(r"[A-Za-z0-9._:-]{1,120}")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource and its delegated permissions; ``offered`` is ``None`` where any name will do."""

    id: str
    name: str
    everything: tuple[str, ...]
    offered: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A scope as a client sent it: resources with their permissions, and reserved scopes."""

    text: str
    reserved: tuple[str, ...]
    resources: tuple[tuple[str, tuple[str, ...]], ...]

    def single(self, request: TokenRequest) -> tuple[str, tuple[str, ...]]:
        """Return the one resource of a token; refuse several. Reserved scopes alone are Graph's."""
        if len(self.resources) > 1:
            raise request.refuse(28000, scope=self.text)
        if not self.resources:
            return GRAPH, tuple(name for name in self.reserved if name != "offline_access")
        return self.resources[0]


def parse_scope(text: str) -> Asked | None:
    """Read a scope, ``None`` where it is empty or malformed."""
    reserved: list[str] = []
    resources: dict[str, list[str]] = {}
    for each in text.split():
        if each.lower() in RESERVED:
            reserved.append(each.lower())
            continue
        resource, slash, name = each.rpartition("/")
        if not name or (slash and not resource):
            return None
        resources.setdefault(resource if slash else GRAPH, []).append(name)
    if not reserved and not resources:
        return None
    pairs = tuple((resource, tuple(names)) for resource, names in resources.items())
    return Asked(text, tuple(dict.fromkeys(reserved)), pairs)


def read_scope(request: TokenRequest, text: str) -> Asked:
    """Read a scope; refuse an empty or malformed one, and a resource that is not there."""
    asked = parse_scope(text)
    if asked is None:
        raise request.refuse(70011, scope=text)
    for resource, names in asked.resources:
        _check(request, resource, names, text)
    return asked


def of_resource(request: TokenRequest, resource: str) -> Asked:
    """Return what a version 1.0 request for a resource means."""
    _check(request, resource, [DEFAULT], resource)
    reserved = ("openid", "profile", "offline_access")
    text = " ".join((*reserved, f"{resource}/{DEFAULT}"))
    return Asked(text, reserved, ((resource, (DEFAULT,)),))


def find_resource(cloud: Cloud, resource: str) -> Resource | None:
    """Return the resource of that name or id, ``None`` where there is none."""
    known = find_well_known(cloud, resource)
    if known is not None:
        everything = ("User.Read",) if known.name == GRAPH_NAME else ("user_impersonation",)
        return Resource(known.name, known.name, everything)
    application = directory.application_for(cloud, resource)
    if application is None:
        return None
    offered = tuple(
        str(scope["value"])
        for scope in application.get("oauth2PermissionScopes", ())
        if scope.get("isEnabled", True)
    )
    return Resource(application["appId"], application["displayName"], offered, offered)


def expand(resource: Resource, names: Sequence[str]) -> tuple[str, ...]:
    """Return permissions by name, ``.default`` replaced by all there are."""
    every = (resource.everything if name == DEFAULT else (name,) for name in names)
    return tuple(dict.fromkeys(name for some in every for name in some))


def _check(request: TokenRequest, resource: str, names: Sequence[str], text: str) -> None:
    found = find_resource(request.cloud, resource)
    if found is None:
        tenant = request.tenant["displayName"] if request.tenant else request.tenant_name
        raise request.refuse(500011, resource=resource, tenant=tenant)
    if DEFAULT in names and len(set(names)) > 1:
        raise request.refuse(70011, scope=text)
    for name in names:
        unknown = found.offered is not None and name not in (DEFAULT, *found.offered)
        if unknown or not _PERMISSION.fullmatch(name):
            client = request.form.get("client_id", "")
            raise request.refuse(650053, name=client, scope=name, resource=found.name)
