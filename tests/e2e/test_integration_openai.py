"""OpenAI's own package with our token providers, against a service that keeps what it was sent."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest

import entrada
import entrada.aio
from e2e.people import PEOPLE
from e2e.serving import served
from e2e.verify import verified
from e2e.ways import fresh
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud

pytestmark = PEOPLE

RESOURCE = "https://cognitiveservices.azure.com"
SCOPE = f"{RESOURCE}/.default"
_ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi."}}
    ],
}
_SAID: Any = [{"role": "user", "content": "Hello."}]


class Service:
    """Answers every question alike; ``tokens`` are those it was sent."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        self.tokens.append(headers[b"authorization"].decode().removeprefix("Bearer "))
        while (await receive()).get("more_body"):
            pass
        body = json.dumps(_ANSWER).encode()
        said = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": said})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def app(cloud: LocalCloud) -> ServicePrincipal:
    return cloud.service_principal(fresh("chat"))


def _check(cloud: LocalCloud, service: Service, app: ServicePrincipal) -> None:
    one, same, renewed = service.tokens
    assert one == same != renewed
    for token in (one, renewed):
        assert verified(cloud, token, RESOURCE)["appid"] == app.client_id


@pytest.mark.parametrize("azure", [True, False])
def test_a_client_of_threads_asks_for_a_token_with_every_call(
    azure: bool, cloud: LocalCloud, app: ServicePrincipal
) -> None:
    """The provider answers from memory, and with the new one after a renewal."""
    service = Service()
    credential = entrada.ClientSecretCredential(app.tenant_id, app.client_id, app.client_secret)
    provider = entrada.get_bearer_token_provider(credential, SCOPE)
    with credential, served(service) as origin:
        client: openai.OpenAI = (
            openai.AzureOpenAI(
                azure_endpoint=origin, azure_ad_token_provider=provider, api_version="2024-10-21"
            )
            if azure
            else openai.OpenAI(base_url=f"{origin}/openai/v1", api_key=provider)
        )
        with client:
            for renew in (False, False, True):
                if renew:
                    credential.get_token(SCOPE, force_refresh=True)
                answer = client.chat.completions.create(model="gpt", messages=_SAID)
                assert answer.choices[0].message.content == "Hi."
    _check(cloud, service, app)


@pytest.mark.parametrize("azure", [True, False])
def test_an_asynchronous_client_awaits_it(
    azure: bool, cloud: LocalCloud, app: ServicePrincipal
) -> None:
    service = Service()

    async def talk(origin: str) -> None:
        credential = entrada.aio.ClientSecretCredential(
            app.tenant_id, app.client_id, app.client_secret
        )
        provider = entrada.aio.get_bearer_token_provider(credential, SCOPE)
        client: openai.AsyncOpenAI = (
            openai.AsyncAzureOpenAI(
                azure_endpoint=origin, azure_ad_token_provider=provider, api_version="2024-10-21"
            )
            if azure
            else openai.AsyncOpenAI(base_url=f"{origin}/openai/v1", api_key=provider)
        )
        async with credential, client:
            for renew in (False, False, True):
                if renew:
                    await credential.get_token(SCOPE, force_refresh=True)
                answer = await client.chat.completions.create(model="gpt", messages=_SAID)
                assert answer.choices[0].message.content == "Hi."

    with served(service) as origin:
        asyncio.run(talk(origin))
    _check(cloud, service, app)
