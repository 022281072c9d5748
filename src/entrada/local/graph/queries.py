"""OData's query options: which objects, which of their properties, in which order and pages.

https://learn.microsoft.com/graph/query-parameters
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from entrada._engine.effects import Response
from entrada.local.graph.access import GraphRequest
from entrada.local.graph.entities import Entity
from entrada.local.graph.errors import bad_request, unsupported
from entrada.local.graph.filter_parser import InvalidFilter, parse
from entrada.local.graph.filters import Node, is_advanced, read
from entrada.local.http import json_reply
from entrada.local.state import Document

PAGE: Final = 100
LARGEST_PAGE: Final = 999
_ADVANCED = "https://aka.ms/graph-docs/advanced-queries"
_LISTS = ("$filter", "$select", "$top", "$skiptoken", "$count", "$orderby", "$search", "$expand")
_ONE = ("$select", "$expand")
_SEARCH = re.compile(r'"([A-Za-z]+):([^"]*)"')

Key: TypeAlias = tuple[int, Any, str]


def listed(request: GraphRequest, entity: Entity, documents: Iterable[Document]) -> Response:
    """Answer with the page of a collection that the query options ask for."""
    _check_options(request, _LISTS)
    shape = _shape(request, entity)
    found = _wanted(request, entity, [entity.view(request.cloud, each) for each in documents])
    body: Document = {"@odata.context": request.context(entity.collection)}
    if _option(request, "$count").lower() == "true":
        body["@odata.count"] = len(found)
    page, link = _page(request, entity, found)
    if link:
        body["@odata.nextLink"] = link
    body["value"] = [shape.of(request, entity, each) for each in page]
    return json_reply(200, body)


def counted(request: GraphRequest, entity: Entity, documents: Iterable[Document]) -> Response:
    """Answer with how many objects of a collection fit, as plain text."""
    _check_options(request, ("$filter", "$search"))
    if not is_eventual(request):
        raise unsupported(
            "$count is not currently supported without the header 'ConsistencyLevel: eventual'. "
            f"Refer to {_ADVANCED}."
        )
    found = _wanted(request, entity, [entity.view(request.cloud, each) for each in documents])
    return Response(200, {"content-type": "text/plain"}, str(len(found)).encode())


def shown(
    request: GraphRequest, entity: Entity, document: Document, *, status: int = 200
) -> Response:
    """Answer with one object, as far as ``$select`` wants it."""
    return reply(request, entity, entity.view(request.cloud, document), status=status)


def reply(request: GraphRequest, entity: Entity, view: Document, *, status: int = 200) -> Response:
    """Answer with one object's view, as far as ``$select`` wants it."""
    _check_options(request, _ONE)
    context = request.context(f"{entity.collection}/$entity")
    chosen = _shape(request, entity).of(request, entity, view)
    return json_reply(status, {"@odata.context": context, **chosen})


def is_eventual(request: GraphRequest) -> bool:
    """Say whether a client allows answers from the index, which advanced queries need."""
    return request.inbound.headers.get("consistencylevel", "").lower() == "eventual"


def _check_options(request: GraphRequest, known: Sequence[str]) -> None:
    for name in request.inbound.query:
        if name.startswith("$") and name not in known:
            raise bad_request(f"Query option '{name}' is not supported here.")


def _option(request: GraphRequest, name: str) -> str:
    return request.inbound.query.get(name, "").strip()


def _wanted(request: GraphRequest, entity: Entity, views: list[Document]) -> list[Document]:
    """Return the objects that ``$filter`` and ``$search`` let pass."""
    text = _option(request, "$filter")
    if text:
        node = _filter(request, entity, text)
        views = [view for view in views if node.matches(view)]
    text = _option(request, "$search")
    if text:
        name, words = _search(request, text)
        views = [view for view in views if words in str(view.get(name) or "").casefold()]
    return views


def _filter(request: GraphRequest, entity: Entity, text: str) -> Node:
    try:
        node = parse(text)
    except InvalidFilter as error:
        raise bad_request(f"Invalid filter clause: {error}.") from None
    for path in node.paths():
        _check_property(entity, path[0], "Invalid filter clause")
    if is_advanced(node) and not _is_advanced_request(request):
        used = ", ".join(sorted(set(node.operators())))
        raise unsupported(
            f"The filter '{text}' ({used}) is not supported without the header "
            f"'ConsistencyLevel: eventual' and $count=true. Refer to {_ADVANCED}."
        )
    return node


def _is_advanced_request(request: GraphRequest) -> bool:
    counting = _option(request, "$count").lower() == "true"
    return is_eventual(request) and (counting or request.inbound.path.endswith("/$count"))


