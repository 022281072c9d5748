"""``entrada cache``: the group of commands around tokens at rest."""

from __future__ import annotations

import click

from entrada.cli.command import LazyGroup, Row

ROWS = {"status": Row("entrada.cli.commands.cache_status", "Show where tokens rest, and how.")}


@click.group(
    "cache",
    cls=LazyGroup,
    rows=ROWS,
    examples=[("entrada cache status", "Show this user's files of tokens.")],
)
def command() -> None:
    """See what rests of tokens on this machine.

    Tokens rest where a credential has store= or cache_persistence_options=; else they are in the
    memory of their process only.
    """
