"""A single-page application: one page on loopback, and the modules that its script imports.

No bundler is needed: an import map, made as Node.js resolves for the web, leads to the packages.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from e2e.scripts import FOLDER

_MAPPED = ("--no-warnings", "--conditions=browser", "--experimental-import-meta-resolve")
_SECONDS = 60
_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>Work page</title>
<link rel="icon" href="data:,">
<script type="importmap">{modules}</script>
<script type="application/json" id="settings">{settings}</script>
<h1>Signing in</h1>
<output></output>
<script type="module" src="/page.mjs"></script>
"""


class Site(ThreadingHTTPServer):
    """Serves the folder of scripts, and ``page`` at its root."""

    daemon_threads = True
    page = b""

    @property
    def origin(self) -> str:
        """The page's origin."""
        return f"http://localhost:{self.server_port}"

    def show(self, modules: Any, settings: Mapping[str, str]) -> None:
        """Make the page."""
        page = _PAGE.format(modules=json.dumps(modules), settings=json.dumps(settings))
        self.page = page.encode()


class _Files(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        if self.path.partition("?")[0] != "/":
            super().do_GET()
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_: Any, **__: Any) -> None:
        """Say nothing."""


def modules_of(node: str, specifier: str) -> Any:
    """Return the import map of a package and all that it imports."""
    mapped = subprocess.run(
        [node, *_MAPPED, "import_map.mjs"],
        input=json.dumps({"specifier": specifier}),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=FOLDER,
    )
    assert mapped.returncode == 0, mapped.stderr
    return json.loads(mapped.stdout)["answer"]


@contextmanager
def site() -> Iterator[Site]:
    """Serve a page on a free port of loopback."""
    server = Site(("127.0.0.1", 0), partial(_Files, directory=str(FOLDER)))
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