def _search(request: GraphRequest, text: str) -> tuple[str, str]:
    if not is_eventual(request):
        raise unsupported(
            "Request with $search query parameter only works with the request header: "
            f"'ConsistencyLevel: eventual'. Refer to {_ADVANCED}."
        )
    match = _SEARCH.fullmatch(text)
    if match is None or match[1] not in ("displayName", "description", "mail", "userPrincipalName"):
        raise unsupported(
            f'The search {text} is not supported: one clause like "displayName:words" is, over '
            "displayName, description, mail or userPrincipalName."
        )
    return match[1], match[2].casefold()


def _check_property(entity: Entity, name: str, where: str) -> None:
    if name not in entity.properties:
        raise bad_request(
            f"{where}: Could not find a property named '{name}' on type "
            f"'microsoft.graph.{entity.type}'."
        )


def _page(
    request: GraphRequest, entity: Entity, views: list[Document]
) -> tuple[list[Document], str]:
    """Return one page in order, and the link to the next one."""
    name, descending = _order(request, entity)
    keyed = sorted(
        ((_key(view, name), view) for view in views), key=lambda pair: pair[0], reverse=descending
    )
    mark = _mark(request)
    if mark is not None:
        keyed = [pair for pair in keyed if (pair[0] < mark if descending else pair[0] > mark)]
    size = _size(request)
    link = _link(request, keyed[size - 1][0]) if len(keyed) > size else ""
    return [view for _, view in keyed[:size]], link


def _order(request: GraphRequest, entity: Entity) -> tuple[str, bool]:
    words = _option(request, "$orderby").split()
    if not words:
        return "id", False
    if len(words) > 2 or "," in "".join(words) or words[1:] not in ([], ["asc"], ["desc"]):
        raise bad_request(f"The order '{' '.join(words)}' is not supported: one property is.")
    _check_property(entity, words[0], "Invalid order clause")
    return words[0], words[1:] == ["desc"]


def _key(view: Document, name: str) -> Key:
    """Return what a view is sorted by: nothing first, then by value; the id decides a tie."""
    value = read(view, (name,))
    tie = str(view.get("id", ""))
    if isinstance(value, str):
        return (2, value.casefold(), tie)
    if isinstance(value, bool | int | float):
        return (1, float(value), tie)
    return (0, 0, tie)


def _size(request: GraphRequest) -> int:
    text = _option(request, "$top")
    if not text:
        return PAGE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= LARGEST_PAGE:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and 999.")
    return int(text)


def _link(request: GraphRequest, last: Key) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(last).encode()).decode()
    query = {**request.inbound.query, "$skiptoken": encoded}
    path = request.inbound.path
    return f"{request.cloud.endpoints.graph}{path}?{urlencode(query, safe='$')}"


def _mark(request: GraphRequest) -> Key | None:
    text = _option(request, "$skiptoken")
    if not text:
        return None
    try:
        rank, value, tie = json.loads(base64.urlsafe_b64decode(text))
        mark: Key = (int(rank), str(value) if rank == 2 else float(value), str(tie))
    except (binascii.Error, ValueError, TypeError, RecursionError, OverflowError):
        raise bad_request("The skip token is invalid. Follow @odata.nextLink as it is.") from None
    return mark


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of every object goes out; ``names`` is ``None`` for all there is."""

    names: tuple[str, ...] | None
    expansions: tuple[str, ...]

    def of(self, request: GraphRequest, entity: Entity, view: Document) -> Document:
        names = self.names if self.names is not None else tuple(view)
        chosen = {name: view.get(name) for name in names}
        if "@odata.type" in view:
            chosen = {"@odata.type": view["@odata.type"], **chosen}
        for name in self.expansions:
            chosen[name] = entity.expandable[name](request.cloud, view["id"])
        return chosen


def _shape(request: GraphRequest, entity: Entity) -> _Shape:
    """Read ``$select`` and ``$expand``; refuse what the entity does not have."""
    where = "Parsing OData Select and Expand failed"
    names = _names(request, "$select")
    for name in names:
        if name != "*":
            _check_property(entity, name, where)
    expansions = _names(request, "$expand")
    for name in expansions:
        if name not in entity.expandable:
            known = ", ".join(entity.expandable) or "nothing"
            raise bad_request(
                f"{where}: '{name}' cannot be expanded on type 'microsoft.graph.{entity.type}'; "
                f"what can: {known}."
            )
    chosen = None if "*" in names else names or entity.default
    return _Shape(chosen, expansions)


def _names(request: GraphRequest, option: str) -> tuple[str, ...]:
    found = (name.strip() for name in _option(request, option).split(","))
    return tuple(name for name in found if name)
