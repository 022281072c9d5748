"""The operating system's own sign-in (Web Account Manager), through azure-identity-broker.

That package is optional and not ours: its credential is called as any stranger's, in silence only.
``BrokerCredential`` is a link of the default chain and no public name.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from entrada._chain.foreign import Foreign
from entrada._credentials.evidence import BROKER, check_broker
from entrada._credentials.recipe import Recipe
from entrada._wire.safe import first_words
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthenticationRequiredError,
    CredentialUnavailableError,
)

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada.types import Ask, Token


class Brokered(Recipe):
    """A recipe whose tokens come from the operating system's broker."""

    def arguments(self) -> Mapping[str, Any]:
        """Return the broker's arguments; raise CredentialUnavailableError without a sign-in."""
        raise NotImplementedError

    def members(self) -> list[Any]:
        """Return the broker's credential, once there is one."""
        return self._parts["broker"].members() if "broker" in self._parts else []

    def flow(self, ask: Ask) -> Flow[Token]:
        """Ask the broker, which shows no window."""
        from entrada._engine.effects import call

        foreign = yield from call(lambda: self.part("broker", self._make), self.name)
        try:
            return (yield from foreign.flow(ask))
        except AuthenticationError:
            raise
        except Exception as error:
            raise _translated(error, self.name, ask) from error

    def _make(self) -> Foreign:
        arguments = self.arguments()
        try:
            broker = import_module("azure.identity.broker").InteractiveBrowserBrokerCredential
            msal = import_module("msal")
        except ImportError:
            raise CredentialUnavailableError(
                f"{self.name}: the package azure-identity-broker is not installed.",
                code="broker_missing",
                hint=BROKER,
            ) from None
        credential = broker(
            parent_window_handle=msal.PublicClientApplication.CONSOLE_WINDOW_HANDLE,
            use_default_broker_account=True,
            disable_interactive_fallback=True,
            **arguments,
        )
        return Foreign(credential, {"world": self.world})


class Broker(Brokered):
    """The recipe of the default chain's last link: whoever is signed in to Windows."""

    name = "BrokerCredential"

    def __init__(
        self, tenant_id: str | None, client_id: str | None, options: Mapping[str, Any]
    ) -> None:
        super().__init__(options)
        self._tenant, self._client = tenant_id, client_id

    def arguments(self) -> Mapping[str, Any]:
        """Return tenant and client where they are set."""
        check_broker(self.world)
        known = {"tenant_id": self._tenant, "client_id": self._client}
        return {name: value for name, value in known.items() if value}


def _translated(error: Exception, name: str, ask: Ask) -> AuthenticationError:
    """Return a stranger's error as the one of ours that it amounts to, known by its name."""
    kinds = {base.__name__ for base in type(error).__mro__}
    message = f"{name}: {first_words(str(getattr(error, 'message', error)), 400)}"
    hint = "Sign in to Windows, or to Visual Studio Code, with the account that you mean."
    if "AuthenticationRequiredError" in kinds:
        return AuthenticationRequiredError(ask.scopes, message, ask.claims, hint=hint)
    if "CredentialUnavailableError" in kinds:
        return CredentialUnavailableError(message, code="broker_unavailable", hint=hint)
    return AuthenticationRejectedError(message, code="broker_refused", hint=hint)
