"""The registry: which clients there are, and the one instance of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from entrada._config.read import of_mapping
from entrada._config.tree import Mistake, merge
from entrada._engine.world import World
from entrada.clients.building import Surroundings, build
from entrada.clients.classes import class_name
from entrada.clients.describing import Row, describe
from entrada.clients.errors import error_of
from entrada.clients.instances import Instances
from entrada.clients.loading import ENVIRONMENT_PREFIX, ConfigSource, Document, load, no_document
from entrada.clients.registration import DEFAULT, Context, Factory, Registration, find, register
from entrada.clients.signing_in import Signers

if TYPE_CHECKING:
    from entrada.clients.health import Health

T = TypeVar("T")


class Clients:
    """Azure clients by class and name: each made when it is first asked for, once, and closed.

    Threads may share it. Clients of both colours, ``azure.….X`` and ``azure.….aio.X``, come of one
    registration. Use it as a context manager, or call :meth:`close` (:meth:`aclose`).
    """

    def __init__(self, document: Document | None = None, *, world: World | None = None) -> None:
        self._world = world or World.real()
        self._document = document or no_document()
        self._registrations: list[Registration] = []
        self._options = self._document.defaults.options
        self._signers = Signers(self._document, self._world)
        self._instances = Instances()
        self._overrides: dict[tuple[type, str | None], Any] = {}
        self._lock = RLock()
        for spec in self._document.specs:
            self._registrations.append(Registration(spec.name, spec.kind, spec))

    @classmethod
    def from_config(
        cls,
        *sources: ConfigSource,
        profile: str | None = None,
        section: str | None = None,
        environment: str | None = ENVIRONMENT_PREFIX,
        check: bool = True,
        world: World | None = None,
    ) -> Self:
        """Read TOML or JSON files and mappings, later ones over earlier ones.

        Variables ``ENTRADA_CLIENTS__…`` (or of another ``environment`` prefix; ``None``: of none)
        lie over all. ``profile`` is one of the document's own, ``section`` where in it the
        configuration stands (``"tool.entrada"``). ``check=False`` puts off what needs the
        classes to be imported until they are used. Raises ClientsConfigurationError.
        """
        around = world or World.real()
        document = load(sources, around, profile=profile, section=section, environment=environment)
        made = cls(document, world=around)
        found = sorted(
            (*document.mistakes, *(made._mistakes() if check else ())),
            key=lambda mistake: (mistake.origin.source, mistake.origin.line or 0),
        )
        if found:
            raise error_of(*found)
        return made

    def add(
        self,
        kind: type | str,
        endpoint: str | None = None,
        *,
        name: str = DEFAULT,
        credential: Any = None,
        options: Mapping[str, Any] | None = None,
        ping: Callable[[Any], Any] | None = None,
        **keys: Any,
    ) -> Self:
        """Register a client; its keys lie over those that the configuration has for its name.

        ``kind`` is a class, its dotted name or a short one. ``credential`` is one, or a source's
        name, settings, or a factory; ``ping(client)`` is its health check. Other ``keys`` are
        parameters of its constructor. Raises ClientsConfigurationError where it is there already.
        """
        given = keys if endpoint is None else {"endpoint": endpoint, **keys}
        made = Registration.of_code(name, kind, given, options or {}, self._world)
        made.credential, made.ping = self._signers.signer(credential), ping
        return self._register(made)

    def add_factory(
        self,
        kind: type | str,
        factory: Factory,
        *,
        name: str = DEFAULT,
        ping: Callable[[Any], Any] | None = None,
    ) -> Self:
        """Register a function that makes a client; its context has the credential."""
        made = Registration.of_code(name, kind, {}, {}, self._world)
        made.factory, made.ping = factory, ping
        return self._register(made)

    def use_credential(self, credential: Any, *, aio: Any = None) -> Self:
        """Sign in with this wherever a client has no credential of its own; the last call counts.

        A credential, a factory of one (its context says which colour), a source's name such as
        ``"managed_identity"``, or settings; ``aio`` is the credential of async clients where
        ``credential`` is an object of the other colour.
        """
        with self._lock:
            self._signers.use(credential, aio)
        return self

    def configure_defaults(self, **options: Any) -> Self:
        """Set client options for all clients that take them, over those of the configuration."""
        over = of_mapping(options, "clients.configure_defaults")
        with self._lock:
            self._options = merge(self._options, over)
        return self

    def get(self, kind: type[T], name: str | None = None) -> T:
        """Return the client of a class, made if it was not asked for before.

        Without a name it is the only one of its class, or the one that was given none. Raises
        ClientsConfigurationError where there is none, or its settings cannot be right.
        """
        if self._overrides:
            for key in ((kind, name), (kind, None)):
                if key in self._overrides:
                    return cast("T", self._overrides[key])
        cls: type = kind
        dotted, asynchronous = class_name(cls)
        found = self._instances.made.get((dotted, name, asynchronous))
        return cast("T", found if found is not None else self._make(cls, name))

    def has_made(self, kind: type, name: str | None = None) -> bool:
        """Say whether ``get`` only has to look the client up."""
        dotted, asynchronous = class_name(kind)
        made = (dotted, name, asynchronous) in self._instances.made
        return made or (kind, name) in self._overrides or (kind, None) in self._overrides

    def credential(
        self, kind: type | None = None, name: str | None = None, *, asynchronous: bool = False
    ) -> Any:
        """Return the credential of a class's client, or of all that have none of their own.

        Its colour is the class's; without a class it is the one that ``asynchronous`` says.
        """
        if kind is None:
            context = Context(self, name or DEFAULT, "", asynchronous)
            return self._signers.credential(None, context, asynchronous=asynchronous)
        dotted, asynchronous = class_name(kind)
        with self._lock:
            registration = find(self._registrations, dotted, name)
        return self.credential_of(Context(self, registration.name, dotted, asynchronous))

    def credential_of(self, context: Context) -> Any:
        """Return the credential of the client that a factory is asked for."""
        with self._lock:
            registration = find(self._registrations, context.kind, context.name)
        return self._signers.credential(registration, context, asynchronous=context.asynchronous)

    @contextmanager
    def override(self, kind: type[T], fake: T, name: str | None = None) -> Iterator[T]:
        """Give out a fake in place of a class's client (of all its clients, without a name)."""
        missing = object()
        before = self._overrides.get((kind, name), missing)
        self._overrides[kind, name] = fake
        try:
            yield fake
        finally:
            if before is missing:
                del self._overrides[kind, name]
            else:
                self._overrides[kind, name] = before

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """What is registered."""
        return tuple(self._registrations)

    @property
    def world(self) -> World:
        """The surroundings in which the clients are made."""
        return self._world

    def describe(self) -> list[Row]:
        """Return what is registered and where each setting comes from, without secrets."""
        return [describe(each, self._signers) for each in self._registrations]

    def validate(self) -> None:
        """Import every registered class and check all settings, making no client.

        Raises ClientsConfigurationError with every mistake there is.
        """
        found = self._mistakes()
        if found:
            raise error_of(*found)

    def check(self) -> list[Health]:
        """Return the health of every sync client: its ping, or else a token for its service."""
        from entrada.clients.health import check

        return [check(self, each) for each in self._registrations if each.kind is not None]

    async def acheck(self) -> list[Health]:
        """Return the health of every client by its async class."""
        from entrada.clients.health import acheck

        known = [each for each in self._registrations if each.kind is not None]
        return [await acheck(self, each) for each in known]

    def close(self) -> None:
        """Close all clients, the last made first, then the credentials made for them.

        Async clients need :meth:`aclose`: where there are any this raises ``RuntimeError`` and
        closes nothing. Closed clients are forgotten; the next ``get`` makes new ones.
        """
        from entrada.clients.closing import check_sync, close

        check_sync(self._instances.order)
        close(self._take())

    async def aclose(self) -> None:
        """Close all clients of both colours, the last made first, then the credentials."""
        from entrada.clients.closing import aclose

        await aclose(self._take())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _mistakes(self) -> list[Mistake]:
        from entrada.clients.checking import mistakes

        return list(mistakes(self._registrations, self._around(), self._signers))

    def _register(self, made: Registration) -> Self:
        with self._lock:
            register(self._registrations, made)
            self._instances.forget_unnamed()
        return self

    def _make(self, cls: type, name: str | None) -> Any:
        dotted, asynchronous = class_name(cls)
        with self._lock:
            registration = find(self._registrations, dotted, name)
        context = Context(self, registration.name, dotted, asynchronous)

        def made() -> Any:
            if registration.factory is not None:
                return registration.factory(context)
            return build(registration, cls, self._around(), lambda: context.credential)

        return self._instances.get((dotted, name, asynchronous), registration, made)

    def _around(self) -> Surroundings:
        return Surroundings(self._signers.world, self._options, self._signers.local)

    def _take(self) -> list[Any]:
        """Forget all that was made, and return it in the order in which it is to be closed."""
        with self._lock:
            return [*self._instances.take(), *reversed(self._signers.take())]
