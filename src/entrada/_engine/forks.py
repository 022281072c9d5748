"""What must not survive a fork: locks that other threads held, their work, shared connections.

A forked child has one thread only. Whoever keeps such things names itself here and forgets them
in the child, before anything else runs there.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forgetful(Protocol):
    """Something with state that belongs to one process."""

    def forget(self) -> None:
        """Start anew in a forked child, where no other thread exists."""


_alive: weakref.WeakSet[Forgetful] = weakref.WeakSet()


def forget_in_child(part: Forgetful) -> None:
    """Have a part forget in every child that is forked while it lives."""
    _alive.add(part)


def _forget_all() -> None:
    for part in _alive:
        part.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
