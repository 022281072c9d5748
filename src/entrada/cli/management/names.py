"""Names that people write: recognised, compared, and corrected where they are nearly right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_guid(text: str) -> bool:
    """Say whether a text is a GUID."""
    return _GUID.fullmatch(text) is not None


def quoted(text: str) -> str:
    """Write a text as a literal of OData's ``$filter``."""
    return "'" + text.replace("'", "''") + "'"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like a given one; ``""`` where none comes near."""
    by_fold = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
