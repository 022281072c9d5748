"""A person with a browser on another device: RFC 8628."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Unpack

from entrada._credentials.sign_in import AsyncSignIn, SyncSignIn
from entrada._credentials.user import DEVELOPER_CLIENT_ID, User, UserOptions
from entrada._engine.effects import Prompt, pause
from entrada._wire.account import Grant, read_grant
from entrada._wire.grants import CAUTION, PATIENCE, host_of, post_form
from entrada._wire.safe import first_words
from entrada._wire.seconds import seconds_of
from entrada._wire.token import read_object, refusal, unusable
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthorityUnreachableError,
)

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada.types import Ask

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER = 5.0
_LONGEST = 86_400.0
_AGAIN = "Ask for the token again to get a new code."

PromptCallback = Callable[[str, str, datetime], object]


class _Code(NamedTuple):
    """A device authorization response. Times are in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    message: str
    expires_in: float
    interval: float


class DeviceCode(User):
    """The recipe of DeviceCodeCredential."""

    name = "DeviceCodeCredential"

    def __init__(
        self,
        client_id: str = DEVELOPER_CLIENT_ID,
        *,
        timeout: float | None = None,
        prompt_callback: PromptCallback | None = None,
        **options: Unpack[UserOptions],
    ) -> None:
        super().__init__(client_id, options)
        self._timeout = timeout
        self._callback = prompt_callback

    def interact(self, ask: Ask, tenant: str) -> Flow[Grant]:
        """Show a code, and wait until the person has entered it elsewhere."""
        code = yield from self._begin(ask, tenant)
        life = code.expires_in if self._timeout is None else min(self._timeout, code.expires_in)
        end = self.world.now() + life
        yield Prompt(lambda: self._show(code, end))
        form = {
            "grant_type": _GRANT_TYPE,
            "device_code": code.device_code,
            "code": code.device_code,
        }
        interval, lost = code.interval, None
        while self.world.now() + interval <= end:
            yield from pause(interval)
            try:
                found = yield from self._poll(form, ask, tenant)
            except AuthorityUnreachableError as error:
                lost, interval = error, interval * 2  # RFC 8628 section 3.5: back off, go on
                continue
            if isinstance(found, Grant):
                return found
            lost, interval = None, interval + found
        raise lost or AuthenticationRejectedError(
            f"{self.name}: the code was not entered within {life:.0f} s.",
            code="device_code_expired",
            hint=_AGAIN,
        )

    def _poll(self, form: dict[str, str], ask: Ask, tenant: str) -> Flow[Grant | float]:
        """Return the grant, or how many seconds longer than before to wait for the next try."""
        response, context = yield from self.exchange(form, ask, tenant, CAUTION)
        # The word, not the AADSTS code: 70016 stands beside both waiting and asking too fast.
        word = str(read_object(response, context).get("error"))
        if word in _PENDING:
            return _PENDING[word]
        try:
            return read_grant(response, self.world.now(), context)
        except AuthenticationError as error:
            raise _meant(error, word, self.name) from None

    def _begin(self, ask: Ask, tenant: str) -> Flow[_Code]:
        url = f"{self._authority}/{tenant}/oauth2/v2.0/devicecode"
        context = self.context(url, tenant, ask)
        form = {"client_id": self._client_id, "scope": self.scope(ask)}
        response = yield from post_form(
            url, form, ask, world=self.world, context=context, policy=self.retry(PATIENCE)
        )
        reply = read_object(response, context)
        if response.status != 200 or "error" in reply:
            raise refusal(response, reply, context)
        try:
            return _Code(
                str(reply["device_code"]),
                first_words(str(reply["user_code"])),
                first_words(str(reply["verification_uri"])),
                first_words(str(reply.get("message", "")), 500),
                min(seconds_of(reply["expires_in"]), _LONGEST),
                max(seconds_of(reply.get("interval") or _SLOWER), 1.0),
            )
        except (KeyError, TypeError, ValueError):
            raise unusable(context, 200, f"{host_of(url)} sent no device code") from None

    def _show(self, code: _Code, end: float) -> object:
        if self._callback is not None:
            expires_on = datetime.fromtimestamp(end, UTC)
            return self._callback(code.verification_uri, code.user_code, expires_on)
        text = f"To sign in, open {code.verification_uri} and enter the code {code.user_code}"
        return print(code.message or text, file=sys.stderr, flush=True)  # noqa: T201


# What the authority says while it waits, and how much longer to wait between questions then (s).
_PENDING = {"authorization_pending": 0.0, "slow_down": _SLOWER}

_MEANINGS = {
    "authorization_declined": "The person declined the sign-in.",
    "access_denied": "The person declined the sign-in.",
    "bad_verification_code": "The authority does not know this device code.",
    "expired_token": "The code has expired before it was entered.",
    "code_expired": "The code has expired before it was entered.",
}


def _meant(error: AuthenticationError, word: str, name: str) -> AuthenticationError:
    if word not in _MEANINGS:
        return error
    return AuthenticationRejectedError(
        f"{name}: {_MEANINGS[word]}",
        code=error.code,
        hint=_AGAIN,
        correlation_id=error.correlation_id,
        status_code=error.status_code,
    )


class DeviceCodeCredential(SyncSignIn, DeviceCode):
    """Signs a person in who enters a code on another device.

    ``prompt_callback(verification_uri, user_code, expires_on)`` shows the code (default: on
    standard error; ``expires_on`` is an aware datetime); ``timeout`` is in seconds, by default the
    code's own life. ``client_id`` defaults to Azure CLI's, which is for development only.
    """


class AsyncDeviceCodeCredential(AsyncSignIn, DeviceCode):
    """Signs a person in who enters a code on another device, for asyncio."""
