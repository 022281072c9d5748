"""Somebody else's credential as a link: any object with azure-core's get_token."""

from __future__ import annotations

from typing import Any

from entrada._cache.ages import Entry
from entrada._credentials.recipe import Recipe
from entrada._engine.effects import Flow, call
from entrada.types import Ask, Token


class Foreign(Recipe):
    """Calls the credential each time: how long it remembers a token is its own affair."""

    def __init__(self, credential: Any, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.name = type(credential).__name__
        self._credential = credential

    def members(self) -> list[Any]:
        """Return the credential, to be closed with whoever calls it."""
        return [self._credential]

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the credential's own token, whatever its age."""
        token = yield from self.flow(ask)
        return Entry(token, self.world.now())

    def flow(self, ask: Ask) -> Flow[Token]:
        """Call the credential by the newer of azure-core's two methods that it has."""
        options = {
            name: value
            for name, value in (
                ("claims", ask.claims),
                ("tenant_id", ask.tenant),
                ("enable_cae", ask.cae),
            )
            if value
        }
        credential = self._credential
        if hasattr(credential, "get_token_info"):
            info: Any = yield from call(
                lambda: credential.get_token_info(*ask.scopes, options=options), self.name
            )
            return Token(info.token, info.expires_on, info.refresh_on, info.token_type)
        token: Any = yield from call(
            lambda: credential.get_token(*ask.scopes, **options), self.name
        )
        return Token(token.token, token.expires_on)
