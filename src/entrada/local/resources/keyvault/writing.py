"""Writing secrets: new versions, changed properties, backups and what they restore."""

from __future__ import annotations

import base64
from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local import sealed
from entrada.local.http import json_reply
from entrada.local.resources.keyvault import bundles, parameters, secrets
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import bad_parameter, conflict
from entrada.local.resources.keyvault.secrets import Secret, Version
from entrada.local.state import Document

_BACKUP = "vault backup"


def set_secret(context: Context) -> Response:
    """Set Secret: the first version of a new secret, or the next one."""
    body = context.body()
    value, properties = parameters.value(body), parameters.properties(body)
    parameters.check_times(properties.get("nbf"), properties.get("exp"))
    _check_not_deleted(context, context.name)
    version = Version(
        id=secrets.new_version_id(),
        value=secrets.seal(context, value),
        created=context.now,
        updated=context.now,
        **properties,
    )
    before = secrets.find(context, context.name) or Secret(context.name, ())
    secret = secrets.put(context, replace(before, versions=(*before.versions, version)))
    return json_reply(200, bundles.bundle(context, secret, version, value))


def update_secret(context: Context) -> Response:
    """Update Secret: properties of a version, never its value; what is not said stays."""
    secret = secrets.need(context)
    before = secret.version(context.version)
    changes = parameters.properties(context.body())
    after = replace(before, updated=context.now, **changes)
    parameters.check_times(after.nbf, after.exp)
    versions = tuple(after if each.id == before.id else each for each in secret.versions)
    secrets.put(context, replace(secret, versions=versions))
    return json_reply(200, bundles.bundle(context, secret, after))


def backup_secret(context: Context) -> Response:
    """Backup Secret: all its versions, as text that only this cloud's vaults can read."""
    kept = secrets.document(secrets.need(context))
    text = sealed.seal(context.cloud, _BACKUP, kept)
    return json_reply(200, {"value": base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")})


def restore_secret(context: Context) -> Response:
    """Restore Secret: all versions of a backup, under the name they had."""
    secret = secrets.read(_opened(context, context.body().get("value")))
    _check_not_deleted(context, secret.name)
    if secrets.find(context, secret.name) is not None:
        raise conflict(
            f"There is a secret {secret.name} in this key vault: delete and purge it, or restore "
            "the backup to another vault.",
            "SecretAlreadyExists",
        )
    secrets.put(context, secret)
    return json_reply(200, bundles.bundle(context, secret, secret.latest))


def _opened(context: Context, text: object) -> Document:
    padded = text + "=" * (-len(text) % 4) if isinstance(text, str) else ""
    try:
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError:
        plain = ""
    kept = sealed.unseal(context.cloud, _BACKUP, plain)
    if kept is None:
        raise bad_parameter("The property 'value' is no backup of a secret of this cloud.")
    return kept


def _check_not_deleted(context: Context, name: str) -> None:
    if secrets.find(context, name, secrets.DELETED) is not None:
        raise conflict(
            f"Secret {name} is currently in a deleted but recoverable state, and its name cannot "
            "be reused; in this state, the secret can only be recovered or purged.",
            "ObjectIsDeletedButRecoverable",
        )
