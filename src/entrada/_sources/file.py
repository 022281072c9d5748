"""Assertions that somebody keeps up to date in a file, such as a kubelet or a SPIFFE agent."""

from __future__ import annotations

from os import PathLike

from entrada._credentials.workload_identity import read_token_file
from entrada._engine.effects import Flow, call
from entrada._sources.source import Exchange
from entrada._wire.tenants import check_path


class File:
    """A file with an assertion; it is read for each exchange."""

    expired_hint = (
        "Whoever writes the file has stopped renewing it: look after that, and check the clock "
        "with date -u."
    )

    def __init__(self, path: str | PathLike[str]) -> None:
        self.name = check_path(path, "path", "the path of a file with a federated token")

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Read the file; raise CredentialUnavailableError where it is empty."""
        world = exchange.world
        return (yield from call(lambda: read_token_file(world, self.name), self.name))

    def __repr__(self) -> str:
        return f"File({self.name!r})"
