"""What a token store is: named, sealed bytes that rest somewhere between processes.

A store knows nothing of tokens: it is handed names that tell nothing and bytes that only the
holder of its key can read. Each method is a flow, so one store serves threads and asyncio.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from entrada._engine.effects import Flow
from entrada._engine.world import World


class StoreUnavailable(Exception):
    """A store cannot be used at the moment; whoever asked goes on without it.

    The text says where and why, and holds nothing secret.
    """


class Sealed(NamedTuple):
    """An entry as it rests. ``expires_on`` is in epoch seconds.

    ``account``: it is somebody's sign-in rather than an access token, and is listed.
    ``fence`` is that of the lease that it was got under, 0 without one.
    """

    data: bytes
    expires_on: float
    account: bool = False
    fence: int = 0

    def __repr__(self) -> str:
        return f"Sealed({len(self.data)} bytes, expires_on={self.expires_on})"


class Lease(Protocol):
    """The right to renew one entry, which nobody else has meanwhile."""

    @property
    def fence(self) -> int:
        """A number that grows with each lease of the entry, 0 where the store needs none."""
        ...

    def release(self) -> Flow[None]:
        """Give it back."""
        ...

    def drop(self) -> None:
        """Give it back as far as that needs no waiting; what is left ends by itself."""
        ...


@runtime_checkable
class TokenStore(Protocol):
    """Where sealed entries rest. Every method may raise :class:`StoreUnavailable`."""

    def sealing_key(self, world: World) -> Flow[bytes]:
        """Return the 32 bytes that entries are sealed with: the same for all who share them."""
        ...

    def load(self, name: str) -> Flow[bytes | None]:
        """Return an entry's bytes, ``None`` where there is none or its time is over."""
        ...

    def save(self, name: str, entry: Sealed) -> Flow[None]:
        """Keep an entry until it expires, in place of the one of that name.

        An entry of an older fence than the kept one's is dropped.
        """
        ...

    def delete(self, name: str) -> Flow[None]:
        """Drop an entry, if there is one."""
        ...

    def accounts(self) -> Flow[list[tuple[str, bytes]]]:
        """Return names and bytes of the entries that are sign-ins."""
        ...

    def lease(self, name: str) -> Flow[Lease | None]:
        """Return the right to renew an entry, ``None`` while somebody else has it."""
        ...
