"""Where the story is told: a terminal with colours and a spinner, or plain lines.

Knows nothing of the story.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import click

from entrada.cli.output import aligned, colourful

if TYPE_CHECKING:
    from rich.console import Console


def open_screen() -> Screen:
    """Return the screen for standard output; rich is loaded only where it shows anything."""
    if not colourful(sys.stdout):
        return PlainScreen()
    try:
        from rich.console import Console
    except ImportError:
        return PlainScreen()
    return RichScreen(Console(highlight=False))


class PlainScreen:
    """Lines for logs, pipes and NO_COLOR."""

    @contextmanager
    def chapter(self, number: int, title: str) -> Iterator[None]:
        """Print the heading."""
        click.echo(f"\n{number}. {title}")
        yield

    def say(self, text: str) -> None:
        """Print the text, indented."""
        for line in text.splitlines():
            click.echo(f"   {line}".rstrip())

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print aligned columns."""
        rule = ["-" * max(map(len, column)) for column in zip(head, *rows, strict=True)]
        click.echo("\n".join(["", *aligned([head, rule, *rows], indent="   ")]))


class RichScreen:
    """A terminal: bold headings, a spinner while something goes on, a drawn table."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def chapter(self, number: int, title: str) -> Iterator[None]:
        """Print the heading and spin below it."""
        self._console.print(f"\n[bold cyan]{number}.[/] [bold]{title}[/]")
        with self._console.status("", spinner="dots"):
            yield

    def say(self, text: str) -> None:
        """Print the text, indented; nothing in it is markup."""
        for line in text.splitlines():
            self._console.print(f"   {line}", markup=False, style="bright_black", soft_wrap=True)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Draw a table."""
        from rich.table import Table

        drawn = Table(*head, header_style="bold")
        for row in rows:
            drawn.add_row(*row)
        self._console.print()
        self._console.print(drawn)


Screen: TypeAlias = PlainScreen | RichScreen
