from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest
from asking import SCOPE, TOKEN, Ask, both_faces, token, token_in_a_task, world_of
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from servers import RawServer, Talk, Visit, always, answer

from entrada import ClientSecretCredential, ManagedIdentityCredential
from entrada._drivers.azure_core import pipeline_transport
from entrada._engine.effects import Request, Response
from entrada.aio import ClientSecretCredential as AsyncClientSecretCredential
from entrada.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential
from entrada.errors import AuthenticationError
from entrada.testing import FakeClock

BUSY = answer(b"{}", "HTTP/1.1 429 Too Many Requests")
NO_WAIT = {"retry_backoff_factor": 0}


def _in_turn(*answers: bytes) -> Talk:
    left = list(answers)

    def talk(visit: Visit) -> None:
        while visit.read():
            visit.send(left.pop(0))

    return talk


class Seen(SansIOHTTPPolicy[Any, Any]):
    """Counts requests, and marks them."""

    def __init__(self) -> None:
        self.count = 0

    def on_request(self, request: PipelineRequest[Any]) -> None:
        self.count += 1
        request.http_request.headers["X-Seen"] = str(self.count)


# Transports


def test_a_given_requests_transport_sends_the_requests() -> None:
    sent: list[str] = []

    class Mine(RequestsTransport):  # type: ignore[misc]
        def send(self, request: Any, **options: Any) -> Any:
            sent.append(request.url)
            return super().send(request, **options)

    with RawServer(always(TOKEN)) as server:
        assert token(server, transport=Mine()) == "t"

    assert [url.split("?")[0] for url in sent] == [f"{server.url}msi"]


def test_a_given_aiohttp_transport_sends_the_requests_on_the_loop_itself() -> None:
    sent: list[threading.Thread] = []

    class Mine(AioHttpTransport):  # type: ignore[misc]
        async def send(self, request: Any, **options: Any) -> Any:
            sent.append(threading.current_thread())
            return await super().send(request, **options)

    async def main(server: RawServer) -> str:
        credential = AsyncManagedIdentityCredential(world=world_of(server), transport=Mine())
        async with credential:
            return (await credential.get_token(SCOPE)).token

    with RawServer(always(TOKEN)) as server:
        assert asyncio.run(main(server)) == "t"

    assert sent == [threading.main_thread()]


def test_an_async_credential_takes_a_blocking_transport_too() -> None:
    with RawServer(always(TOKEN)) as server:
        assert token_in_a_task(server, transport=RequestsTransport()) == "t"


def test_a_sync_credential_refuses_an_async_transport() -> None:
    class Mine:
        async def send(self, request: Any, **options: Any) -> Any:
            raise AssertionError("not reached")

    with RawServer(always(TOKEN)) as server, pytest.raises(TypeError, match="async transport"):
        token(server, transport=Mine())


@both_faces
def test_any_function_is_a_transport_and_needs_no_pipeline(ask: Ask) -> None:
    def mine(request: Request) -> Response:
        assert request.headers["X-IDENTITY-HEADER"] == "hush"
        return Response(200, {}, b'{"access_token": "mine", "expires_in": 3600}')

    with RawServer(always(TOKEN)) as server:
        assert ask(server, transport=mine) == "mine"
        assert server.requests == []


def test_one_async_credential_with_keywords_serves_three_loops_in_turn() -> None:
    with RawServer(always(TOKEN)) as server:
        clock = FakeClock()
        world = world_of(server)._replace(now=clock.now)
        credential = AsyncManagedIdentityCredential(world=world, retry_total=1)

        async def main() -> str:
            return (await credential.get_token(SCOPE)).token

        for _ in range(3):
            assert asyncio.run(main()) == "t"
            clock.advance(4000)
        asyncio.run(credential.close())

    assert len(server.requests) == 3


def test_after_close_a_credential_with_keywords_opens_a_new_pipeline() -> None:
    with RawServer(always(TOKEN)) as server:
        credential = ManagedIdentityCredential(world=world_of(server), headers={"X-Y": "z"})
        credential.get_token(SCOPE)
        credential.close()

        assert credential.get_token("https://vault.azure.net/.default").token == "t"
        credential.close()


# Keywords


@both_faces
def test_retry_total_is_how_often_a_busy_server_is_asked_again(ask: Ask) -> None:
    with RawServer(_in_turn(BUSY, BUSY, TOKEN)) as server:
        assert ask(server, retry_total=2, **NO_WAIT) == "t"
        assert len(server.requests) == 3


