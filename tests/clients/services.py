"""Clients of a service that there is not: what a registry makes of a class is seen on them."""

from __future__ import annotations

from typing import Any


class Parcels:
    """A sync client of no real service.

    :keyword int pages: How many at once.
    :keyword bool strict: Whether it is.
    """

    made = 0

    def __init__(self, endpoint: str, credential: Any = None, **kwargs: Any) -> None:
        if endpoint.endswith("refused"):
            raise ValueError("no such place")
        type(self).made += 1
        self.endpoint = endpoint
        self.credential = credential
        self.options = kwargs
        self.closed = False

    @classmethod
    def from_connection_string(cls, conn_str: str, **kwargs: Any) -> Parcels:
        """Make one without a credential."""
        if "=" not in conn_str:
            raise ValueError(f"malformed: {conn_str}")
        return cls(f"https://{conn_str.partition('=')[2]}", None, **kwargs)

    def close(self) -> None:
        """Close it."""
        self.closed = True


class Letters(Parcels):
    """Another."""


class Stamps:
    """A client that is told nothing but where."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
