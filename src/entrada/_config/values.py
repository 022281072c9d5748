"""What a leaf's value comes to: texts, secrets, flags, seconds, lists; and references to them.

Any text may be a reference: ``env:NAME`` is a variable's value, ``file:PATH`` a file's content
without the line's end, relative to the file it is written in. A value is never quoted in an error
that could show a secret.
"""

from __future__ import annotations

import re
from os.path import dirname, join
from typing import Any, NoReturn

from entrada._config.tree import Leaf, Mistake, Node, Section
from entrada._engine.world import World

_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_FLAGS = {"true": True, "false": False}


def leaf(node: Node) -> Leaf:
    """Return a node that is no section."""
    if isinstance(node, Section):
        raise Mistake(
            node.origin, f"{node.name} takes a value, not a table of its own.", key=node.name
        )
    return node


def text(node: Node, world: World) -> str:
    """Return a text that is not empty, a reference resolved."""
    found = leaf(node)
    if not isinstance(found.value, str) or not found.value:
        _wrong(found, "a text that is not empty")
    value = resolved(found, world)
    if not value.strip():
        _wrong(found, "a text that is not empty")
    return value


def flag(node: Node, world: World) -> bool:
    """Return a flag."""
    found = leaf(node)
    value = found.value
    if isinstance(value, bool):
        return value
    said = resolved(found, world).strip().lower() if isinstance(value, str) else ""
    if said not in _FLAGS:
        _wrong(found, "true or false")
    return _FLAGS[said]


def seconds(node: Node, world: World) -> float:
    """Return a number of seconds from 0: a number, or hh:mm:ss as .NET writes it."""
    found = leaf(node)
    value: Any = found.value
    if isinstance(value, str):
        value = _seconds(resolved(found, world).strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        _wrong(found, "a number of seconds, or hh:mm:ss")
    return float(value)


def whole(node: Node, world: World) -> int:
    """Return a whole number from 0."""
    found = leaf(node)
    value: Any = found.value
    if isinstance(value, str):
        digits = resolved(found, world).strip()
        value = int(digits) if digits.isdecimal() else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _wrong(found, "a whole number from 0")
    return value


def texts(node: Node, world: World) -> tuple[str, ...]:
    """Return a list of texts; one text is split at its semicolons."""
    found = leaf(node)
    if isinstance(found.value, str):
        parts = resolved(found, world).split(";")
        return tuple(part.strip() for part in parts if part.strip())
    values = found.value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        _wrong(found, 'a list of texts, or one with ";" between them')
    return tuple(values)


def resolved(found: Leaf, world: World) -> str:
    """Return a text leaf's value, or what it refers to."""
    kind, _, where = str(found.value).partition(":")
    if kind == "env":
        return _variable(found, where, world)
    if kind == "file":
        return _content(found, where, world)
    return str(found.value)


def is_reference(value: object) -> bool:
    """Say whether a value stands somewhere else."""
    return isinstance(value, str) and value.startswith(("env:", "file:"))


def shown(node: Node) -> str:
    """Return a text as it is written, for errors: what a reference leads to could be a secret."""
    return str(leaf(node).value)


def _variable(found: Leaf, name: str, world: World) -> str:
    value = world.env.get(name, "") if name else ""
    if not value:
        said = f"the variable {name} is not set" if name else "env: has to be followed by a name"
        raise Mistake(found.origin, f"{found.name}: {said}.", key=found.name)
    return value


def _content(found: Leaf, where: str, world: World) -> str:
    beside = dirname(found.origin.source) if found.origin.is_file else ""  # noqa: PTH120
    path = world.home + where[1:] if where.startswith("~/") else join(beside, where)  # noqa: PTH118
    try:
        # Not read_secret: what Kubernetes mounts is a link.
        value = world.read(path).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Mistake(found.origin, f"{found.name}: {where} is not text.", key=found.name) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Mistake(
            found.origin,
            f"{found.name}: the file {where} cannot be read: {reason}.",
            key=found.name,
        ) from None
    if not value:
        raise Mistake(found.origin, f"{found.name}: the file {where} is empty.", key=found.name)
    return value


def _seconds(value: str) -> float | None:
    match = _TIME_SPAN.fullmatch(value)
    if match:
        days, hours, minutes, rest = match.groups()
        return ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(rest)
    try:
        return float(value)
    except ValueError:
        return None


def _wrong(found: Leaf, expected: str) -> NoReturn:
    raise Mistake(found.origin, f"{found.name} has to be {expected}.", key=found.name)
