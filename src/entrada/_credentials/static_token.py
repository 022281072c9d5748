"""A token that somebody else got: given as it stands, or by a function when it is needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import CommonOptions, check_options
from entrada._credentials.recipe import Recipe
from entrada.errors import (
    AuthenticationRejectedError,
    ConfigurationError,
    CredentialUnavailableError,
)
from entrada.types import Token

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._engine.effects import Flow
    from entrada.types import Ask

_SAY_WHEN = "Give its expiry in epoch seconds: expires_on=, or from a function (token, expires_on)."


class StaticToken(Recipe):
    """The recipe of StaticTokenCredential."""

    name = "StaticTokenCredential"
    _func: Callable[..., Any] | None = None
    _given: Token | None = None

    def __init__(
        self, token: str, expires_on: float | None = None, **options: Unpack[CommonOptions]
    ) -> None:
        check_options(self.name, options, CommonOptions)
        super().__init__(options)
        self._given = _token(token, expires_on, "token")

    @classmethod
    def from_callable(
        cls, func: Callable[..., Any | Awaitable[Any]], **options: Unpack[CommonOptions]
    ) -> Self:
        """Make a credential that calls ``func(*scopes)`` whenever a token is needed.

        It returns a JSON Web Token, a pair of token and expiry (epoch seconds), or azure-core's
        AccessToken. Each token is used until shortly before it expires.
        """
        check_options(cls.name, options, CommonOptions)
        if not callable(func):
            raise ConfigurationError(
                f"func has to be a function that returns a token, not {type(func).__name__}.",
                code="no_token",
                hint="Pass the function itself; it is called with the scopes.",
            )
        made = cls.__new__(cls)
        Recipe.__init__(made, options)
        made._func = func  # noqa: SLF001 - it is of this very class
        return made

    def describe(self) -> dict[str, object]:
        """Return when the token expires, or what is called for it."""
        if self._given is not None:
            return {"expires_on": int(self._given.expires_on)}
        return {"func": getattr(self._func, "__name__", type(self._func).__name__)}

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token; one that a function made is kept, the given one is at hand anyway."""
        if self._given is None:
            return (yield from super().acquire(ask))
        from entrada._cache.ages import Entry

        return Entry((yield from self.flow(ask)), self.world.now())

    def flow(self, ask: Ask) -> Flow[Token]:
        """Return the token, whatever is asked for; refuse to return one that has expired."""
        token = self._given
        if token is None:
            token = yield from self._called(ask)
        elif ask.claims is not None:
            raise AuthenticationRejectedError(
                f"{self.name}: the service wants a token with other claims, and this one is all "
                "that there is.",
                code="claims_challenge",
                hint="Get a new token, or use a credential that can sign in.",
            )
        gap = self.world.now() - token.expires_on
        if gap < 0:
            return token
        raise CredentialUnavailableError(
            f"{self.name}: the token expired {gap:.0f} s ago.",
            code="token_expired",
            hint="Give it a new one, e.g. from: entrada token SCOPE"
            if self._func is None
            else "The function has to return a token that is still valid.",
        )

    def _called(self, ask: Ask) -> Flow[Token]:
        from entrada._engine.effects import call

        func = self._func
        assert func is not None  # noqa: S101 - one of the two is always there
        result: Any = yield from call(lambda: func(*ask.scopes), "func")
        if isinstance(result, str):
            return _token(result, None, "func's token")
        try:
            token, expires_on = (
                result if isinstance(result, tuple) else (result.token, result.expires_on)
            )
        except (AttributeError, ValueError):
            raise ConfigurationError(
                f"func returned no token but {type(result).__name__}.",
                code="no_token",
                hint="It has to return a token, (token, expires_on) or an AccessToken.",
            ) from None
        return _token(token, expires_on, "func's token")


def _token(token: object, expires_on: object, what: str) -> Token:
    """Return a token with its expiry; raise ConfigurationError where there is none of either."""
    from entrada._wire.jwt import expiry_of
    from entrada._wire.seconds import seconds_of

    text = token.strip() if isinstance(token, str) else ""
    if not text or len(text.split()) > 1:
        said = "more than one word" if text else "empty or no string"
        raise ConfigurationError(
            f"The {what} is {said}.",
            code="no_token",
            hint="Give the access token alone, without 'Bearer' before it.",
        )
    expiry = expiry_of(text) if expires_on is None else expires_on
    try:
        return Token(text, seconds_of(expiry))
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"Nobody says when the {what} expires.", code="no_expiry", hint=_SAY_WHEN
        ) from None


class StaticTokenCredential(SyncFace, StaticToken):
    """Hands out one given access token, for whatever scope is asked.

    ``expires_on`` (epoch seconds) is read from the token where it is a JSON Web Token. Once it
    has expired every call raises CredentialUnavailableError. ``from_callable`` takes a function
    that gets tokens instead.
    """


class AsyncStaticTokenCredential(AsyncFace, StaticToken):
    """Hands out one given access token, for asyncio; the function may be async."""
