"""How a person can be asked to sign in here: by browser, by pasting an address, or by a code.

A table of evidence, each row with its reason: a browser that nobody sees would wait for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from entrada._engine.world import World

Way: TypeAlias = Literal["browser", "paste", "device_code"]


class _Evidence(NamedTuple):
    """A sign that a browser opened here would not be seen."""

    reason: str
    is_found: Callable[[World], bool]


def _any(*names: str) -> Callable[[World], bool]:
    def is_found(world: World) -> bool:
        return any(world.env.get(name) for name in names)

    return is_found


def _no_display(world: World) -> bool:
    if world.platform in ("win32", "darwin") or _is_wsl(world.env):
        return False
    return not _any("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")(world)


def _has_docker_mark(world: World) -> bool:
    return world.stamp("/.dockerenv") is not None


def _is_wsl(env: Mapping[str, str]) -> bool:
    # Windows' own browser opens there, and loopback is shared with Windows.
    return bool(env.get("WSL_DISTRO_NAME"))


_HIDDEN = (
    _Evidence("this is an SSH session", _any("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")),
    _Evidence("this is GitHub Codespaces", _any("CODESPACES")),
    _Evidence("this is a development container", _any("REMOTE_CONTAINERS", "DEVCONTAINER")),
    _Evidence("this is a pod", _any("KUBERNETES_SERVICE_HOST")),
    _Evidence("this is Azure Cloud Shell", _any("ACC_CLOUD")),
    _Evidence("this is a container", _has_docker_mark),
    _Evidence("there is no display", _no_display),
)


def choose_way(world: World, *, has_terminal: bool) -> tuple[Way, str]:
    """Return how to ask for a sign-in, and why."""
    for evidence in _HIDDEN:
        if evidence.is_found(world):
            if has_terminal:
                return "paste", evidence.reason
            return "device_code", f"{evidence.reason} and there is no terminal"
    return "browser", "a browser can be opened"
