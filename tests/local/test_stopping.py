"""Stopping a local cloud: at once, and with nothing left open."""

from __future__ import annotations

import time
from contextlib import closing

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request
from entrada.testing import LocalCloud


def test_a_client_that_keeps_its_connections_does_not_hold_a_cloud_up() -> None:
    cloud = LocalCloud().start()
    with closing(Wire({"SSL_CERT_FILE": str(cloud.ca_file)})) as wire:
        for origin in (cloud.endpoints.login, cloud.endpoints.arm, cloud.endpoints.hosts):
            assert wire(Request("GET", f"{origin}/nothing/is/here")).status == 404
        began = time.monotonic()
        cloud.stop()
        assert time.monotonic() - began < 1.5
