"""The local cloud on sockets: what its clients feel, whoever they are."""

from __future__ import annotations

import gc
import http.client
import socket
import ssl
import statistics
import time
import warnings
from urllib.parse import urlsplit

import pytest

from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e


def test_a_kept_connection_answers_without_waiting_for_acknowledgements(cloud: LocalCloud) -> None:
    """Nagle's algorithm is off: half of the answers come well before a delayed ACK (40 ms)."""
    trust = ssl.create_default_context(cafile=str(cloud.ca_file))
    origin = urlsplit(cloud.endpoints.login)
    connection = http.client.HTTPSConnection(origin.netloc, timeout=10, context=trust)
    seconds: list[float] = []
    try:
        for _ in range(40):
            started = time.perf_counter()
            connection.request("GET", f"/{cloud.tenant_id}/discovery/v2.0/keys")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - started)
    finally:
        connection.close()
    assert statistics.median(seconds) < 0.03


def test_a_cloud_stops_and_leaves_no_socket_behind_whatever_its_clients_do() -> None:
    """Neither an idle kept connection nor one whose client never says farewell survives it."""
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        with LocalCloud() as cloud:
            trust = ssl.create_default_context(cafile=str(cloud.ca_file))
            held = [_connection(cloud, trust, wish) for wish in ("keep-alive", "close")]
        for client in held:
            client.close()
        gc.collect()
    assert [str(warning.message) for warning in left] == []


def _connection(cloud: LocalCloud, trust: ssl.SSLContext, wish: str) -> ssl.SSLSocket:
    """Ask for something, read the answer's beginning, and keep the socket as it is."""
    origin = urlsplit(cloud.endpoints.login)
    address = (str(origin.hostname), int(origin.port or 443))
    plain = socket.create_connection(address, timeout=10)
    client = trust.wrap_socket(plain, server_hostname=origin.hostname)
    client.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: {wish}\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 404"
    return client
