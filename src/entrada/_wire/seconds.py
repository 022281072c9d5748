"""Numbers of seconds as answers have them: numbers or strings, and sometimes neither."""

from __future__ import annotations

from typing import Any

_INFINITY = float("inf")


def seconds_of(value: Any) -> float:
    """Return a number of seconds, given as a number or a string; raise TypeError or ValueError."""
    try:
        seconds = float(value)
    except OverflowError as error:
        raise ValueError(str(error)) from None
    if not -_INFINITY < seconds < _INFINITY:
        raise ValueError("not finite")
    return seconds
