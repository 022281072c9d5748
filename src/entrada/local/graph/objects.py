"""Directory objects of any kind: by id, many at once, owners."""

from __future__ import annotations

from typing import Any

from entrada._engine.effects import Response
from entrada.local.graph import queries
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import DIRECTORY_OBJECT, find_object, typed
from entrada.local.graph.errors import bad_request, not_found
from entrada.local.graph.first_party import ensure
from entrada.local.graph.targets import is_here
from entrada.local.http import Route, json_reply

MOST_IDS = 1000


def get(request: GraphRequest) -> Response:
    """Show the object with an id."""
    found = find_object(request.cloud, request.param("id"))
    if found is None or not is_here(request, found[1]):
        raise not_found(request.param("id"))
    return queries.shown(request, DIRECTORY_OBJECT, found[1])


def get_by_ids(request: GraphRequest) -> Response:
    """Return those of up to 1000 ids that are there, of the types asked for."""
    ensure(request.cloud)
    body = request.body()
    ids = texts(body, "ids")
    if len(ids) > MOST_IDS:
        raise bad_request(f"At most {MOST_IDS} ids can be asked for at once.")
    types = [each.lower() for each in texts(body, "types", optional=True)]
    found = (find_object(request.cloud, each) for each in dict.fromkeys(map(str.lower, ids)))
    value = [
        typed(request.cloud, pair[1])
        for pair in found
        if pair
        and is_here(request, pair[1])
        and (not types or "directoryobject" in types or pair[0].lower() in types)
    ]
    context = request.context("directoryObjects")
    return json_reply(200, {"@odata.context": context, "value": value})


def texts(body: dict[str, Any], name: str, *, optional: bool = False) -> list[str]:
    """Return a list of strings from a body; raise 400 where it is none."""
    found = body.get(name)
    if found is None and optional:
        return []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise bad_request(f"The value of '{name}' is not a list of strings.")
    return found


ROUTES: tuple[Route, ...] = (
    Route("POST", "/{version}/directoryObjects/getByIds", operation(get_by_ids)),
    Route("GET", "/{version}/directoryObjects/{id}", operation(get)),
)
