"""The folder where this user's tokens rest: the first of the usual ones that can be written to."""

from __future__ import annotations

import os
from collections.abc import Sequence

from entrada._engine.world import World
from entrada._stores.store import StoreUnavailable
from entrada.errors import ConfigurationError

_NAME = "entrada"


def state_folders(world: World) -> tuple[str, ...]:
    """Return the places for what a program keeps for a user, the best first.

    By the XDG base directory specification; the last, ``$XDG_RUNTIME_DIR``, ends with the login.
    """
    env, home = world.env, world.home
    if world.platform == "win32":
        found = [env.get("LOCALAPPDATA", "")]
    elif world.platform == "darwin":
        found = [f"{home}/Library/Application Support"]
    else:
        state = env.get("XDG_STATE_HOME") or f"{home}/.local/state"
        found = [state, env.get("XDG_RUNTIME_DIR", "")]
    return tuple(f"{place}/{_NAME}" for place in found if os.path.isabs(place))  # noqa: PTH117


def make_folder(folders: Sequence[str]) -> str:
    """Return the first folder that is there, or can be made, and takes files."""
    reasons = []
    for folder in folders:
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
        except OSError as error:
            reasons.append(f"{folder} ({error.strerror or 'cannot be made'})")
            continue
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
        reasons.append(f"{folder} (read-only)")
    raise StoreUnavailable(f"no folder for them: {'; '.join(reasons) or 'this user has no home'}")


def check_name(name: str) -> str:
    """Return the name of a token cache; raise ConfigurationError for what is no file's name."""
    if name and not set(name) & set('/\\:*?"<>|\0') and not name.startswith("."):
        return name
    raise ConfigurationError(
        f"The name of a token cache cannot be {name!r}.",
        code="bad_store_name",
        hint="Use letters, digits, dots and dashes, as in a file's name.",
    )
