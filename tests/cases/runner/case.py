"""Reads a case and refuses keys that it does not know, so that no expectation is lost to a typo."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_FOLDER = Path(__file__).parent.parent

_ASK = {
    "scopes",
    "tenant_id",
    "claims",
    "enable_cae",
    "expect",
    "advance",
    "authenticate",
    "user_assertion",
}
_CASE = _ASK | {
    "docs",
    "credential",
    "faces",
    "arguments",
    "env",
    "files",
    "programs",
    "platform",
    "chance",
    "exchange",
    "then",
    "secrets",
}
_STEP = _ASK | {"env", "files"}
_EXCHANGE = {
    "method",
    "url",
    "headers",
    "form",
    "form_json",
    "form_absent",
    "query",
    "query_absent",
    "timeout",
    "assertion",
    "repeat",
    "answer",
}
_ANSWER = {"status", "headers", "json", "text", "times", "fails", "detail"}
_TOKEN = {"token", "token_type", "expires_on", "expires_local", "refresh_on"}
_ERROR = {"error", "kind", "code", "message", "hint", "status", "correlation_id", "claims", "text"}
_DONE = {"requests", "programs", "sleeps", "attempts", "prompts"}
_EXPECT = _TOKEN | _ERROR | _DONE | {"raised_by", "repr", "record"}


class Case(NamedTuple):
    """A case and the name that it goes by: its path without the suffix."""

    name: str
    table: Mapping[str, Any]

    @property
    def faces(self) -> list[str]:
        """The faces that the case is for: both, unless it says otherwise."""
        faces: list[str] = self.table.get("faces", ["sync", "async"])
        return faces

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """The calls, in order."""
        first = {name: self.table[name] for name in self.table if name in _ASK}
        return [first, *self.table.get("then", [])]

    @property
    def exchanges(self) -> list[Mapping[str, Any]]:
        """The requests with their answers, a repeated one as often as it says."""
        rows = self.table.get("exchange", [])
        return [row for row in rows for _ in range(row.get("repeat", 1))]


@cache
def all_cases() -> tuple[Case, ...]:
    """Return every case, in the order of the names."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*/*.toml")))


def _read(path: Path) -> Case:
    name = path.relative_to(_FOLDER).with_suffix("").as_posix()
    table = tomllib.loads(path.read_text("utf-8"))
    _only(table, _CASE, name)
    for exchange in table.get("exchange", []):
        _only(exchange, _EXCHANGE, f"{name}: exchange")
        _only(exchange["answer"], _ANSWER, f"{name}: answer")
    for step in table.get("then", []):
        _only(step, _STEP, f"{name}: then")
    for step in (table, *table.get("then", [])):
        _only(step["expect"], _EXPECT, f"{name}: expect")
    for needed in ("docs", "credential"):
        if needed not in table:
            raise KeyError(f"{name} has no {needed}")
    return Case(name, table)


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := set(table) - known:
        raise KeyError(f"{where}: unknown keys {sorted(unknown)}")
