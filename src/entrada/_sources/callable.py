"""Assertions of any other issuer, by a function of the caller's own."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable as Function
from typing import Any

from entrada._engine.effects import Flow, call
from entrada._sources.source import Exchange
from entrada.errors import ConfigurationError


class Callable:
    """A function without arguments that returns an assertion; with asyncio it may be async."""

    name = "func"
    expired_hint = "The function has to return a new assertion each time that it is called."

    def __init__(self, func: Function[[], str | Awaitable[str]]) -> None:
        if not callable(func):
            raise ConfigurationError(
                f"func has to be a function that returns an assertion, not {type(func).__name__}.",
                code="no_assertion",
                hint="Pass the function itself, e.g. sources.Callable(read_token).",
            )
        self._func: Function[[], Any] = func

    def fetch(self, exchange: Exchange) -> Flow[str]:  # noqa: ARG002
        """Call the function."""
        assertion: str = yield from call(self._func, self.name)
        return assertion

    def __repr__(self) -> str:
        return f"Callable({getattr(self._func, '__name__', type(self._func).__name__)})"
