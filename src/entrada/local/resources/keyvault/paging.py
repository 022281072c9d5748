"""Pages of a listing: ``maxresults``, and the ``$skiptoken`` of a page's ``nextLink``.

Knows no state. A token is the base64 of the last key of the page before; to clients it is opaque.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import bad_parameter
from entrada.local.state import Document

LARGEST_PAGE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """What a client asked of a listing; ``after`` is the last key it has seen."""

    context: Context
    size: int
    after: str

    @classmethod
    def of(cls, context: Context) -> Page:
        """Read the parameters; raise :class:`VaultError` for what is none of theirs."""
        query = context.inbound.query
        return cls(context, _size(query.get("maxresults", "")), _after(query.get("$skiptoken", "")))

    @property
    def limit(self) -> int:
        """How many items to look for: one more than the page has, to know whether another is."""
        return self.size + 1

    def answer(self, found: Sequence[tuple[str, Document]]) -> Response:
        """Answer with the first items, and the URL of the next page where there are more."""
        shown = found[: self.size]
        more = len(found) > self.size
        body = {
            "value": [written for _, written in shown],
            "nextLink": self._link(shown[-1][0]) if more else None,
        }
        return json_reply(200, body)

    def _link(self, last: str) -> str:
        address, query = self.context.address, self.context.inbound.query
        parameters = {
            "api-version": query["api-version"],
            "$skiptoken": base64.urlsafe_b64encode(last.encode()).decode(),
            "maxresults": str(self.size),
        }
        return f"{address.url}/{'/'.join(address.path)}?{urlencode(parameters, safe='$')}"


def _size(text: str) -> int:
    if not text:
        return LARGEST_PAGE
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= size <= LARGEST_PAGE:
        raise bad_parameter(f"maxresults is no whole number from 1 to {LARGEST_PAGE}.")
    return size


def _after(text: str) -> str:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise bad_parameter("$skiptoken is not of this listing.") from error
