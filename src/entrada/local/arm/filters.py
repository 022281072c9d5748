"""The ``$filter`` of ARM's lists: a conjunction of few known terms."""

from __future__ import annotations

import re
from collections.abc import Mapping

from entrada.local.arm.errors import bad_request
from entrada.local.state import Document

OF_GROUPS: Mapping[str, str] = {"tagname": "tagName", "tagvalue": "tagValue"}
OF_RESOURCES: Mapping[str, str] = {
    **OF_GROUPS,
    "resourcetype": "type",
    "resourcegroup": "group",
    "name": "name",
    "location": "location",
}

_TERM = re.compile(
    r"\s*(?:(?P<name>\w+)\s+eq\s+'(?P<value>(?:[^']|'')*)'"
    r"|(?P<function>\w+)\(\s*(?:'(?P<argument>[^']*)')?\s*\))\s*",
    re.IGNORECASE,
)


def terms(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """Read ``a eq 'b' and f('c') and g()`` as ``{"a": "b", "f": "c", "g": ""}``.

    ``known`` maps names in lower case to the names to return; anything else raises 400.
    """
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        term = _TERM.match(text, position)
        name = (term["name"] or term["function"]).lower() if term else ""
        if term is None or name not in known:
            raise bad_request(f"The filter '{text}' is not supported.", "UnsupportedQuery")
        found[known[name]] = (term["value"] or term["argument"] or "").replace("''", "'")
        position = term.end()
        conjunction = re.compile(r"and\b", re.IGNORECASE).match(text, position)
        if conjunction is None and position < len(text):
            raise bad_request(f"The filter '{text}' is not supported.", "UnsupportedQuery")
        position = conjunction.end() if conjunction else position
    return found


def covers(wanted: Mapping[str, str], document: Document) -> bool:
    """Say whether a resource or group has what the terms of a filter ask for, in any case."""
    tags: Mapping[str, str] = document.get("tags") or {}
    given = {name.lower(): str(value).lower() for name, value in tags.items()}
    for name, value in wanted.items():
        text = value.lower()
        if name == "tagName":
            fits = text in given
        elif name == "tagValue":
            named = wanted.get("tagName", "").lower()
            fits = text == given.get(named) if named else text in given.values()
        elif name == "group":
            fits = text == document["id"].split("/")[4].lower()
        else:
            fits = text == str(document[name]).lower()
        if not fits:
            return False
    return True
