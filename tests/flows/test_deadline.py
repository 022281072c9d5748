"""``deadline=``: how long a token may take in all, whatever hangs on the way."""

from __future__ import annotations

import asyncio
import time
from inspect import isawaitable
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada.testing import (
    Completed,
    FakeClock,
    Request,
    Response,
    Run,
    TransportFailure,
    World,
    token_response,
)

_SCOPE = "https://storage.azure.com/.default"
_APP = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}
_FACES = pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])


def _ask(credential: Any, **options: Any) -> str:
    async def settled() -> Any:
        answer = credential.get_token(_SCOPE, **options)
        return (await answer if isawaitable(answer) else answer).token

    token: str = asyncio.run(settled())
    return token


class _Slow:
    """Programs and requests that use up all the time that they are given, and their time-out."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.given: list[float] = []

    def az(self, run: Run) -> Completed:
        self.given.append(run.timeout)
        self.clock.advance(run.timeout)
        raise TimeoutError

    def transport(self, request: Request) -> Response:
        self.given.append(request.timeout)
        self.clock.advance(request.timeout)
        raise TransportFailure("timeout", "nobody answers")


@_FACES
def test_a_hanging_link_ends_with_the_deadline(face: ModuleType) -> None:
    """The error has what the links before said, and who was waited for."""
    slow = _Slow()
    credential = face.DefaultAzureCredential(
        deadline=4,
        world=World.fake(clock=slow.clock, programs={"az": slow.az, "pwsh": slow.az}),
        exclude_managed_identity_credential=True,
    )
    started = slow.clock.now()

    with pytest.raises(entrada.AuthorityUnreachableError) as late:
        _ask(credential)

    assert slow.clock.now() - started == 4
    assert slow.given == [4]
    assert late.value.code == "deadline"
    assert "deadline of 4 s" in late.value.message
    last = late.value.attempts[-1]
    assert (last.link, last.outcome, last.code) == ("AzureCliCredential", "unreachable", "deadline")
    assert [attempt.link for attempt in late.value.attempts][:2] == [
        "EnvironmentCredential",
        "WorkloadIdentityCredential",
    ]
    assert credential.last_attempts == late.value.attempts


@_FACES
def test_time_that_one_link_used_is_lost_to_the_next(face: ModuleType) -> None:
    """A tool that ends by its own time-out leaves what is left to the next."""
    slow = _Slow()
    credential = face.DefaultAzureCredential(
        profile="dev",
        deadline=4,
        process_timeout=3,
        world=World.fake(clock=slow.clock, programs={"az": slow.az, "pwsh": slow.az}),
    )

    with pytest.raises(entrada.AuthorityUnreachableError) as late:
        _ask(credential)

    assert slow.given == [3, 1]
    codes = {attempt.link: attempt.code for attempt in late.value.attempts}
    assert codes["AzureCliCredential"] == "timeout"
    assert codes["AzurePowerShellCredential"] == "deadline"


@_FACES
def test_retries_do_not_outlast_the_deadline(face: ModuleType) -> None:
    """Neither the request nor the wait before the next."""
    slow = _Slow()
    credential = face.DefaultAzureCredential(
        deadline=15, world=World.fake(_APP, clock=slow.clock), transport=slow.transport
    )

    with pytest.raises(entrada.AuthorityUnreachableError, match="deadline of 15 s"):
        _ask(credential)

    assert slow.given[0] == 10
    assert sum(slow.given) <= 15


@_FACES
def test_a_renewal_by_the_winner_has_a_deadline_of_its_own(face: ModuleType) -> None:
    """Each call has all of it."""
    slow = _Slow()
    answers = [token_response()]
    credential = face.DefaultAzureCredential(
        deadline=15,
        world=World.fake(_APP, clock=slow.clock),
        transport=lambda request: answers.pop() if answers else slow.transport(request),
    )
    assert _ask(credential) == "token"
    slow.clock.advance(60)

    with pytest.raises(entrada.AuthorityUnreachableError) as late:
        _ask(credential, force_refresh=True)

    assert [attempt.link for attempt in late.value.attempts] == ["EnvironmentCredential"]
    assert _ask(credential) == "token", "the old token is still there"


def test_a_real_program_is_ended_at_the_deadline(tmp_path: Any) -> None:
    """On the real clock, with a real process."""
    az = tmp_path / "az"
    az.write_text("#!/bin/sh\nexec sleep 30\n")
    az.chmod(0o755)
    world = World.real()._replace(which={"az": str(az)}.get, home=str(tmp_path))
    credential = entrada.DefaultAzureCredential(profile="dev", deadline=0.3, world=world)
    started = time.monotonic()

    with pytest.raises(entrada.AuthorityUnreachableError, match=r"deadline of 0\.3 s"):
        credential.get_token(_SCOPE)

    assert time.monotonic() - started < 5
