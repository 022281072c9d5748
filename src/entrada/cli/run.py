"""The ``entrada`` command: the table of commands, and what becomes of their errors."""

from __future__ import annotations

from collections.abc import Sequence

import click

import entrada
from entrada._engine.world import World
from entrada.cli import exits
from entrada.cli.command import LazyGroup, Row
from entrada.cli.output import Failure, report
from entrada.errors import AuthenticationError

TRACEBACK = "ENTRADA_TRACEBACK"

COMMANDS = {
    "token": Row("entrada.cli.commands.token", "Print an access token."),
    "identity": Row("entrada.cli.commands.identity", "See and assign managed identities."),
    "role": Row("entrada.cli.commands.role", "See, give and take Azure roles."),
    "cache": Row("entrada.cli.commands.cache", "See where tokens rest."),
    "local": Row("entrada.cli.commands.local", "Run a local Entra and Azure on this machine."),
    "demo": Row("entrada.cli.commands.demo", "Watch one program sign in from three places."),
}


@click.group(
    cls=LazyGroup,
    rows=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    examples=[
        ("entrada token storage", "Print a token for Azure Storage."),
        ("entrada local up", "Run a local Entra and Azure until Ctrl-C."),
        ("entrada demo", "See what both are good for, in half a minute."),
    ],
)
@click.version_option(entrada.__version__, prog_name="entrada")
def entry() -> None:
    """Get tokens of Microsoft Entra, and run a local Entra and Azure to develop against.

    NO_COLOR turns colours off; ENTRADA_TRACEBACK=1 shows where an unexpected error comes from.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; every error is told in a few lines."""
    given = None if arguments is None else list(arguments)
    try:
        outcome = entry.main(given, prog_name="entrada", standalone_mode=False)
    except click.Abort:
        return exits.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:
        if World.real().env.get(TRACEBACK) == "1":
            raise
        return conclude(error)
    return outcome if isinstance(outcome, int) else exits.OK


def conclude(error: Exception) -> int:
    """Tell an error on standard error and return the exit code that it ends the process with."""
    if isinstance(error, AuthenticationError):
        report(error)
        return exits.BY_KIND[error.kind]
    if isinstance(error, Failure):
        report(error)
        return error.exit_code
    report(f"{type(error).__name__}: {error}\n-> {TRACEBACK}=1 shows where it comes from")
    return exits.FAILED
