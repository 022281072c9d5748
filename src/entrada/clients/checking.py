"""Checking all that is registered before any of it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from entrada._config.tree import Mistake
from entrada.clients.building import Surroundings, arguments_of, class_of, plan

if TYPE_CHECKING:
    from entrada.clients.registration import Registration
    from entrada.clients.signing_in import Signers


def mistakes(
    registrations: Iterable[Registration], around: Surroundings, signers: Signers
) -> Iterator[Mistake]:
    """Yield what is wrong; of each client the first mistake in its keys, and in its credential.

    A client whose class only code knows is checked when code asks for it.
    """
    told: set[object] = set()
    for registration in registrations:
        for check in (_keys, _credential):
            try:
                check(registration, around, signers)
            except Mistake as mistake:
                # One credential of several clients is one mistake.
                if (mistake.origin, mistake.message) not in told:
                    told.add((mistake.origin, mistake.message))
                    yield mistake


def _keys(registration: Registration, around: Surroundings, _signers: Signers) -> None:
    if registration.kind is None or registration.factory is not None:
        return
    found, _ = plan(registration, class_of(registration), around)
    arguments_of(registration, found, around.world)


def _credential(registration: Registration, _around: Surroundings, signers: Signers) -> None:
    signers.check(registration)
