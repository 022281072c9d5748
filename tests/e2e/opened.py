"""A stand-in for the browser that a program opens: it hands the address over to this process.

``xdg-open``, by which programs open a browser on Linux, starts what ``BROWSER`` names.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

_PROGRAM = """#!/bin/sh
printf '%s' "$1" > "$0.address"
"""


@contextmanager
def opened(
    environment: pytest.MonkeyPatch, folder: Path, visit: Callable[[str], T]
) -> Iterator[Future[T | None]]:
    """Visit the one address that a program opens meanwhile; yield what comes of the visit."""
    program = folder / "browser"
    program.write_text(_PROGRAM)
    program.chmod(0o700)
    address = folder / "browser.address"
    os.mkfifo(address, 0o600)
    environment.setenv("BROWSER", str(program))
    environment.setenv("XDG_CURRENT_DESKTOP", "X-Generic")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.delenv(name, raising=False)

    reader = os.open(address, os.O_RDONLY | os.O_NONBLOCK)

    def wait() -> T | None:
        url = _read(reader)
        return visit(url) if url else None

    with ThreadPoolExecutor(1) as person:
        visited = person.submit(wait)
        try:
            yield visited
        finally:
            _call_off(address)


def _read(reader: int) -> str:
    """Wait for somebody who writes, and read to their end."""
    select.select([reader], [], [])
    os.set_blocking(reader, True)
    with os.fdopen(reader) as file:
        return file.read()


def _call_off(address: Path) -> None:
    """End the wait for an address, if there still is one."""
    with suppress(OSError):  # nobody reads
        os.close(os.open(address, os.O_WRONLY | os.O_NONBLOCK))
