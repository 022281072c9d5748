"""``entrada demo``: the story of one program in three places, told on a local cloud."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

from entrada.cli.command import Command
from entrada.cli.output import Failure

_NEEDED = {
    "uvicorn": "pip install 'entrada[local]'",
    "trustme": "pip install 'entrada[local]'",
    "azure.storage.blob": "pip install azure-storage-blob",
}


@click.command(
    "demo",
    cls=Command,
    examples=[
        ("entrada demo", "Watch the story."),
        ("NO_COLOR=1 entrada demo", "Watch it as plain lines, as a log shows it."),
    ],
    exit_codes={0: "Everything happened as told.", 1: "Something did not; it says what."},
)
def command() -> None:
    """Run one unchanged program as a web app, on a laptop and in a pod, all on this machine.

    A local cloud starts; a web app gets a managed identity; the program is refused for want of a
    role, the role is assigned, and the program works, with whatever credential each place has.
    Nothing leaves this machine and nothing stays behind.
    """
    for module, remedy in _NEEDED.items():
        if not _installed(module):
            raise Failure(f"the demo needs {module}.", remedy)
    from entrada.cli.story.tell import StoryFailed, tell

    try:
        with tempfile.TemporaryDirectory(prefix="entrada-demo-") as folder:
            tell(Path(folder))
    except StoryFailed as error:
        raise Failure(str(error)) from error


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
