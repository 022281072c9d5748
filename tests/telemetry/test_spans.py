"""What a trace shows of a token's way, with both faces."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

import entrada
import entrada.aio
from entrada.errors import AuthenticationError
from entrada.testing import (
    Completed,
    FakeClock,
    Request,
    Response,
    Script,
    TransportFailure,
    World,
    json_response,
    token_response,
)
from telemetry.recording import Recording, facts

SCOPE = "https://storage.azure.com/.default"
BUSY = json_response({"error": "temporarily_unavailable"}, 503)
WRONG = json_response(
    {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret of jo@contoso.example.",
        "error_codes": [7000215],
    },
    401,
)


def _credential(*answers: Any, clock: FakeClock | None = None, module: Any = entrada) -> Any:
    return module.ClientSecretCredential(
        "contoso.example",
        "app",
        "canary",
        world=World.fake(clock=clock),
        transport=Script(*answers),
    )


def test_a_cold_token_is_a_span_with_a_child_for_its_request(recording: Recording) -> None:
    _credential(token_response()).get_token(SCOPE)

    span, request = recording.one("entrada.get_token"), recording.one("POST")
    assert facts(span) == {
        "entrada.credential": "ClientSecretCredential",
        "entrada.source": "ClientSecretCredential",
        "entrada.scopes": (SCOPE,),
        "entrada.tenant": "contoso.example",
        "entrada.cache.result": "none",
        "entrada.outcome": "token",
        "entrada.requests": 1,
        "entrada.shared": False,
    }
    assert (span.kind, span.status.status_code) == (SpanKind.INTERNAL, StatusCode.UNSET)
    assert facts(request) == {
        "http.request.method": "POST",
        "url.full": "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
        "server.address": "login.microsoftonline.com",
        "server.port": 443,
        "http.response.status_code": 200,
    }
    assert request.kind == SpanKind.CLIENT
    assert request.parent is not None
    assert request.parent.span_id == span.context.span_id


def test_a_fresh_token_makes_no_span(recording: Recording) -> None:
    credential = _credential(token_response())
    for _ in range(5):
        credential.get_token(SCOPE)
        credential.get_token_info(SCOPE)

    assert len(recording.named("entrada.get_token")) == 1


def test_requests_sent_again_are_counted_and_say_why(recording: Recording) -> None:
    lost = TransportFailure("timeout", "silence")
    _credential(BUSY, lost, token_response()).get_token(SCOPE)

    first, second, third = map(facts, recording.named("POST"))
    assert (first["error.type"], first["http.response.status_code"]) == ("503", 503)
    assert (second["error.type"], second["http.request.resend_count"]) == ("timeout", 1)
    assert third["http.request.resend_count"] == 2
    assert facts(recording.one("entrada.get_token"))["entrada.requests"] == 3


def test_a_refusal_has_its_kind_and_code_and_no_text(recording: Recording) -> None:
    with pytest.raises(AuthenticationError):
        _credential(WRONG).get_token(SCOPE)

    span = recording.one("entrada.get_token")
    assert facts(span)["entrada.outcome"] == "rejected"
    assert facts(span)["error.type"] == "AADSTS7000215"
    assert span.status.status_code == StatusCode.ERROR
    assert span.events == ()
    assert "jo@contoso" not in recording.everything()


def test_an_error_of_the_applications_own_is_named_by_its_class(recording: Recording) -> None:
    def broken(_: Request) -> Response:
        raise LookupError("canary")

    with pytest.raises(LookupError):
        _credential(broken).get_token(SCOPE)

    assert facts(recording.one("entrada.get_token"))["error.type"] == "LookupError"
    assert facts(recording.one("POST"))["error.type"] == "LookupError"


def test_the_span_of_a_request_leaves_query_and_password_out(recording: Recording) -> None:
    world = World.fake(
        {"IDENTITY_ENDPOINT": "http://jo:pw@127.0.0.1:81/msi", "IDENTITY_HEADER": "h"}
    )
    entrada.ManagedIdentityCredential(
        world=world, transport=Script(token_response(expires_on="1900000000"))
    ).get_token(SCOPE)

    request = facts(recording.one("GET"))
    assert request["url.full"] == "http://127.0.0.1:81/msi"
    assert (request["server.address"], request["server.port"]) == ("127.0.0.1", 81)


def test_a_renewal_in_the_background_is_a_trace_of_its_own_with_a_link(
    recording: Recording,
) -> None:
    clock = FakeClock()
    credential = _credential(token_response(), clock=clock)
    credential.get_token(SCOPE)
    clock.advance(2800)
    credential.get_token(SCOPE)
    credential.close()

    cause, renewal = recording.named("entrada.get_token")[1], recording.one("entrada.refresh")
    assert facts(cause)["entrada.cache.result"] == "stale"
    assert facts(cause)["entrada.requests"] == 0
    assert renewal.parent is None
    assert renewal.context.trace_id != cause.context.trace_id
    assert [link.context.span_id for link in renewal.links] == [cause.context.span_id]
    assert facts(renewal)["entrada.outcome"] == "token"
    request = recording.named("POST")[1]
    assert request.parent is not None
    assert request.parent.span_id == renewal.context.span_id


def test_a_renewal_that_fails_says_so_though_callers_are_served(recording: Recording) -> None:
    clock = FakeClock()
    credential = _credential(token_response(), WRONG, clock=clock)
    credential.get_token(SCOPE)
    clock.advance(2800)
    credential.get_token(SCOPE)
    credential.close()

    renewal = recording.one("entrada.refresh")
    assert facts(renewal)["entrada.outcome"] == "rejected"
    assert facts(renewal)["error.type"] == "AADSTS7000215"
    assert renewal.status.status_code == StatusCode.ERROR


def test_a_token_of_the_last_minutes_tells_why_it_was_not_renewed(recording: Recording) -> None:
    clock = FakeClock()
    credential = _credential(token_response(), BUSY, clock=clock)
    credential.get_token(SCOPE)
    clock.advance(3400)
    credential.get_token(SCOPE)

    span = facts(recording.named("entrada.get_token")[1])
    assert span["entrada.cache.result"] == "dead"
    assert span["entrada.outcome"] == "token"
    assert span["entrada.renewal.error"] == "temporarily_unavailable"


@pytest.mark.parametrize("options", [{"claims": '{"a": 1}'}, {"force_refresh": True}])
def test_who_wants_a_new_token_bypasses_memory(recording: Recording, options: Any) -> None:
    credential = _credential(token_response())
    credential.get_token(SCOPE)
    credential.get_token(SCOPE, **options)

    assert facts(recording.named("entrada.get_token")[1])["entrada.cache.result"] == "bypassed"


def test_each_link_of_a_chain_is_a_child_and_the_winner_is_named(recording: Recording) -> None:
    answer = json.dumps({"accessToken": "canary", "expires_on": 1_800_003_600})
    world = World.fake(
        files={"/sys/class/dmi/id/chassis_asset_tag": b"No Asset Tag"},
        programs={"az": lambda _: Completed(0, answer)},
    )
    entrada.DefaultAzureCredential(world=world).get_token(SCOPE)

    span, links = recording.one("entrada.get_token"), recording.named("entrada.link")
    outcomes = [
        (facts(each)["entrada.credential"], facts(each)["entrada.outcome"]) for each in links
    ]
    assert outcomes[0] == ("EnvironmentCredential", "unavailable")
    assert outcomes[-1] == ("AzureCliCredential", "token")
    assert {each.status.status_code for each in links} == {StatusCode.UNSET}
    assert facts(span)["entrada.source"] == "AzureCliCredential"
    assert facts(span)["entrada.links"] == len(links)
    program = recording.one("az")
    assert facts(program) == {"process.executable.name": "az", "process.exit.code": 0}
    assert program.parent is not None
    assert program.parent.span_id == links[-1].context.span_id


def test_a_credential_of_a_chain_is_no_acquisition_of_its_own(recording: Recording) -> None:
    chain = entrada.ChainedTokenCredential(_credential(token_response()), world=World.fake())
    for _ in range(3):
        chain.get_token(SCOPE)

    assert [facts(each)["entrada.credential"] for each in recording.named("entrada.get_token")] == [
        "ChainedTokenCredential"
    ]
    assert recording.count("entrada.cache.lookups", credential="ClientSecretCredential") == 0
    assert recording.count("entrada.cache.lookups", cache_result="fresh") == 2


def test_what_the_application_records_meanwhile_is_a_child(recording: Recording) -> None:
    tracer = recording.tracers.get_tracer("app")

    def transport(_: Request) -> Response:
        tracer.start_span("inner").end()
        return token_response()

    with tracer.start_as_current_span("outer") as outer:
        _credential(transport).get_token(SCOPE)
        assert trace.get_current_span() is outer

    span, request = recording.one("entrada.get_token"), recording.one("POST")
    inner = recording.one("inner")
    assert span.parent is not None
    assert span.parent.span_id == outer.get_span_context().span_id
    assert inner.parent is not None
    assert inner.parent.span_id == request.context.span_id


def test_with_asyncio_what_a_worker_thread_records_is_a_child_too(recording: Recording) -> None:
    tracer = recording.tracers.get_tracer("app")

    def transport(_: Request) -> Response:
        tracer.start_span("inner").end()
        return token_response()

    asyncio.run(_credential(transport, module=entrada.aio).get_token(SCOPE))

    request, inner = recording.one("POST"), recording.one("inner")
    assert inner.parent is not None
    assert inner.parent.span_id == request.context.span_id


def test_with_asyncio_each_task_has_a_trace_of_its_own_and_one_makes_the_request(
    recording: Recording,
) -> None:
    credential = _credential(token_response(), module=entrada.aio)
    tracer = recording.tracers.get_tracer("app")

    async def call(number: int) -> None:
        with tracer.start_as_current_span(f"call {number}"):
            await credential.get_token(SCOPE)

    async def main() -> None:
        await asyncio.gather(*(call(number) for number in range(5)))

    asyncio.run(main())

    spans = recording.named("entrada.get_token")
    assert len({span.context.trace_id for span in spans}) == len(spans) == 5
    assert sorted(facts(span)["entrada.requests"] for span in spans) == [0, 0, 0, 0, 1]
    assert sorted(facts(span)["entrada.shared"] for span in spans) == [False, *[True] * 4]


def test_with_asyncio_a_renewal_is_a_trace_of_its_own_with_a_link(recording: Recording) -> None:
    clock = FakeClock()
    credential = _credential(token_response(), clock=clock, module=entrada.aio)

    async def main() -> None:
        await credential.get_token(SCOPE)
        clock.advance(2800)
        await credential.get_token(SCOPE)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

    asyncio.run(main())

    cause, renewal = recording.named("entrada.get_token")[1], recording.one("entrada.refresh")
    assert renewal.parent is None
    assert [link.context.span_id for link in renewal.links] == [cause.context.span_id]


def test_a_cancelled_acquisition_is_abandoned(recording: Recording) -> None:
    async def never(_: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    credential = entrada.aio.ClientSecretCredential("t", "c", "s", transport=never)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(credential.get_token(SCOPE), 0.01)

    asyncio.run(main())

    assert facts(recording.one("entrada.get_token"))["entrada.outcome"] == "abandoned"


def test_what_is_prefetched_belongs_to_the_trace_of_who_asked_for_it(recording: Recording) -> None:
    tracer = recording.tracers.get_tracer("app")
    credential = _credential(token_response())
    with tracer.start_as_current_span("start") as start:
        credential.prefetch([SCOPE])
    credential.close()

    span = recording.one("entrada.get_token")
    assert span.parent is not None
    assert span.parent.span_id == start.get_span_context().span_id
