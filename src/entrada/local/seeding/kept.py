"""What a state remembers of its seed: ids, generated secrets, and the seed itself.

It outlives a reset, so whoever signed in with a generated secret still can.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from entrada.local.seeding.seed import Seed

if TYPE_CHECKING:
    from entrada.local.state import Document, State

KIND = "seeded"
_WHOLE = "seed"


def keep_seed(state: State, seed: Seed) -> None:
    """Remember a seed as the one of this state."""
    state.put(KIND, _WHOLE, seed.document())


def kept_seed(state: State) -> Seed | None:
    """Return the seed of this state, or ``None``."""
    document = state.get(KIND, _WHOLE)
    return None if document is None else Seed.of_document(document)


def generated(state: State, section: str, name: str, wanted: str) -> str:
    """Return the wanted secret, or the one that was generated for an entry, now or before."""
    if wanted:
        return wanted
    filed = f"secret/{section}/{name}"
    document = state.get(KIND, filed) or state.put(KIND, filed, {"value": _random()})
    return str(document["value"])


def ids(state: State, section: str, name: str) -> Document:
    """Return the ids that an entry's object had before; empty where there was none."""
    return state.get(KIND, f"ids/{section}/{name}") or {}


def keep_ids(state: State, section: str, name: str, **values: str) -> None:
    """Remember the ids of an entry's object."""
    state.put(KIND, f"ids/{section}/{name}", dict(values))


def _random() -> str:
    return secrets.token_urlsafe(24)
