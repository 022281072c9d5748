"""Role definitions: Azure's built-in ones, read from ``roles.json``, and what a role permits.

Knows no cloud, no assignment and no HTTP. The semantics are those of Azure role definitions: an
operation is permitted by a pattern of ``actions`` that no pattern of ``notActions`` takes away;
``*`` stands for any text, slashes too, and ``/*/`` for one slash as well (so that Managed Identity
Operator's ``userAssignedIdentities/*/read`` covers the identity itself); case does not matter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_PATTERNS = ("actions", "notActions", "dataActions", "notDataActions")


@dataclass(frozen=True, slots=True)
class Permission:
    """One block of patterns of a role definition."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: dict[str, Any]) -> Permission:
        """Read a permission as Azure writes it in JSON."""
        return cls(*(tuple(body.get(name) or ()) for name in _PATTERNS))

    def allows(self, action: str, *, data: bool = False) -> bool:
        """Say whether an operation is permitted."""
        return self.allowing_pattern(action, data=data) is not None

    def allowing_pattern(self, action: str, *, data: bool = False) -> str | None:
        """Return the pattern that permits an operation, or ``None``."""
        given, taken = (
            (self.data_actions, self.not_data_actions) if data else (self.actions, self.not_actions)
        )
        if any(matches(pattern, action) for pattern in taken):
            return None
        return next((pattern for pattern in given if matches(pattern, action)), None)


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role: its GUID in lower case, its name, and what it permits."""

    id: str
    name: str
    description: str
    permissions: tuple[Permission, ...]
    assignable_scopes: tuple[str, ...] = ("/",)
    custom: bool = False

    def allows(self, action: str, *, data: bool = False) -> bool:
        """Say whether any of the role's permissions permits an operation."""
        return any(permission.allows(action, data=data) for permission in self.permissions)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    expression = re.escape(pattern).replace(r"/\*/", "/(?:.*/)?").replace(r"\*", ".*")
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


def matches(pattern: str, action: str) -> bool:
    """Say whether a pattern of a role definition covers an operation."""
    return _compiled(pattern).fullmatch(action) is not None


def _load() -> tuple[RoleDefinition, ...]:
    text = files("entrada.local").joinpath("roles.json").read_text("utf-8")
    return tuple(
        RoleDefinition(row["id"], row["name"], row["description"], (Permission.of(row),))
        for row in json.loads(text)
    )


BUILT_IN: tuple[RoleDefinition, ...] = _load()
_BY_ID = {role.id: role for role in BUILT_IN}
_BY_NAME = {role.name.lower(): role for role in BUILT_IN}


def role_by_id(guid: str) -> RoleDefinition | None:
    """Return the built-in role with a GUID, or ``None``."""
    return _BY_ID.get(guid.lower())


def role_by_name(name: str) -> RoleDefinition | None:
    """Return the built-in role with a name, in any case, or ``None``."""
    return _BY_NAME.get(name.lower())


_COURTESY = 6
_READ, _CHANGE, _ANYTHING = 1, 40, 120


@lru_cache(maxsize=1024)
def smallest_role(action: str, *, data: bool = False) -> RoleDefinition | None:
    """Return the built-in role that permits an operation and least besides it, or ``None``.

    What a role permits is counted over the patterns of all built-in roles, where anything but a
    read weighs more, and a wildcard most. Patterns that many roles carry along (reading resource
    groups, opening support tickets) say nothing about what a role is for, so they make no role a
    candidate.
    """
    candidates = [role for role in BUILT_IN if _is_for(role, action, data=data)]
    return min(candidates, key=_breadth, default=None)


def _is_for(role: RoleDefinition, action: str, *, data: bool) -> bool:
    patterns = (permission.allowing_pattern(action, data=data) for permission in role.permissions)
    return any(
        pattern is not None and (pattern.startswith("*") or _uses()[pattern.lower()] < _COURTESY)
        for pattern in patterns
    )


@cache
def _uses() -> dict[str, int]:
    uses: dict[str, int] = {}
    for role in BUILT_IN:
        for permission in role.permissions:
            for pattern in {p.lower() for p in (*permission.actions, *permission.data_actions)}:
                uses[pattern] = uses.get(pattern, 0) + 1
    return uses


@cache
def _known_operations(*, data: bool) -> frozenset[str]:
    return frozenset(
        pattern.lower()
        for role in BUILT_IN
        for permission in role.permissions
        for pattern in (permission.data_actions if data else permission.actions)
    )


@cache
def _breadth(role: RoleDefinition) -> int:
    return sum(
        _weight(operation)
        for data in (False, True)
        for operation in _known_operations(data=data)
        if role.allows(operation, data=data)
    )


def _weight(operation: str) -> int:
    if operation.endswith("/read"):
        return _READ
    return _ANYTHING if operation.endswith("*") else _CHANGE
