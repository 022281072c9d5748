"""The names in a seed: what each refers to, and whether it is there.

Members and assignees name principals, scopes name resources; ``section:name`` where a name alone
could be several things.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from entrada.local.files import OPERATOR
from entrada.local.seeding.schema import PRINCIPALS, RESOURCES
from entrada.local.seeding.seed import Entry, Seed, SeedError

if TYPE_CHECKING:
    from entrada.local.seeding.lines import Lines

SUBSCRIPTION = "subscription"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def find(seed: Seed, sections: Sequence[str], reference: str) -> list[Entry]:
    """Return the entries of some sections that a reference names."""
    section, colon, name = reference.partition(":")
    if colon and section in sections:
        sections, reference = (section,), name
    return [entry for each in sections for entry in seed.of(each) if entry.name == reference]


def is_outside(assignee: str) -> bool:
    """Say whether an assignee is nobody of the file: an object id, or the operator."""
    return assignee == OPERATOR or _GUID.fullmatch(assignee) is not None


def resource_of(seed: Seed, scope: str) -> tuple[str, str]:
    """Split a scope in what names its resource and the container below, ``""`` for none."""
    account, slash, container = scope.partition("/")
    if slash and find(seed, ("storage_accounts",), account):
        return account, container
    return scope, ""


def check_names(seed: Seed, lines: Lines) -> None:
    """Raise :class:`SeedError` where an entry is there twice, or a name leads nowhere."""
    _check_repeated(seed)
    for section, key, among in (
        ("groups", "members", PRINCIPALS),
        ("hosts", "identities", ("identities",)),
    ):
        for index, entry in enumerate(seed.of(section)):
            for name in entry.texts(key):
                _check(seed, among, name, lines.key(section, index, key), key)
    for index, entry in enumerate(seed.of("role_assignments")):
        assignee, scope = entry.text("assignee"), entry.text("scope")
        if not is_outside(assignee):
            line = lines.key(entry.section, index, "assignee")
            _check(seed, PRINCIPALS, assignee, line, "assignee")
        if not scope.startswith("/") and scope != SUBSCRIPTION:
            line = lines.key(entry.section, index, "scope")
            _check(seed, RESOURCES, resource_of(seed, scope)[0], line, "scope")


def _check_repeated(seed: Seed) -> None:
    known: dict[tuple[str, str], int] = {}
    for entry in seed.entries:
        if not entry.name:
            continue
        first = known.setdefault((entry.section, entry.name.lower()), entry.line)
        if first != entry.line:
            message = f"[[{entry.section}]] has {entry.name} already, in line {first}"
            raise SeedError(seed.file, entry.line, message)


def _check(seed: Seed, sections: Sequence[str], name: str, line: int, key: str) -> None:
    found = find(seed, sections, name)
    if len(found) > 1:
        forms = " or ".join(f'"{entry.section}:{entry.name}"' for entry in found)
        raise SeedError(seed.file, line, f'{key}: "{name}" is several things; write {forms}')
    if not found:
        known = [entry.name for section in sections for entry in seed.of(section)]
        near = get_close_matches(name, known, 1)
        guess = f'; did you mean "{near[0]}"?' if near else f" among {', '.join(sections)}"
        raise SeedError(seed.file, line, f'{key}: nothing is named "{name}"{guess}')
