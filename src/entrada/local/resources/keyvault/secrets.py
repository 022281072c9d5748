"""The secrets of vaults as the state keeps them: versions, whose values are sealed at rest.

A secret is one document, filed under its vault's ARM id and its name in lower case; a deleted one
waits as a document of another kind until it is recovered, purged, or its time is over.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from entrada.local import sealed
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import not_found

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

LIVE, DELETED = "secret", "deletedSecret"
DAY = 86_400
LONGEST_RETENTION = 90
"""Days for which a vault keeps what is deleted, unless it says less."""

_PURPOSE = "vault secret"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a secret; times are in epoch seconds, ``value`` is sealed."""

    id: str
    value: str = field(repr=False)
    created: int
    updated: int
    enabled: bool = True
    nbf: int | None = None
    exp: int | None = None
    content_type: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, oldest version first; ``deleted`` and ``purged`` are times of a deleted one."""

    name: str
    versions: tuple[Version, ...]
    deleted: int | None = None
    purged: int | None = None

    @property
    def latest(self) -> Version:
        """The version that a request without a version is about."""
        return self.versions[-1]

    def version(self, version_id: str) -> Version:
        """Return a version, the latest for no id; raise :class:`VaultError` for no such one."""
        if not version_id:
            return self.latest
        for each in self.versions:
            if each.id == version_id:
                return each
        raise not_found(f"{self.name}/{version_id}")


def new_version_id() -> str:
    """Return an id that no version has."""
    return uuid.uuid4().hex


def seal(context: Context, value: str) -> str:
    """Return a value as it is kept."""
    return sealed.seal(context.cloud, _PURPOSE, {"value": value})


def unseal(context: Context, version: Version) -> str:
    """Return a version's value."""
    kept = sealed.unseal(context.cloud, _PURPOSE, version.value)
    if kept is None:
        raise RuntimeError(f"the key of secret version {version.id} is not in the state")
    return str(kept["value"])


def find(context: Context, name: str, kind: str = LIVE) -> Secret | None:
    """Return a secret; a deleted one whose time is over is no more."""
    body = context.state.get(kind, _key(context, name))
    return _still_there(context, read(body)) if body else None


def need(context: Context, kind: str = LIVE) -> Secret:
    """Return the request's secret; raise :class:`VaultError` where it is not there."""
    found = find(context, context.name, kind)
    if found is None:
        raise not_found(context.name)
    return found


def put(context: Context, secret: Secret, kind: str = LIVE) -> Secret:
    """Write a secret."""
    context.state.put(kind, _key(context, secret.name), document(secret))
    return secret


def drop(context: Context, secret: Secret, kind: str = LIVE) -> None:
    """Remove a secret for good."""
    context.state.delete(kind, _key(context, secret.name))


def listed(context: Context, after: str, limit: int, kind: str = LIVE) -> list[tuple[str, Secret]]:
    """Return ``(key, secret)`` pairs in order of name, from the first key after ``after`` on."""
    prefix = _key(context, "")
    found: list[tuple[str, Secret]] = []
    for key, body in context.state.under(kind, prefix, prefix + after if after else ""):
        secret = _still_there(context, read(body))
        if secret is not None:
            found.append((key.removeprefix(prefix), secret))
        if len(found) == limit:
            break
    return found


def forget_vault(cloud: Cloud, vault: Document) -> None:
    """Remove all secrets of a vault that is deleted."""
    for kind in (LIVE, DELETED):
        for key, _ in cloud.state.under(kind, f"{vault['id'].lower()}/secrets/"):
            cloud.state.delete(kind, key)


def document(secret: Secret) -> Document:
    """Return a secret as a document."""
    return asdict(secret)


def read(body: Mapping[str, Any]) -> Secret:
    """Read a secret's document."""
    return Secret(
        body["name"],
        tuple(Version(**each) for each in body["versions"]),
        body["deleted"],
        body["purged"],
    )


def retention_days(vault: Document) -> int:
    """Return for how many days a vault keeps what is deleted."""
    days = vault.get("properties", {}).get("softDeleteRetentionInDays")
    return int(days or LONGEST_RETENTION)


def is_purgeable(vault: Document) -> bool:
    """Say whether a deleted secret may be purged before its time is over."""
    return not vault.get("properties", {}).get("enablePurgeProtection")


def _key(context: Context, name: str) -> str:
    return f"{context.vault['id']}/secrets/{name}".lower()


def _still_there(context: Context, secret: Secret) -> Secret | None:
    return None if secret.purged is not None and secret.purged <= context.now else secret
