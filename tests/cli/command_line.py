"""The command line as a process of its own, with an environment that a test chooses whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SIGNED_IN_NOWHERE = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
"""Nothing to sign in with, and nobody on the network is asked."""


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a bare environment whose home and state are below ``home``."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    places = {"HOME": str(home), "XDG_STATE_HOME": str(home), "LOCALAPPDATA": str(home)}
    return {**kept, **places, **SIGNED_IN_NOWHERE, **(extra or {})}


def arguments(*words: str) -> list[str]:
    """Return what starts the command line."""
    code = "import sys; from entrada.cli import main; sys.exit(main())"
    return [sys.executable, "-c", code, *words]


def entrada(
    home: Path, *words: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        arguments(*words),
        env=environment(home, extra),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
