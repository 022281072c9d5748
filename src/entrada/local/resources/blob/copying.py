"""Copy Blob within one account; it is done before it is answered.

The caller needs to read the source as well as to write the destination.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from entrada._engine.effects import Response
from entrada.local.resources.blob import content, entries
from entrada.local.resources.blob.authorization import BLOB_READ, authorize
from entrada.local.resources.blob.blobs import new_blob
from entrada.local.resources.blob.conditions import check_conditions
from entrada.local.resources.blob.context import Context, check_names
from entrada.local.resources.blob.entries import Blob, Segment, http_date
from entrada.local.resources.blob.errors import invalid_header

SOURCE = "x-ms-copy-source"


def copy_blob(context: Context) -> Response:
    """Copy Blob."""
    place = source_of(context)
    authorize(place, BLOB_READ)
    source = entries.need_blob(place)
    entries.need_container(context)
    check_conditions(context, entries.find_blob(context), creating=True)
    segments = tuple(_duplicate(context, segment) for segment in source.segments)
    metadata = content.metadata(context) or source.metadata
    copy = _outcome(context, source)
    blob = replace(new_blob(context, source.headers, metadata, segments), copy=copy)
    entries.replace_blob(context, blob)
    answered = {name: copy[name] for name in ("x-ms-copy-id", "x-ms-copy-status")}
    return Response(202, {**blob.validators(), **answered})


def source_of(context: Context) -> Context:
    """Return the place of a copy's source; raise :class:`StorageError` where it is none of ours."""
    text = context.header(SOURCE)
    try:
        url = urlsplit(text)
        ours = context.cloud.endpoints.service(f"{url.scheme}://{url.netloc}") == "blob"
    except ValueError as error:
        raise invalid_header(SOURCE, text) from error
    account, _, rest = unquote(url.path).removeprefix("/").partition("/")
    container, _, blob = rest.partition("/")
    if not (ours and container and blob) or account.lower() != context.account_name or url.query:
        raise invalid_header(
            SOURCE,
            text,
            f"The local cloud copies within one account, from {context.account_url}/"
            "{container}/{blob} without a query.",
        )
    place = replace(context, container=container, blob=blob)
    check_names(place)
    return place


def _duplicate(context: Context, segment: Segment) -> Segment:
    data = context.state.load(segment.payload) or b""
    return entries.store_payload(context.state, data, segment.block)


def _outcome(context: Context, source: Blob) -> dict[str, str]:
    return {
        "x-ms-copy-id": str(uuid.uuid4()),
        "x-ms-copy-source": context.header(SOURCE),
        "x-ms-copy-status": "success",
        "x-ms-copy-progress": f"{source.size}/{source.size}",
        "x-ms-copy-completion-time": http_date(context.now),
    }
