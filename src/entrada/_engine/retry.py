"""Retry as a flow around a request: statuses and failures that may pass, waits between tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import NamedTuple

from entrada._engine.effects import Flow, Request, Response, TransportFailure, pause, send
from entrada._engine.world import World


class Retry(NamedTuple):
    """How often and how patiently to ask again.

    ``tries`` counts the first one. The n-th wait is ``base * 2**n`` seconds, spread by chance
    over its upper half and never more than ``longest``; a ``Retry-After`` of the server comes
    first, unless it is longer than ``patience`` seconds: then the answer stands.
    """

    tries: int = 4
    base: float = 0.8
    longest: float = 30.0
    patience: float = 60.0
    statuses: Callable[[int], bool] = lambda status: status in {408, 429} or status >= 500
    failures: bool = True


ONCE = Retry(tries=1)


def retrying(request: Request, policy: Retry, world: World) -> Flow[Response]:
    """Send a request until it gets an answer worth having, or the tries are used up.

    Returns the last response whatever its status; raises the last :class:`TransportFailure`.
    """
    for count in range(policy.tries):
        last = count == policy.tries - 1
        try:
            response = yield from send(request)
        except TransportFailure as failure:
            # A certificate that is not trusted now will not be trusted in a second.
            if last or not policy.failures or failure.reason == "tls":
                raise
            wait = _backoff(count, policy, world)
        else:
            if last or not policy.statuses(response.status):
                return response
            asked = retry_after(response.headers, world.now())
            if asked is not None and asked > policy.patience:
                return response
            wait = _backoff(count, policy, world) if asked is None else asked
        yield from pause(wait)
    raise AssertionError("a policy has at least one try")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return how many seconds a server asks to wait, from any of Azure's three headers."""
    for name, unit in (("retry-after-ms", 1e-3), ("x-ms-retry-after-ms", 1e-3), ("retry-after", 1)):
        text = headers.get(name)
        seconds = None if text is None else _seconds(text, unit, now)
        if seconds is not None:
            return seconds
    return None


def _seconds(text: str, unit: float, now: float) -> float | None:
    try:
        seconds = float(text) * unit
    except ValueError:
        return _until(text, now)
    return None if isnan(seconds) else max(0.0, seconds)


def _until(date: str, now: float) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now)
    except (ValueError, OverflowError, TypeError, IndexError):  # all of them seen for odd dates
        return None


def _backoff(count: int, policy: Retry, world: World) -> float:
    longest: float = min(policy.base * 2.0**count, policy.longest)
    return longest * (0.5 + world.chance() / 2)
