"""What commands print: failures on standard error, aligned rows on standard output.

Colour only on a terminal and never where ``NO_COLOR`` is set. Knows no command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

import click

from entrada._engine.world import World
from entrada.cli.exits import FAILED


class Failure(Exception):
    """A command could not do its work; ``hint`` is the next thing to do."""

    def __init__(self, message: str, hint: str = "", exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n-> {self.hint}" if self.hint else self.message


def colourful(stream: TextIO) -> bool:
    """Say whether a stream shows colours."""
    return stream.isatty() and not World.real().env.get("NO_COLOR")


def report(error: object) -> None:
    """Print an error to standard error."""
    label = click.style("error:", fg="red", bold=True) if colourful(sys.stderr) else "error:"
    click.echo(f"{label} {error}", err=True)


def aligned(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Return rows as lines whose columns start below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        indent + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
