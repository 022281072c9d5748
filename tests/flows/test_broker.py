"""The optional package azure-identity-broker, by a stand-in: how it is called and what it says."""

from __future__ import annotations

import asyncio
import sys
from inspect import isawaitable
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import azure.identity
import pytest
from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import ClientAuthenticationError

import entrada
import entrada.aio
from entrada._credentials.vscode import CLIENT_ID
from entrada.testing import World

_SCOPE = "https://storage.azure.com/.default"
_RECORD = "/home/someone/.Azure/ms-azuretools.vscode-azureresourcegroups/authRecord.json"
_FILES = {
    _RECORD: azure.identity.AuthenticationRecord(
        "t1", CLIENT_ID, "login.microsoftonline.com", "u1.t1", "someone@contoso.com"
    )
    .serialize()
    .encode()
}
_WSL = {"/proc/sys/kernel/osrelease": b"5.15.90.1-microsoft-standard-WSL2"}
_TOKEN = AccessTokenInfo("broker-token", 4_102_444_800)
_FACES = pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])


class _Broker:
    """What the package's credential does, as far as anybody calls it."""

    made: ClassVar[list[dict[str, Any]]]
    answer: ClassVar[AccessTokenInfo | Exception]
    closed = 0

    def __init__(self, **arguments: Any) -> None:
        self.made.append(arguments)

    def get_token_info(self, *scopes: str, options: Any) -> AccessTokenInfo:
        assert scopes == (_SCOPE,)
        assert not set(options) - {"tenant_id", "claims", "enable_cae"}
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        type(self).closed += 1


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> type[_Broker]:
    """Install the stand-in."""

    class Installed(_Broker):
        made: ClassVar[list[dict[str, Any]]] = []
        answer: ClassVar[AccessTokenInfo | Exception] = _TOKEN

    package = SimpleNamespace(InteractiveBrowserBrokerCredential=Installed)
    monkeypatch.setitem(sys.modules, "azure.identity.broker", package)
    return Installed


def _ask(credential: Any) -> str:
    async def settled() -> str:
        answer = credential.get_token(_SCOPE)
        token: str = (await answer if isawaitable(answer) else answer).token
        closed = credential.close()
        if isawaitable(closed):
            await closed
        return token

    return asyncio.run(settled())


@_FACES
def test_visual_studio_codes_record_is_handed_to_the_broker(
    face: ModuleType, broker: type[_Broker]
) -> None:
    """In silence, once, and closed with the credential."""
    world = World.fake(files=_FILES)
    credential = face.VisualStudioCodeCredential(tenant_id="t2", world=world)

    assert [_ask(credential), _ask(credential)] == ["broker-token"] * 2
    (arguments,) = broker.made
    record = arguments["authentication_record"]
    assert isinstance(record, azure.identity.AuthenticationRecord)
    assert (record.username, record.home_account_id) == ("someone@contoso.com", "u1.t1")
    assert arguments["client_id"] == CLIENT_ID
    assert arguments["tenant_id"] == "t2"
    assert arguments["use_default_broker_account"]
    assert arguments["disable_interactive_fallback"]
    assert broker.closed == 2


@_FACES
@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (
            azure.identity.CredentialUnavailableError("none"),
            entrada.CredentialUnavailableError,
            "broker_unavailable",
        ),
        (
            azure.identity.AuthenticationRequiredError([_SCOPE], message="none"),
            entrada.AuthenticationRequiredError,
            None,
        ),
        (
            ClientAuthenticationError("none"),
            entrada.AuthenticationRejectedError,
            "broker_refused",
        ),
    ],
)
def test_the_brokers_errors_become_ours(
    error: Exception, kind: type[Exception], code: str, face: ModuleType, broker: type[_Broker]
) -> None:
    """Of the kind that they amount to."""
    broker.answer = error
    with pytest.raises(kind) as raised:
        _ask(face.VisualStudioCodeCredential(world=World.fake(files=_FILES)))
    assert type(raised.value) is kind
    assert getattr(raised.value, "code", None) == code
    assert "VisualStudioCodeCredential: none" in str(raised.value)


def test_the_brokers_refusal_does_not_end_the_default_chain(broker: type[_Broker]) -> None:
    """A developer's sign-in never has the last word."""
    broker.answer = ClientAuthenticationError("none")
    credential = entrada.DefaultAzureCredential(profile="dev", world=World.fake(files=_FILES))
    with pytest.raises(entrada.CredentialUnavailableError):
        credential.get_token(_SCOPE)
    outcomes = {attempt.link: attempt.outcome for attempt in credential.last_attempts}
    assert outcomes["VisualStudioCodeCredential"] == "rejected"
    assert outcomes["BrokerCredential"] == "unavailable"


def test_the_default_chain_ends_with_the_broker_in_wsl(broker: type[_Broker]) -> None:
    """With tenant and client of its keywords."""
    credential = entrada.DefaultAzureCredential(
        profile="dev",
        broker_client_id="c",
        world=World.fake({"AZURE_TENANT_ID": "t1"}, files=_WSL),
    )

    assert _ask(credential) == "broker-token"
    assert credential.last_attempts[-1].link == "BrokerCredential"
    (arguments,) = broker.made
    assert (arguments["tenant_id"], arguments["client_id"]) == ("t1", "c")
    assert "authentication_record" not in arguments
