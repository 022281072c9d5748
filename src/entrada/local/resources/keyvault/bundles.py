"""How Key Vault writes secrets: bundles with or without the value, items of listings.

A member that has no value is left out.
"""

from __future__ import annotations

from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.secrets import (
    LONGEST_RETENTION,
    Secret,
    Version,
    is_purgeable,
    retention_days,
)
from entrada.local.state import Document


def bundle(
    context: Context, secret: Secret, version: Version, value: str | None = None
) -> Document:
    """Return a version of a secret, with its value where one is given."""
    written = {**item(context, secret, version), "id": _id(context, secret.name, version.id)}
    return written if value is None else {"value": value, **written}


def item(context: Context, secret: Secret, version: Version) -> Document:
    """Return what a listing of secrets says of one; its id names no version."""
    members: Document = {
        "id": _id(context, secret.name),
        "attributes": _attributes(context, version),
        "contentType": version.content_type,
        "tags": version.tags,
    }
    return {name: member for name, member in members.items() if member is not None}


def deletion(context: Context, secret: Secret) -> Document:
    """Return what is said of a deleted secret besides what it was."""
    return {
        "recoveryId": f"{context.address.origin}/deletedsecrets/{secret.name}",
        "deletedDate": secret.deleted,
        "scheduledPurgeDate": secret.purged,
    }


def _attributes(context: Context, version: Version) -> Document:
    days = retention_days(context.vault)
    level = "Recoverable" if days >= LONGEST_RETENTION else "CustomizedRecoverable"
    members = {
        "enabled": version.enabled,
        "nbf": version.nbf,
        "exp": version.exp,
        "created": version.created,
        "updated": version.updated,
        "recoveryLevel": f"{level}+Purgeable" if is_purgeable(context.vault) else level,
        "recoverableDays": days,
    }
    return {name: member for name, member in members.items() if member is not None}


def _id(context: Context, *names: str) -> str:
    return "/".join((context.address.origin, "secrets", *names))
