"""The Blob service where Azurite keeps the blobs: what is forwarded, and what each request needs.

A caller is authenticated and authorized as ever; then the request is signed and sent on. Each
storage account is lent one of Azurite's, whose name is in no answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote, urlencode

from entrada._engine.effects import Request, Response
from entrada.local.resources.blob import authorization, copying
from entrada.local.resources.blob.azurite import PLACES, Azurite
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import LENT, http_date
from entrada.local.resources.blob.errors import StorageError, not_built
from entrada.local.resources.blob.operations import OPERATIONS, Operation, select

_A = authorization
_PLAIN: Mapping[str, str] = {"x-ms-version": "2021-12-02"}
_LEASED = 412
_NAME = re.compile(rb"<Name>([^<]+)</Name>")
_OURS = frozenset(
    {"accept-encoding", "authorization", "connection", "content-length", "expect", "host"}
)
"""Headers that are about the caller's connection or identity, and not sent on."""
_THEIRS = frozenset({"date", "x-ms-version"})
"""Headers that the service answers by its own clock, and by what the caller sent."""
_BUILT: Final = frozenset(
    {
        *("appendblock", "copy", "lease", "page", "pagelist", "snapshot", "tags", "tier"),
        *("x-ms-access-tier", "x-ms-lease-id"),
    }
)
"""What Azurite has and the embedded store has not, by the names in the tables of ``operations``."""


def select_forwarded(context: Context) -> Operation:
    """Return the operation that a request asks for; raise :class:`StorageError` for none."""
    operation = select(context, FORWARDED, _BUILT)
    if context.header("x-ms-blob-public-access"):
        raise StorageError("PublicAccessNotPermitted")
    if context.header(copying.SOURCE) and operation.run is not _copy:
        raise not_built("UnsupportedHeader", "writing from a URL (copy it instead)")
    return operation


def _send(context: Context) -> Response:
    return _forwarded(context, context.inbound.headers)


def _list(context: Context) -> Response:
    response = _send(context)
    theirs, ours = _azurite(context).url(_place(context)), context.account_url
    body = response.body.replace(theirs.encode(), ours.encode())
    return response._replace(body=body)


def _copy(context: Context) -> Response:
    source = copying.source_of(context)
    authorization.authorize(source, _A.BLOB_READ)
    target = quote(f"/{source.container}/{source.blob}")
    url = f"{_azurite(context).url(_place(context))}{target}"
    return _forwarded(context, {**context.inbound.headers, copying.SOURCE: url})


def _exists(context: Context) -> bool:
    return _sent(context, Request("HEAD", _path(context), _PLAIN)).status != 404


def _forwarded(context: Context, headers: Mapping[str, str]) -> Response:
    query = urlencode(dict(context.inbound.query), quote_via=quote)
    target = f"{_path(context)}?{query}" if query else _path(context)
    kept = {name: value for name, value in headers.items() if name not in _OURS}
    response = _sent(context, Request(context.inbound.method, target, kept, context.body))
    theirs, ours = _azurite(context).url(_place(context)), context.account_url
    told = {
        name: value.replace(theirs, ours)
        for name, value in response.headers.items()
        if name not in _THEIRS
    }
    return response._replace(headers=told)


def _sent(context: Context, request: Request) -> Response:
    return _answered(_azurite(context), _place(context), request, context.now)


def _answered(azurite: Azurite, place: str, request: Request, now: float) -> Response:
    dated = request._replace(headers={"x-ms-date": http_date(now), **request.headers})
    try:
        return azurite.send(place, dated)
    except OSError as error:
        raise StorageError("ServerBusy", f"Azurite does not answer: {error}.") from error


def _azurite(context: Context) -> Azurite:
    azurite = context.cloud.azurite
    if azurite is None:
        raise StorageError("ServerBusy", "Azurite does not run.")
    return azurite


def _path(context: Context) -> str:
    parts = [part for part in (context.container, context.blob) if part]
    return quote("/" + "/".join(parts))


def _place(context: Context) -> str:
    """Return the place that is lent to the request's account, an empty one for a new account."""
    azurite, state, name = _azurite(context), context.state, context.account_name
    with azurite.lending:
        kept = state.get(LENT, name)
        if kept is not None:
            return str(kept["place"])
        taken = {body["place"] for _, body in state.under(LENT)}
        place = next((each for each in PLACES if each not in taken), None)
        if place is None:
            raise StorageError(
                "ServerBusy", f"Azurite was started for {len(PLACES)} storage accounts."
            )
        _empty(azurite, place, context.now)
        state.put(LENT, name, {"place": place})
        return place


def _empty(azurite: Azurite, place: str, now: float) -> None:
    """Delete what an account that is no more left at a place, leased containers too."""

    def ask(method: str, target: str, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return _answered(azurite, place, Request(method, target, {**_PLAIN, **named}), now)

    while names := _NAME.findall(ask("GET", "/?comp=list").body):
        for name in names:
            target = f"/{quote(name.decode())}?restype=container"
            deleted = ask("DELETE", target)
            if deleted.status == _LEASED:
                lease = {"x_ms_lease_action": "break", "x_ms_lease_break_period": "0"}
                ask("PUT", f"{target}&comp=lease", **lease)
                deleted = ask("DELETE", target)
            if deleted.status >= 400:
                raise StorageError("ServerBusy", f"Azurite does not give up {name.decode()}.")


def _row(row: Operation) -> Operation:
    run = {"list": _list, "copy-source": _copy}.get(row.comp, _send)
    return replace(row, run=run, exists=_exists)


FORWARDED: tuple[Operation, ...] = (
    *(_row(row) for row in OPERATIONS),
    Operation("container", "PUT", "container", "lease", _A.CONTAINER_WRITE, _send),
    Operation("blob", "PUT", "", "lease", _A.BLOB_WRITE, _send),
    Operation("blob", "PUT", "", "snapshot", _A.BLOB_WRITE, _send),
    Operation("blob", "PUT", "", "tier", _A.BLOB_WRITE, _send),
    Operation("blob", "PUT", "", "appendblock", _A.BLOB_WRITE, _send),
    Operation("blob", "PUT", "", "page", _A.BLOB_WRITE, _send),
    Operation("blob", "GET", "", "pagelist", _A.BLOB_READ, _send),
    Operation("blob", "GET", "", "tags", _A.BLOB_TAGS_READ, _send),
    Operation("blob", "PUT", "", "tags", _A.BLOB_TAGS_WRITE, _send),
    Operation("blob", "PUT", "", "copy", _A.BLOB_WRITE, _send),
)
"""The embedded store's operations, and those that only Azurite has."""
