"""Reading secrets: one with its value, and the listings, which have none.

A secret outside of its ``nbf`` and ``exp`` is still read: the times inform, they do not guard.
https://learn.microsoft.com/azure/key-vault/secrets/about-secrets
"""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.keyvault import bundles, secrets
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import forbidden
from entrada.local.resources.keyvault.paging import Page


def get_secret(context: Context) -> Response:
    """Get Secret: a version, or the latest one, with its value."""
    secret = secrets.need(context)
    version = secret.version(context.version)
    if not version.enabled:
        raise forbidden("Operation get is not allowed on a disabled secret.", "SecretDisabled")
    value = secrets.unseal(context, version)
    return json_reply(200, bundles.bundle(context, secret, version, value))


def list_secrets(context: Context) -> Response:
    """Get Secrets: the latest version of each, disabled ones too."""
    page = Page.of(context)
    found = secrets.listed(context, page.after, page.limit)
    return page.answer(
        [(key, bundles.item(context, secret, secret.latest)) for key, secret in found]
    )


def list_versions(context: Context) -> Response:
    """Get Secret Versions, oldest first."""
    page, secret = Page.of(context), secrets.need(context)
    ids = [each.id for each in secret.versions]
    start = ids.index(page.after) + 1 if page.after in ids else 0
    shown = secret.versions[start : start + page.limit]
    return page.answer([(each.id, bundles.bundle(context, secret, each)) for each in shown])
