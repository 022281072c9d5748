"""Time limits and failures of azure-core's pipeline as a transport."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from asking import TOKEN, Ask, both_faces, token
from azure.core.pipeline.transport import RequestsTransport
from servers import RawServer, Visit, always, once

from entrada._drivers.azure_core import pipeline_transport
from entrada._engine.effects import Request, TransportFailure
from entrada.errors import AuthenticationError


class Still:
    """A transport that does nothing but write its options down."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}

    def send(self, request: Any, **options: Any) -> Any:
        self.options = options
        raise OSError("not sent")

    def __enter__(self) -> Still:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    open = close = __enter__


def _options(keywords: dict[str, Any], timeout: float = 10.0) -> dict[str, Any]:
    still = Still()
    with pytest.raises(OSError, match="not sent"):
        pipeline_transport(still, keywords, asynchronous=False)(
            Request("GET", "http://127.0.0.1:1/", timeout=timeout)
        )
    return still.options


def test_a_requests_time_limit_is_the_pipelines_too() -> None:
    options = _options({"headers": {}}, timeout=1.0)

    assert (options["connection_timeout"], options["read_timeout"]) == (1.0, 1.0)


def test_a_time_limit_that_the_caller_gave_comes_first() -> None:
    options = _options({"connection_timeout": 3, "read_timeout": 60})

    assert (options["connection_timeout"], options["read_timeout"]) == (3, 60)


def test_a_given_transports_own_shorter_limit_stays() -> None:
    used: list[Any] = []

    class Mine(RequestsTransport):  # type: ignore[misc]
        def send(self, request: Any, **options: Any) -> Any:
            used.append((options["connection_timeout"], options["read_timeout"]))
            return super().send(request, **options)

    with RawServer(always(TOKEN)) as server:
        token(server, transport=Mine(connection_timeout=2))

    assert used == [(2, 10.0)]


@both_faces
def test_a_server_that_is_silent_is_left_in_time(ask: Ask) -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        visit.server.stopped.wait(10)

    with RawServer(talk) as server, pytest.raises(AuthenticationError) as caught:
        ask(server, read_timeout=0.1, retry_total=0)

    assert caught.value.code == "no_answer_timeout"


@both_faces
def test_a_port_where_nobody_listens_is_no_connection(ask: Ask) -> None:
    server = RawServer(once())
    with server:
        pass

    with pytest.raises(AuthenticationError, match=f"{server.port}") as caught:
        ask(server, retry_total=0)

    assert caught.value.code == "no_answer_connect"


def test_what_a_failure_says_holds_no_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    keywords = {"proxies": {"http": f"http://me:hush@127.0.0.1:{port}"}, "retry_total": 0}

    with pytest.raises(TransportFailure) as caught:
        pipeline_transport(None, keywords, asynchronous=False)(
            Request("GET", "http://me:hush@service.example/")
        )

    assert "hush" not in str(caught.value)
