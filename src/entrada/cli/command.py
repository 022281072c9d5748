"""How commands are declared: help with EXAMPLES and EXIT CODES, groups that load lazily.

A group is a table of names, modules and summaries, so its help imports no command. The module of
a command has it as ``command``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

import click

from entrada.cli import exits

Examples: TypeAlias = Sequence[tuple[str, str]]
"""Command lines, and what each does in one sentence."""


class Row(NamedTuple):
    """A command of a group: the module that has it as ``command``, and its one-line summary."""

    module: str
    summary: str


class Command(click.Command):
    """A command whose help ends with examples and exit codes.

    ``exit_codes`` maps those the command can end with to what they mean here (``""``: the usual
    meaning); 0, 1, 2 and 130 go without saying.
    """

    def __init__(
        self,
        *arguments: Any,
        examples: Examples,
        exit_codes: Mapping[int, str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self.examples = examples
        self.exit_codes = exit_codes or {}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)
        write_exit_codes(formatter, self.exit_codes)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def __init__(
        self, *arguments: Any, rows: Mapping[str, Row], examples: Examples, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self.rows = rows
        self.examples = examples

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the table's order."""
        return list(self.rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        row = self.rows.get(cmd_name)
        if row is None:
            return None
        command: click.Command = import_module(row.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.summary) for name, row in self.rows.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and every exit code."""
        super().format_epilog(ctx, formatter)
        write_examples(formatter, self.examples)
        write_exit_codes(formatter, dict.fromkeys(exits.MEANINGS, ""))


def write_examples(formatter: click.HelpFormatter, examples: Examples) -> None:
    """Write the EXAMPLES part of a help text; command lines are never wrapped."""
    with formatter.section("EXAMPLES"):
        for line, effect in examples:
            formatter.write(f"{'':{formatter.current_indent}}{line}\n")
            with formatter.indentation():
                formatter.write_text(effect)


def write_exit_codes(formatter: click.HelpFormatter, meanings: Mapping[int, str]) -> None:
    """Write the EXIT CODES part of a help text."""
    usual = dict.fromkeys((exits.OK, exits.FAILED, exits.USAGE, exits.INTERRUPTED), "")
    told = sorted({**usual, **meanings}.items())
    with formatter.section("EXIT CODES"):
        formatter.write_dl([(str(code), text or exits.MEANINGS[code]) for code, text in told])
