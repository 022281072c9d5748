"""How a person is asked to sign in, by what the surroundings are like."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from entrada._credentials.surroundings import choose_way
from entrada.testing import World

_DESKTOP = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("platform", "env"),
    [
        ("win32", {}),
        ("darwin", {}),
        ("linux", _DESKTOP),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}),
        ("linux", {"BROWSER": "wslview"}),
        ("linux", {"WSL_DISTRO_NAME": "Ubuntu"}),
    ],
)
def test_a_browser_is_opened_where_somebody_sees_it(platform: str, env: Mapping[str, str]) -> None:
    """With or without a terminal."""
    world = World.fake(env, platform=platform)
    for has_terminal in (True, False):
        assert choose_way(world, has_terminal=has_terminal)[0] == "browser"


@pytest.mark.parametrize(
    ("env", "files", "reason"),
    [
        ({**_DESKTOP, "SSH_CONNECTION": "1 2 3 4"}, {}, "an SSH session"),
        ({"SSH_TTY": "/dev/pts/0"}, {}, "an SSH session"),
        ({**_DESKTOP, "CODESPACES": "true"}, {}, "GitHub Codespaces"),
        ({**_DESKTOP, "REMOTE_CONTAINERS": "true"}, {}, "a development container"),
        ({**_DESKTOP, "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {}, "a pod"),
        ({**_DESKTOP, "ACC_CLOUD": "PROD"}, {}, "Azure Cloud Shell"),
        (_DESKTOP, {"/.dockerenv": b""}, "a container"),
        ({}, {}, "no display"),
        ({"DISPLAY": ""}, {}, "no display"),
    ],
)
def test_an_address_to_paste_or_a_code_takes_the_place_of_a_hidden_browser(
    env: Mapping[str, str], files: Mapping[str, bytes], reason: str
) -> None:
    """A terminal takes a pasted address; without one only a code is left. Both say why."""
    world = World.fake(env, files=files)
    way, why = choose_way(world, has_terminal=True)
    assert (way, reason in why) == ("paste", True)
    way, why = choose_way(world, has_terminal=False)
    assert (way, reason in why, "no terminal" in why) == ("device_code", True, True)
