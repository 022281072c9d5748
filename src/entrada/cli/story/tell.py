"""The telling: a cloud, the chapters one after the other, and a table of what came of it."""

from __future__ import annotations

from pathlib import Path

from entrada.cli.output import Failure
from entrada.cli.story.chapters import CHAPTERS
from entrada.cli.story.scene import StoryFailed, open_scene
from entrada.cli.story.screen import Screen, open_screen
from entrada.cli.story.visit import HEAD, program_file
from entrada.errors import AuthenticationError
from entrada.local.running import LocalCloud

__all__ = ["StoryFailed", "tell"]


def tell(folder: Path, screen: Screen | None = None) -> None:
    """Tell the story; ``folder`` is where its processes live. Raises :class:`StoryFailed`."""
    screen = screen or open_screen()
    program = program_file()
    screen.say(f"The program: {program}")
    with LocalCloud() as cloud, open_scene(cloud, program, folder) as scene:
        for number, (title, happen) in enumerate(CHAPTERS, 1):
            with screen.chapter(number, title):
                try:
                    happen(scene, screen)
                except (StoryFailed, Failure, AuthenticationError) as error:
                    raise StoryFailed(f"step {number} ({title}): {error}") from error
        screen.table(HEAD, [each.row() for each in scene.visits])
    screen.say("\nOne file, three places, no change: DefaultAzureCredential found what each had.")
