"""Who signs a client in: what code said of it, its section, what code said for all, the defaults.

Settings become credentials that a registry makes and closes; credentials that code hands over are
its own to close.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada._config.read import of_mapping
from entrada._config.tree import Leaf, Mistake, Origin, Section, normal
from entrada._wire.clouds import CLOUDS
from entrada.clients.errors import error_of, misuse
from entrada.clients.making import Credentials, Site, make_credential
from entrada.clients.settings import SOURCE_KEY, CredentialSettings, credential_settings
from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from entrada._engine.world import World
    from entrada.clients.loading import Document
    from entrada.clients.local import LocalSite
    from entrada.clients.registration import Context, Registration

_CLOUDS = {"usgov": CLOUDS[1], "china": CLOUDS[2]}
_DEFAULT = CredentialSettings("default")


class Signer(NamedTuple):
    """One answer: settings, or what code handed over, and where it comes from."""

    settings: CredentialSettings | None
    origin: Origin
    given: Any = None
    aio: Any = None

    def __str__(self) -> str:
        if self.settings is not None:
            return str(self.settings)
        return getattr(self.given, "__name__", None) or type(self.given).__name__

    def __repr__(self) -> str:
        return f"Signer({self}, {self.origin})"


class Signers:
    """The signers of one registry, and the credentials it made."""

    def __init__(self, document: Document, world: World) -> None:
        self._document = document
        self._world = world
        self._used: Signer | None = None
        self._credentials = Credentials()
        self._from_factories: dict[tuple[int, bool], Any] = {}
        self._local: LocalSite | None = None
        self._lock = RLock()

    @property
    def local(self) -> LocalSite | None:
        """The local cloud, where the configuration leads there."""
        if self._document.cloud == "local" and self._local is None:
            from entrada.clients.local import local_site

            self._local = local_site(self._world)
        return self._local

    @property
    def world(self) -> World:
        """The world in which credentials sign in."""
        return self.local.world if self.local is not None else self._world

    def signer(self, given: Any, aio: Any = None) -> Signer | None:
        """Return what code hands over as a signer; raise ClientsConfigurationError."""
        origin = Origin("the code")
        if given is None:
            return None
        if isinstance(given, str | Mapping | list):
            return Signer(_read(given, self._world), origin)
        if callable(getattr(given, "get_token", None)) or callable(given):
            return Signer(None, origin, given, aio)
        # Keys of services are no tokens, and clients take them as they are.
        if type(given).__module__.startswith("azure.core."):
            return Signer(None, origin, given, aio or given)
        raise misuse(
            f"a credential has to have get_token, not {type(given).__name__}.",
            'Pass a credential, a factory, or a name such as "managed_identity".',
        )

    def use(self, given: Any, aio: Any) -> None:
        """Take a signer for all clients without one of their own."""
        self._used = self.signer(given, aio)

    def of(self, registration: Registration | None) -> Signer:
        """Return who signs a client in."""
        if registration is not None:
            if registration.credential is not None:
                return registration.credential
            spec = registration.spec
            if spec.credential is not None:
                return Signer(spec.credential, spec.credential_origin or spec.origin)
        if self._used is not None:
            return self._used
        defaults = self._document.defaults
        if defaults.credential is not None:
            return Signer(defaults.credential, defaults.origin or Origin("defaults"))
        return Signer(_DEFAULT, Origin("nothing said"))

    def credential(
        self, registration: Registration | None, context: Context, *, asynchronous: bool
    ) -> Any:
        """Return a client's credential of a colour, made where it is not there yet."""
        signer = self.of(registration)
        if signer.settings is None:
            return self._handed(signer, context, asynchronous=asynchronous)
        try:
            return self._credentials.get(signer.settings, self._site(), asynchronous=asynchronous)
        except ConfigurationError as error:
            raise error_of(refusal(signer, error)) from None

    def check(self, registration: Registration) -> None:
        """Raise :class:`Mistake` for settings that the credential's constructor refuses."""
        signer = self.of(registration)
        if signer.settings is None:
            return
        try:
            make_credential(signer.settings, self._site(), asynchronous=False)
        except ConfigurationError as error:
            raise refusal(signer, error) from None

    def take(self) -> list[Any]:
        """Return the credentials that were made here, and forget them."""
        made = [*self._credentials.take_all(), *self._from_factories.values()]
        self._from_factories.clear()
        return made

    def _site(self) -> Site:
        cloud = _CLOUDS.get(self._document.cloud)
        return Site(self.world, cloud.authority_host if cloud else None)

    def _handed(self, signer: Signer, context: Context, *, asynchronous: bool) -> Any:
        given = signer.aio if asynchronous and signer.aio is not None else signer.given
        if not hasattr(given, "get_token"):
            if not callable(given):
                return given
            key = id(given), asynchronous
            with self._lock:
                if key not in self._from_factories:
                    self._from_factories[key] = given(context)
                given = self._from_factories[key]
        is_async = inspect.iscoroutinefunction(getattr(given, "get_token", None))
        if hasattr(given, "get_token") and is_async != asynchronous:
            colours = ("an async", "a sync") if is_async else ("a sync", "an async")
            raise misuse(
                f"{type(given).__name__} is {colours[0]} credential, and the client is "
                f"{colours[1]} one.",
                "use_credential(credential, aio=async_credential), or a source's name, "
                "which does for both.",
            )
        return given


def refusal(signer: Signer, error: ConfigurationError) -> Mistake:
    """Return what a credential's constructor refuses, as a mistake where it is written."""
    names = [name for name, _ in (signer.settings.arguments if signer.settings else ())]
    key = next((name for name in names if name in error.message), "")
    message = f"the credential {signer.settings} is refused: {error.message}"
    return Mistake(signer.origin, message, key=key, hint=error.hint)


def _read(given: str | Mapping[str, Any] | list[Any], world: World) -> CredentialSettings:
    origin = Origin("the code")
    try:
        if isinstance(given, Mapping):
            return credential_settings(of_mapping(given, "the code"), world)
        leaf = Leaf(SOURCE_KEY, given, origin)
        section = Section("", "the credential", {normal(SOURCE_KEY): leaf}, origin)
        return credential_settings(section, world)
    except Mistake as mistake:
        raise error_of(mistake) from None
