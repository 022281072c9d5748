"""What users and administrators have allowed applications to do for them.

First-party clients need no consent, and no application needs it for its own resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from entrada.local.entra.permissions import Asked, Resource, expand, find_resource, parse_scope

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.entra.registrations import Registration

EVERYONE = "*"
SIGN_IN = Resource("openid", "Sign-in", ())
"""Stands for OpenID Connect's own scopes, which belong to no resource."""


def grant_everything(cloud: Cloud, app_id: str) -> None:
    """Consent as an administrator to all that an application may ask, now and later."""
    cloud.state.put("consent", _id(app_id, EVERYONE, EVERYONE), {"scopes": [EVERYONE]})


def grant(cloud: Cloud, app_id: str, user_id: str, asked: Asked) -> None:
    """Record that a user allowed an application what it asked; ``*`` is all users."""
    with cloud.state.transaction():
        for resource, names in _wanted(cloud, asked):
            allowed = _allowed(cloud, app_id, user_id, resource.id)
            body = {"scopes": sorted({*allowed, *names})}
            cloud.state.put("consent", _id(app_id, user_id, resource.id), body)


def grant_text(cloud: Cloud, app_id: str, user_id: str, scope: str) -> None:
    """Record that a user allowed an application a ``scope`` as it sends it."""
    asked = parse_scope(scope)
    if asked is not None:
        grant(cloud, app_id, user_id, asked)


def revoke(cloud: Cloud, app_id: str) -> int:
    """Take back every consent that was given to an application; return how many there were."""
    found = cloud.state.under("consent", f"{app_id}/")
    return sum(cloud.state.delete("consent", key) for key, _ in found)


def consents(cloud: Cloud) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield application, user, resource and permissions of every consent but those to all."""
    for key, body in cloud.state.under("consent"):
        app_id, user_id, resource_id = key.split("/", 2)
        if resource_id != EVERYONE:
            yield app_id, user_id, resource_id, list(body["scopes"])


def write(cloud: Cloud, app_id: str, user_id: str, resource_id: str, scopes: Iterable[str]) -> None:
    """Make a consent be to just these permissions; to none of them takes it back."""
    names = sorted(set(scopes))
    key = _id(app_id, user_id, resource_id)
    if names:
        cloud.state.put("consent", key, {"scopes": names})
    else:
        cloud.state.delete("consent", key)


def missing(
    cloud: Cloud, client: Registration, user_id: str, asked: Asked
) -> list[tuple[Resource, tuple[str, ...]]]:
    """Return what an application asks and nobody has allowed it for that user."""
    if client.first_party or _allowed(cloud, client.app_id, EVERYONE, EVERYONE):
        return []
    found = []
    for resource, names in _wanted(cloud, asked):
        if resource.id == client.app_id:
            continue
        allowed = {
            *_allowed(cloud, client.app_id, user_id, resource.id),
            *_allowed(cloud, client.app_id, EVERYONE, resource.id),
        }
        lacking = tuple(name for name in names if name not in allowed)
        if lacking:
            found.append((resource, lacking))
    return found


def wanted(cloud: Cloud, asked: Asked) -> list[tuple[Resource, tuple[str, ...]]]:
    """Return everything that an application asks, by resource."""
    return list(_wanted(cloud, asked))


def _wanted(cloud: Cloud, asked: Asked) -> Iterable[tuple[Resource, tuple[str, ...]]]:
    if asked.reserved:
        yield SIGN_IN, asked.reserved
    for name, permissions in asked.resources:
        resource = find_resource(cloud, name)
        if resource is not None:
            yield resource, expand(resource, permissions)


def _allowed(cloud: Cloud, app_id: str, user_id: str, resource_id: str) -> list[str]:
    body = cloud.state.get("consent", _id(app_id, user_id, resource_id))
    return list(body["scopes"]) if body else []


def _id(app_id: str, user_id: str, resource_id: str) -> str:
    return f"{app_id}/{user_id}/{resource_id}"
