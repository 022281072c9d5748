"""What people and attackers do with a browser beyond one page: windows, keys, scripts, pictures."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from e2e.chromium import Chromium

_PATIENCE = 15.0
TAB, ENTER, SPACE = "\ue004", "\ue007", " "
"""Keys by their WebDriver code (section 17.4.2)."""


class Window:
    """A browser's windows, one of which is looked at."""

    def __init__(self, browser: Chromium) -> None:
        self.page = browser
        self.first = self._send("GET", "/window")

    def script(self, text: str, *arguments: Any) -> Any:
        """Run a script in the page; return what it returns."""
        return self._send("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def until(self, question: Callable[[], Any], what: str) -> Any:
        """Wait for an answer that is true."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = question()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what}: not within {_PATIENCE:.0f} s")

    def windows(self) -> list[str]:
        """Return the handles of all windows."""
        return [str(each) for each in self._send("GET", "/window/handles")]

    def look_at(self, handle: str) -> None:
        """Turn to another window."""
        self._send("POST", "/window", {"handle": handle})

    def popup(self) -> None:
        """Wait for a second window and turn to it."""

        def other() -> str:
            return next((each for each in self.windows() if each != self.first), "")

        self.look_at(self.until(other, "a popup"))

    def popup_gone(self) -> None:
        """Wait until there is one window only, and turn to it."""
        self.until(lambda: self.windows() == [self.first], "the popup's end")
        self.look_at(self.first)

    def tab(self) -> str:
        """Open another tab and turn to it; return its handle."""
        made = str(self._send("POST", "/window/new", {"type": "tab"})["handle"])
        self.look_at(made)
        return made

    def address(self) -> str:
        """Return the address that the browser shows."""
        return str(self._send("GET", "/url"))

    def back(self) -> None:
        """Press the browser's back button."""
        self._send("POST", "/back", {})

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._send("POST", "/actions", {"actions": [source]})

    def focused(self) -> str:
        """Return the words of what has the focus."""
        return str(
            self.script("const e = document.activeElement; return e.innerText || e.name || ''")
        )

    def tab_to(self, words: str) -> None:
        """Move the focus by the tabulator key until it is on something of those words."""
        for _ in range(20):
            self.keys(TAB)
            if self.focused() == words:
                return
        raise AssertionError(f"the focus never reached {words!r}")

    def show_as(self, width: int, height: int, scheme: str) -> None:
        """Show the page at a size, in ``light`` or ``dark``."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def picture(self, path: Path) -> None:
        """Take a picture of the page."""
        path.write_bytes(base64.b64decode(self._send("GET", "/screenshot")))

    def cookies(self) -> list[dict[str, Any]]:
        """Return the cookies of the page, those that scripts cannot see included."""
        found: list[dict[str, Any]] = self._send("GET", "/cookie")
        return found

    def devtools(self, command: str, **parameters: Any) -> Any:
        """Send the browser a command of its developer tools."""
        body = {"cmd": command, "params": parameters}
        return self._send("POST", "/goog/cdp/execute", body)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        return self.page._send(method, path, body)
