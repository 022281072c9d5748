"""Pages of a query's results: ``x-ms-max-item-count`` and ``x-ms-continuation``.

A continuation says how far a query was read, and of which query; to clients it is opaque.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from itertools import islice

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.errors import invalid
from entrada.local.state import Document

_USUAL, _MOST = 100, 1000


def page(context: Context, rows: Iterator[Document], query: str, item_type: str) -> Response:
    """Answer with the rows that a request asks for, and how to go on where there are more."""
    size = context.number("x-ms-max-item-count", _USUAL, _MOST)
    start = _start(context.header("x-ms-continuation"), query)
    found = list(islice(rows, start, start + size + 1))
    headers = {"x_ms_item_type": item_type}
    if len(found) > size:
        headers["x_ms_continuation"] = _continuation(start + size, query)
    return json_reply(200, found[:size], **headers)


def _continuation(start: int, query: str) -> str:
    return base64.b64encode(json.dumps([start, _fingerprint(query)]).encode()).decode()


def _start(continuation: str, query: str) -> int:
    if not continuation:
        return 0
    try:
        start, of = json.loads(base64.b64decode(continuation, validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise invalid("x-ms-continuation is none of the local cloud's.") from error
    if of != _fingerprint(query) or not isinstance(start, int) or start < 0:
        raise invalid("x-ms-continuation is of another query.")
    return start


def _fingerprint(query: str) -> str:
    return hashlib.sha256(query.encode(errors="replace")).hexdigest()[:16]
