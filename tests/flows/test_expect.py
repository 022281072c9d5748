"""``expect=``: a token of another principal is refused, wherever it comes from."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from inspect import isawaitable
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada import Identity
from entrada.testing import Completed, FakeClock, Run, Script, World, token_response

_SCOPE = "https://storage.azure.com/.default"
_OTHER_SCOPE = "https://vault.azure.net/.default"
_APP = {
    "AZURE_TENANT_ID": "contoso.com",
    "AZURE_CLIENT_ID": "11111111-1111-4111-8111-111111111111",
    "AZURE_CLIENT_SECRET": "canary-client-secret",
}
_ONE = {"tid": "T1", "oid": "o1", "appid": "c1"}
_TWO = {"tid": "t1", "oid": "o2", "azp": "c2"}
_FACES = pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])


def _jwt(claims: dict[str, Any]) -> str:
    body = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


class _Az:
    """An Azure CLI that is signed in as whoever ``claims`` says."""

    def __init__(self, claims: dict[str, Any]) -> None:
        self.claims = claims
        self.runs = 0

    def __call__(self, _run: Run) -> Completed:
        self.runs += 1
        answer = {"accessToken": _jwt(self.claims), "expires_on": 1_800_003_600}
        return Completed(0, json.dumps(answer))


class _Place:
    """A machine with a service principal in its environment, and an Azure CLI."""

    def __init__(self, face: ModuleType, expect: Identity, **options: Any) -> None:
        self.az = _Az(_TWO)
        self.script = Script(token_response(_jwt(_ONE)))
        self.clock = FakeClock()
        self.files = {"/home/someone/.azure/azureProfile.json": b"one"}
        self.world = World.fake(_APP, clock=self.clock, files=self.files, programs={"az": self.az})
        self.credential: Any = face.DefaultAzureCredential(
            expect=expect,
            world=self.world,
            transport=self.script,
            exclude_managed_identity_credential=True,
            **options,
        )

    def ask(self, scope: str = _SCOPE) -> str:
        async def settled() -> Any:
            answer = self.credential.get_token(scope)
            return (await answer if isawaitable(answer) else answer).token

        token: str = asyncio.run(settled())
        return token


@_FACES
@pytest.mark.parametrize(
    "expected",
    [
        Identity(object_id="o2"),
        Identity(tenant="T1", client_id="C2"),
        Identity("t1", "o2", "c2"),
    ],
    ids=str,
)
def test_the_chain_goes_on_to_the_link_of_the_expected_principal(
    face: ModuleType, expected: Identity
) -> None:
    place = _Place(face, expected)

    assert {place.ask() for _ in range(3)} == {_jwt(_TWO)}
    first = place.credential.last_attempts[0]
    assert (first.link, first.code) == ("EnvironmentCredential", "other_identity")
    assert "is signed in as tenant=T1 object_id=o1 client_id=c1" in first.reason


@_FACES
def test_the_first_link_that_fits_is_taken(face: ModuleType) -> None:
    place = _Place(face, Identity(tenant="t1"))

    assert place.ask() == _jwt(_ONE)
    assert place.az.runs == 0


@_FACES
def test_where_no_link_fits_the_error_says_who_is_signed_in(face: ModuleType) -> None:
    place = _Place(face, Identity(object_id="o3"))

    for _ in range(2):  # neither from an issuer nor from memory
        with pytest.raises(entrada.CredentialUnavailableError) as refused:
            place.ask()
        assert refused.value.code == "other_identity"
        assert "object_id=o1" in refused.value.message
        assert "object_id=o3 is expected" in refused.value.message
        assert _jwt(_ONE) not in str(refused.value)
    assert len(place.script.requests) == 2


@_FACES
def test_who_signs_in_later_is_looked_at_too(face: ModuleType) -> None:
    place = _Place(face, Identity(object_id="o2"))
    place.ask()
    place.az.claims = _ONE
    place.files["/home/someone/.azure/azureProfile.json"] = b"two"

    for scope in (_SCOPE, _OTHER_SCOPE, _SCOPE, _OTHER_SCOPE):
        with pytest.raises(entrada.CredentialUnavailableError, match="object_id=o1"):
            place.ask(scope)


@_FACES
def test_a_renewal_for_another_principal_takes_nothing_away(face: ModuleType) -> None:
    place = _Place(face, Identity(object_id="o1"))
    first = place.ask()
    place.script._answers[:] = [token_response(_jwt(_TWO))]
    place.clock.advance(3000)

    assert {place.ask() for _ in range(2)} == {first}


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "e30.e30.x", "e30.WzFd.x"])
def test_a_token_that_does_not_say_whose_it_is_is_refused(token: str) -> None:
    place = _Place(entrada, Identity(tenant="t1"), exclude_cli_credential=True)
    place.script._answers[:] = [token_response(token)]

    with pytest.raises(entrada.CredentialUnavailableError, match="does not say whose"):
        place.ask()


@pytest.mark.parametrize("expect", [Identity(), "contoso.com", {"tenant": "t"}])
def test_an_expectation_has_to_say_something(expect: Any) -> None:
    with pytest.raises(entrada.ConfigurationError) as refused:
        entrada.DefaultAzureCredential(expect=expect, world=World.fake())
    assert refused.value.code == "bad_identity"