@both_faces
def test_a_retry_total_of_none_asks_once(ask: Ask) -> None:
    with RawServer(always(BUSY)) as server:
        with pytest.raises(AuthenticationError):
            ask(server, retry_total=0)
        assert len(server.requests) == 1


def test_a_post_is_tried_again_too_since_a_token_request_changes_nothing() -> None:
    transport = pipeline_transport(None, {"retry_total": 3, **NO_WAIT}, asynchronous=False)
    with RawServer(_in_turn(BUSY, BUSY, TOKEN)) as server:
        response = transport(Request("POST", server.url, body=b"form"))

    assert isinstance(response, Response)
    assert response.status == 200


@both_faces
def test_without_a_retry_keyword_the_credentials_own_patience_holds(ask: Ask) -> None:
    with RawServer(_in_turn(BUSY, BUSY, TOKEN)) as server:
        assert ask(server, headers={"X-Y": "z"}) == "t"
        assert len(server.requests) == 3


def test_a_request_in_a_hurry_is_not_tried_again() -> None:
    transport = pipeline_transport(None, {"retry_total": 3, **NO_WAIT}, asynchronous=False)
    with RawServer(always(BUSY)) as server:
        response = transport(Request("GET", server.url, timeout=1.0))
        assert len(server.requests) == 1

    assert isinstance(response, Response)
    assert response.status == 429


@both_faces
def test_hooks_see_request_and_response(ask: Ask) -> None:
    seen: list[Any] = []

    def request_hook(request: PipelineRequest[Any]) -> None:
        seen.append(request.http_request.method)

    def response_hook(response: PipelineResponse[Any, Any]) -> None:
        seen.append(response.http_response.status_code)

    with RawServer(always(TOKEN)) as server:
        ask(server, raw_request_hook=request_hook, raw_response_hook=response_hook)

    assert seen == ["GET", 200]


@both_faces
def test_headers_and_user_agent_are_sent(ask: Ask) -> None:
    with RawServer(always(TOKEN)) as server:
        ask(server, headers={"X-Y": "z"}, user_agent="mine/1")

    [request] = server.requests
    [agent] = [line for line in request.split(b"\r\n") if line.startswith(b"User-Agent: ")]
    assert b"X-Y: z\r\n" in request
    assert b"mine/1" in agent
    assert b"entrada" in agent


@both_faces
def test_policies_per_call_see_each_call_and_those_per_retry_each_try(ask: Ask) -> None:
    call, tries = Seen(), Seen()
    with RawServer(_in_turn(BUSY, TOKEN)) as server:
        ask(
            server,
            per_call_policies=[call],
            per_retry_policies=tries,
            retry_total=1,
            **NO_WAIT,
        )

    assert (call.count, tries.count) == (1, 2)


def test_policies_of_the_callers_own_are_the_whole_pipeline() -> None:
    seen = Seen()
    with RawServer(_in_turn(BUSY, TOKEN)) as server:
        policies = [RetryPolicy(retry_total=1, **NO_WAIT), seen]
        assert token(server, policies=policies) == "t"

    assert seen.count == 2
    assert b"entrada" not in server.requests[0]


@both_faces
def test_no_redirect_is_followed(ask: Ask) -> None:
    moved = answer(b"{}", "HTTP/1.1 307 Temporary Redirect", "Location: http://127.0.0.1:1/")
    with RawServer(always(moved)) as server:
        with pytest.raises(AuthenticationError, match="307"):
            ask(server, retry_total=0)
        assert len(server.requests) == 1


@both_faces
def test_the_log_of_requests_holds_no_secret(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = answer(b'{"access_token": "eyJ-canary", "expires_in": 3600}')
    with RawServer(always(secret)) as server:
        ask(server, logging_enable=True)

    assert f"127.0.0.1:{server.port}/msi" in caplog.text
    assert "hush" not in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("keyword", "said"),
    [
        ("retry_totl", "unknown keyword 'retry_totl'. Did you mean 'retry_total'?"),
        ("connection_timeot", "Did you mean 'connection_timeout'?"),
        ("qqq", "unknown keyword 'qqq'.$"),
        ("enable_support_logging", "is not supported"),
    ],
)
@pytest.mark.parametrize("kind", [ClientSecretCredential, AsyncClientSecretCredential])
def test_an_unknown_keyword_is_refused_with_the_nearest_name(
    kind: Any, keyword: str, said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        kind("contoso.example", "app", "secret", **{keyword: 1})
