"""Deleting secrets, which is soft: what is deleted can be seen, recovered or purged for a while."""

from __future__ import annotations

from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local.http import empty_reply, json_reply
from entrada.local.resources.keyvault import bundles, secrets
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import forbidden
from entrada.local.resources.keyvault.paging import Page
from entrada.local.resources.keyvault.secrets import DELETED, Secret
from entrada.local.state import Document


def delete_secret(context: Context) -> Response:
    """Delete Secret: all its versions, to be recovered while the vault keeps them."""
    secret = secrets.need(context)
    kept_until = context.now + secrets.retention_days(context.vault) * secrets.DAY
    deleted = replace(secret, deleted=context.now, purged=kept_until)
    secrets.drop(context, secret)
    secrets.put(context, deleted, DELETED)
    return json_reply(200, _bundle(context, deleted))


def get_deleted_secret(context: Context) -> Response:
    """Get Deleted Secret."""
    return json_reply(200, _bundle(context, secrets.need(context, DELETED)))


def list_deleted_secrets(context: Context) -> Response:
    """Get Deleted Secrets."""
    page = Page.of(context)
    found = secrets.listed(context, page.after, page.limit, DELETED)
    return page.answer([(key, _item(context, secret)) for key, secret in found])


def recover_deleted_secret(context: Context) -> Response:
    """Recover Deleted Secret: all its versions are there again."""
    deleted = secrets.need(context, DELETED)
    secrets.drop(context, deleted, DELETED)
    secret = secrets.put(context, replace(deleted, deleted=None, purged=None))
    return json_reply(200, bundles.bundle(context, secret, secret.latest))


def purge_deleted_secret(context: Context) -> Response:
    """Purge Deleted Secret, for good."""
    if not secrets.is_purgeable(context.vault):
        raise forbidden(
            "Operation purge is not allowed: the key vault has purge protection, and keeps what is "
            f"deleted for {secrets.retention_days(context.vault)} days.",
            "PurgeProtectionEnabled",
        )
    secrets.drop(context, secrets.need(context, DELETED), DELETED)
    return empty_reply(204)


def _bundle(context: Context, secret: Secret) -> Document:
    return {
        **bundles.bundle(context, secret, secret.latest),
        **bundles.deletion(context, secret),
    }


def _item(context: Context, secret: Secret) -> Document:
    return {**bundles.item(context, secret, secret.latest), **bundles.deletion(context, secret)}
