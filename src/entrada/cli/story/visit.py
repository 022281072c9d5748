"""The example program as a process of its own, in a place that is nothing but its environment.

What it did is read from its output; what it asked of the cloud is counted in the cloud.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrada._engine.world import World
from entrada.cli.story.scene import StoryFailed

if TYPE_CHECKING:
    from entrada.cli.story.scene import Scene

_LIMIT = 60
_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT")
"""What a Python process needs of its parent's environment, whatever it does."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One run of the program. ``seconds`` are those from its first line of work to its last."""

    place: str
    code: int
    said: str
    credential: str
    seconds: float
    token_requests: int
    blob_requests: int

    def row(self) -> tuple[str, ...]:
        """Return the visit as a row of the closing table."""
        return (
            self.place,
            self.credential,
            "done" if self.code == 0 else "refused",
            f"{self.seconds:.2f} s",
            str(self.token_requests),
            str(self.blob_requests),
        )


HEAD = ("where it ran", "credential that won", "outcome", "time", "token req.", "blob req.")


def visit(scene: Scene, place: str, identity: Mapping[str, str]) -> Visit:
    """Run the program with an identity's variables and nothing else; note and return the visit."""
    before = len(scene.cloud.cloud.requests)
    finished = _start(scene, _environment(scene, identity))
    asked = Counter(line.partition(" ")[0] for line in list(scene.cloud.cloud.requests)[before:])
    said, told = _split(finished)
    made = Visit(
        place,
        finished.returncode,
        said,
        str(told["credential"]),
        float(told["seconds"]),
        asked["login"] + asked["hosts"],
        asked["blob"],
    )
    scene.visits.append(made)
    return made


def _environment(scene: Scene, identity: Mapping[str, str]) -> dict[str, str]:
    env = World.real().env
    ca = str(scene.cloud.ca_file)
    return {
        **{name: env[name] for name in _KEPT if name in env},
        "HOME": str(scene.folder),
        "PYTHONIOENCODING": "utf-8",
        "SSL_CERT_FILE": ca,
        "REQUESTS_CA_BUNDLE": ca,
        "AZURE_STORAGE_BLOB_URL": scene.blob_url,
        **identity,
    }


def _start(scene: Scene, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the project's own example
            [sys.executable, str(scene.program), "--json"],
            env=environment,
            cwd=scene.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StoryFailed(f"{scene.program} did not end within {_LIMIT} seconds") from None


def _split(finished: subprocess.CompletedProcess[str]) -> tuple[str, dict[str, Any]]:
    """Return what the program said to people, and its last line, which is for programs."""
    said, _, last = finished.stdout.rstrip("\n").rpartition("\n")
    try:
        told: dict[str, Any] = json.loads(last)
    except ValueError:
        output = (finished.stdout + finished.stderr).strip()
        raise StoryFailed(
            f"the program ended with exit code {finished.returncode} and said:\n{output}"
        ) from None
    return said, told


def program_file() -> Path:
    """Return the example: the checkout's, or the one that the wheel brought along."""
    package = Path(__file__).resolve().parents[2]
    for candidate in (
        package.parents[1] / "examples" / "blob_app.py",
        package / "examples" / "blob_app.py",
    ):
        if candidate.is_file():
            return candidate
    raise StoryFailed("examples/blob_app.py is neither beside the sources nor in the package")
