"""HTTP of device and module twins."""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.iothub import etags, identities, registry, twins
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.devices import who
from entrada.local.state import Document


def get(context: Context) -> Response:
    """Show a twin."""
    return _reply(context, registry.need(context.hub, who(context)))


def patch(context: Context) -> Response:
    """Merge tags and desired properties into a twin."""
    return _changed(context, replace=False)


def put(context: Context) -> Response:
    """Replace a twin's tags, its desired properties, or both: what the body has."""
    return _changed(context, replace=True)


def _changed(context: Context, *, replace: bool) -> Response:
    name, body = who(context), context.body()
    for member, text in zip(("deviceId", "moduleId"), name, strict=False):
        identities.check_same(body, member, text)
    tag = etags.wanted(context.header("if-match"))
    return _reply(context, twins.change(context.hub, name, body, tag, replace=replace))


def _reply(context: Context, document: Document) -> Response:
    shown = twins.shown(context.hub, document)
    return json_reply(200, shown, etag=f'"{shown["etag"]}"')
