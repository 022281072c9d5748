"""Closing in order: one that fails does not keep the others open."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any


def check_sync(made: Iterable[Any]) -> None:
    """Raise ``RuntimeError`` where something can only be closed by awaiting it."""
    names = [type(each).__name__ for each in made if _is_async(each)]
    if names:
        raise RuntimeError(
            f"{', '.join(names)}: async clients are closed by awaiting clients.aclose()"
        )


def close(made: Iterable[Any]) -> None:
    """Close all; raise an ``ExceptionGroup`` of what went wrong."""
    errors = []
    for each in made:
        if _is_async(each):  # a credential that nothing was asked of on a loop
            continue
        try:
            _closer(each)()
        except Exception as error:  # noqa: BLE001 - told when all are closed
            errors.append(error)
    _raise(errors)


async def aclose(made: Iterable[Any]) -> None:
    """Close all, of either colour; raise an ``ExceptionGroup`` of what went wrong."""
    errors = []
    for each in made:
        try:
            result = _closer(each)()
            if inspect.isawaitable(result):
                await result
        except Exception as error:  # noqa: BLE001 - told when all are closed
            errors.append(error)
    _raise(errors)


def _closer(each: Any) -> Any:
    return getattr(each, "close", _nothing)


def _nothing() -> None:
    return None


def _is_async(each: Any) -> bool:
    return inspect.iscoroutinefunction(getattr(each, "close", None))


def _raise(errors: list[Exception]) -> None:
    if errors:
        raise ExceptionGroup("closing clients failed", errors)
