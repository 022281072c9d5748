"""Credentials of both faces with a store, in a world that a test makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from types import ModuleType
from typing import Any

import entrada
import entrada.aio
from entrada.testing import FakeClock, Request, Response, World, token_response

SCOPE = "https://storage.azure.com/.default"
FACES = [entrada, entrada.aio]


class Issuer:
    """Gives a token of its own to each request, and counts them."""

    def __init__(self) -> None:
        self.requests = 0
        self.answer: Callable[[int], Response] = lambda count: token_response(f"token-{count}")

    def __call__(self, request: Request) -> Response:
        self.requests += 1
        return self.answer(self.requests)


def secret(module: ModuleType, issuer: Any, **keywords: Any) -> Any:
    """Return a service principal's credential, new as in a process of its own."""
    given: dict[str, Any] = {
        "tenant_id": "contoso",
        "client_id": "app",
        "client_secret": "hush",
        "world": World.fake(clock=FakeClock()),
        "transport": issuer,
    }
    return module.ClientSecretCredential(**{**given, **keywords})


def ask(credential: Any, *scopes: str, **keywords: Any) -> str:
    """Return the text of a token, whichever face the credential has."""

    async def settled() -> str:
        answer = credential.get_token(*(scopes or (SCOPE,)), **keywords)
        token: str = (await answer if isawaitable(answer) else answer).token
        closed = credential.close()
        if isawaitable(closed):
            await closed
        return token

    return asyncio.run(settled())
