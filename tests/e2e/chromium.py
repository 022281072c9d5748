"""Headless Chromium, driven through chromedriver: the WebDriver protocol in plain HTTP.

No request of this browser leaves the machine: it resolves no other name than localhost.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the WebDriver specification, section 12.2
_PATIENCE = 60.0
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class Chromium:
    """One window of one browser."""

    def __init__(self, server: str, binary: str, profile: Path) -> None:
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._place = server
        options = {"binary": binary, "args": [*_ARGUMENTS, f"--user-data-dir={profile}"]}
        # The pages' certificate is the local cloud's, which this profile has never heard of.
        wanted = {"acceptInsecureCerts": True, "goog:chromeOptions": options}
        made = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._place = f"{server}/session/{made['sessionId']}"

    def open(self, url: str) -> None:
        """Go to an address; wait for what comes of it."""
        self._send("POST", "/url", {"url": url})

    def heading(self, wanted: str) -> str:
        """Wait until the page's heading is the wanted one; return the page's whole text."""
        self.wait("h1", wanted)
        return self.text("body")

    def wait(self, selector: str, wanted: str) -> None:
        """Wait until an element is there whose text has the wanted words."""
        end = time.monotonic() + _PATIENCE
        found = ""
        while time.monotonic() < end:
            try:
                found = self.text(selector)
                if wanted in found:
                    return
            except urllib.error.HTTPError as refused:  # no such element, or between two pages
                refused.close()
            time.sleep(0.05)
        raise AssertionError(f"{selector} is {found!r}, not {wanted!r}")

    def text(self, selector: str) -> str:
        """Return the text of an element as it is shown."""
        return str(self._send("GET", f"/element/{self._find(selector)}/text"))

    def fill(self, selector: str, text: str) -> None:
        """Replace what stands in a field by typing."""
        found = self._find(selector)
        self._send("POST", f"/element/{found}/clear", {})
        self._send("POST", f"/element/{found}/value", {"text": text})

    def press(self, label: str) -> None:
        """Press the button of that label."""
        found = self._find(f'//button[.="{label}"]', "xpath")
        self._send("POST", f"/element/{found}/click", {})

    def quit(self) -> None:
        """Close the browser."""
        self._send("DELETE", "")

    def _find(self, value: str, using: str = "css selector") -> str:
        return str(self._send("POST", "/element", {"using": using, "value": value})[_ELEMENT])

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._place + path, data, {"Content-Type": "application/json"}, method=method
        )
        with self._opener.open(request, timeout=_PATIENCE) as answer:
            return json.load(answer)["value"]


@contextmanager
def chromium(binary: str, driver: str, folder: Path) -> Iterator[Chromium]:
    """Run chromedriver on a free port, and a browser with an empty profile."""
    log = folder / "chromedriver.log"
    with log.open("wb") as output:
        process = subprocess.Popen([driver, "--port=0"], stdout=output, stderr=output)
    try:
        window = Chromium(f"http://127.0.0.1:{_port(log)}", binary, folder / "profile")
        try:
            yield window
        finally:
            window.quit()
    finally:
        process.terminate()
        process.wait(20)


def _port(log: Path) -> str:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        found = re.search(r"started successfully on port (\d+)", log.read_text("utf-8"))
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"chromedriver did not start: {log.read_text('utf-8')}")
