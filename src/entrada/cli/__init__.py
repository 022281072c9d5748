"""The command line. This entry loads nothing before it knows that click is there."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; ``arguments`` default to the process's own."""
    try:
        import_module("click")
    except ImportError:
        sys.stderr.write("error: the entrada command needs click.\n-> pip install 'entrada[cli]'\n")
        return 1
    from entrada.cli.run import run

    return run(arguments)
