"""What an Entra error code means and what to do next: an offline catalogue of AADSTS codes.

It knows codes only: no request, no response, no network. The tables of ``aadsts_table`` are
imported when an error is being built, and not before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import NamedTuple

from entrada.errors import Kind

PLACEHOLDERS = ("tenant", "client_id", "scope", "correlation_id")
"""The names that a hint may hold in braces and that ``diagnose`` fills."""

_CODE = re.compile(r"AADSTS(\d{4,9})(?!\d)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MEANING: Mapping[Kind, str] = {
    "misconfigured": "a setting of the caller's, such as the tenant or the scope, is wrong",
    "needs_user": "a person has to sign in",
    "rejected": "Entra weighed the request and refused",
    "unavailable": "there is nothing to sign in with",
    "unreachable": "the service failed for a moment; try later",
}


class Diagnosis(NamedTuple):
    """A code's meaning: whose move it is, the cause in a sentence, and the next thing to do."""

    code: int
    kind: Kind
    cause: str
    hint: str


def codes_in(text: str) -> tuple[int, ...]:
    """Return the codes that a text names as ``AADSTSnnnn``, in its order, each once."""
    return tuple(dict.fromkeys(int(code) for code in _CODE.findall(text)))


def diagnose(codes: Iterable[int], **context: str) -> Diagnosis | None:
    """Return the meaning of the most specific known code, or None where none is known.

    ``context`` fills the hint's placeholders, quoted for a shell; one that it lacks stays
    readable as ``<tenant>``.
    """
    from entrada._wire.aadsts_table import GENERAL, TABLES

    # An error of several codes names the general one first and its reason last; and a code that
    # refines another has more digits (70021, 700211).
    by_worth = sorted(
        enumerate(codes), key=lambda place: (place[1] in GENERAL, -len(str(place[1])), -place[0])
    )
    for _, code in by_worth:
        for kind, rows in TABLES:
            if code in rows:
                cause, hint = rows[code]
                return Diagnosis(code, kind, cause, _fill(hint, context))
    return None


def markdown() -> str:
    """Return the catalogue as a page, a section for each code, in the order of their numbers."""
    from entrada._wire.aadsts_table import TABLES

    known = {code: (kind, *rows[code]) for kind, rows in TABLES for code in rows}
    present = {kind for kind, _ in TABLES}
    kinds = [f"- *{kind}*: {text}" for kind, text in sorted(_MEANING.items()) if kind in present]
    fills = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)
    page = [
        "# Entra error codes",
        (
            f"The {len(known)} AADSTS codes that entrada explains offline, in the `code` and "
            "`hint` of its exceptions. Each is of one kind, by whose move it is:"
        ),
        "\n".join(kinds),
        (
            f"Text in braces ({fills}) is filled from the request that failed; capitals such as "
            "GROUP stand for names of yours."
        ),
    ]
    for code, (kind, cause, hint) in sorted(known.items()):
        page += [f"## AADSTS{code}", f"*{kind}*: {cause}", hint]
    return "\n\n".join(page) + "\n"


def _fill(hint: str, context: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        words = context.get(name, "").split()
        return " ".join(map(quote, words)) or f"<{name}>"

    return _PLACEHOLDER.sub(value, hint)
