"""A developer's ``az`` that takes 0.4 s, as a stand-in that counts its starts."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import JS, OURS, PEER, Group, Measure, Place, within

SECONDS = 0.4
_SUBJECTS = (PEER, JS, OURS)
_SCRIPT = """#!/bin/sh
echo . >> "{log}"
sleep {seconds}
echo '{{"accessToken": "t", "expires_on": 4102444800, "tokenType": "Bearer"}}'
"""


def stand_in(folder: Path) -> Path:
    """Put an ``az`` into a folder, signed in as its profile says; return the log of its starts."""
    az, log, profile = folder / "az", folder / "starts.log", folder / ".azure"
    log.touch()
    az.write_text(_SCRIPT.format(log=log, seconds=SECONDS))
    az.chmod(0o700)
    profile.mkdir()
    (profile / "azureProfile.json").write_text("{}")
    return log


@contextlib.contextmanager
def _place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name:
        log = stand_in(Path(name))
        environment = {"PATH": f"{name}{os.pathsep}{os.environ['PATH']}", "HOME": name}
        yield Place(
            environment,
            count=lambda: len(log.read_text().splitlines()),
            reset=lambda: log.write_text(""),
        )


GROUP = Group(
    "signed_in",
    "signed_in",
    "The Azure CLI's credential",
    "`AzureCliCredential` on an `az` that takes 0.4 s.",
    (
        Measure(
            "processes",
            "20 calls with an `az` that takes 0.4 s",
            "processes",
            within(1, "1"),
            _SUBJECTS,
            1,
            headline=True,
        ),
        Measure("twenty_calls", "the same, time in all", "ms", None, _SUBJECTS, 1),
    ),
    _place,
)
