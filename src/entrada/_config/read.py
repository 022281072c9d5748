"""Reading documents into trees: TOML and JSON files, the environment, mappings."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from entrada._config.positions import Path, json_positions, toml_positions
from entrada._config.tree import ENVIRONMENT, Leaf, Mistake, Node, Origin, Section, normal
from entrada._engine.world import World

_SEPARATOR = "__"


def read_file(name: str, world: World) -> Section:
    """Read a file by its ending, ``.toml`` or ``.json``; raise :class:`Mistake`."""
    kind = name.rpartition(".")[2].lower()
    if kind not in ("toml", "json"):
        raise Mistake(_whole(name), "the file's name has to end in .toml or .json.")
    try:
        text = world.read(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Mistake(_whole(name, 1), "it is not UTF-8 text.") from None
    except OSError as error:
        raise Mistake(_whole(name), f"it cannot be read: {error.strerror}.") from None
    return of_toml(text, name) if kind == "toml" else of_json(text, name)


def of_toml(text: str, name: str) -> Section:
    """Read a TOML text."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where, said = _line_of(error), str(error).partition(" (at ")[0]
        raise Mistake(_whole(name, where), f"it is not TOML: {said}.") from None
    return _tree(content, name, toml_positions(text))


def of_json(text: str, name: str) -> Section:
    """Read a JSON text."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise Mistake(_whole(name, error.lineno), f"it is not JSON: {error.msg}.") from None
    except RecursionError:
        raise Mistake(_whole(name, 1), "it is not JSON: nested too deeply.") from None
    if not isinstance(content, dict):
        raise Mistake(_whole(name, 1), "the document has to be an object: {...}.")
    return _tree(content, name, json_positions(text))


def of_mapping(content: Mapping[str, Any], name: str = "the mapping") -> Section:
    """Read a mapping of mappings."""
    return _section("", "", content, lambda path: Origin(name, None, _dotted(path)), ())


def of_environment(prefix: str, env: Mapping[str, str]) -> Section:
    """Read variables ``PREFIX__SECTION__KEY``; numbers in place of keys make a list.

    Raises :class:`Mistake` where a variable is both a value and a section.
    """
    root: dict[str, Any] = {}
    names: dict[Path, str] = {}
    start = (prefix + _SEPARATOR).lower()
    for variable in sorted(env):
        if not variable.lower().startswith(start):
            continue
        path = tuple(part.lower() for part in variable[len(start) :].split(_SEPARATOR))
        origin = Origin(ENVIRONMENT, None, variable)
        if not all(path):
            raise Mistake(origin, "a section's or a key's name is empty.", key=variable)
        _place(root, path, env[variable], origin)
        for end in range(1, len(path) + 1):
            names.setdefault(path[:end], variable)

    def origin_of(path: Path) -> Origin:
        return Origin(ENVIRONMENT, None, names.get(path, prefix))

    return _section("", "", {key: _listed(value) for key, value in root.items()}, origin_of, ())


def _place(root: dict[str, Any], path: tuple[str, ...], value: str, origin: Origin) -> None:
    table = root
    for part in path[:-1]:
        below = table.setdefault(part, {})
        if not isinstance(below, dict):
            raise Mistake(
                origin, f"{part} has a value of its own in another variable.", key=origin.key
            )
        table = below
    table[path[-1]] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _tree(content: Mapping[str, Any], name: str, lines: Mapping[Path, int]) -> Section:
    def origin_of(path: Path) -> Origin:
        while path and path not in lines:
            path = path[:-1]
        return Origin(name, lines.get(path, 1), _dotted(path), is_file=True)

    return _section("", "", content, origin_of, ())


def _section(
    name: str,
    shown: str,
    content: Mapping[str, Any],
    origin_of: Callable[[Path], Origin],
    path: Path,
) -> Section:
    nodes: dict[str, Node] = {}
    for key, value in content.items():
        text, below = str(key), (*path, key)
        twin = nodes.get(normal(text))
        if twin is not None:
            raise Mistake(
                origin_of(below),
                f"{text} is there already, as {twin.name} ({twin.origin}).",
                key=text,
                nearest=twin.name,
            )
        nodes[normal(text)] = _node(text, f"{shown}.{text}".lstrip("."), value, origin_of, below)
    return Section(name, shown, nodes, origin_of(path))


def _node(
    name: str, shown: str, value: Any, origin_of: Callable[[Path], Origin], path: Path
) -> Node:
    if isinstance(value, Mapping):
        return _section(name, shown, value, origin_of, path)
    if isinstance(value, list | tuple):
        value = [
            _section(name, f"{shown}[{index}]", each, origin_of, (*path, index))
            if isinstance(each, Mapping)
            else each
            for index, each in enumerate(value)
        ]
    return Leaf(name, value, origin_of(path))


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _whole(name: str, line: int | None = None) -> Origin:
    return Origin(name, line, is_file=True)


def _line_of(error: tomllib.TOMLDecodeError) -> int:
    number = str(error).partition("at line ")[2].partition(",")[0]
    return int(number) if number.isdecimal() else 1
