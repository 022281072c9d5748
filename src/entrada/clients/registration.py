"""What is registered: a client's specification, of a document or of code, and how it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeAlias

from entrada._config.read import of_mapping
from entrada._config.tree import Leaf, Mistake, Origin, merge, nearest, normal
from entrada.clients.classes import class_name
from entrada.clients.errors import error_of, misuse
from entrada.clients.spec import Spec, dotted_kind

if TYPE_CHECKING:
    from entrada._engine.world import World
    from entrada.clients.registry import Clients
    from entrada.clients.signing_in import Signer

DEFAULT = "default"
"""The name of a client that is registered without one."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a factory is given: the registry, the client's name and kind, and the wanted colour."""

    clients: Clients
    name: str
    kind: str
    asynchronous: bool

    @property
    def credential(self) -> Any:
        """The credential of this client, of its colour."""
        return self.clients.credential_of(self)


Factory: TypeAlias = Callable[[Context], Any]


@dataclass(slots=True)
class Registration:
    """One client. ``kind`` is unknown until code asks for it by its class."""

    name: str
    kind: str | None
    spec: Spec
    credential: Signer | None = None
    factory: Factory | None = None
    ping: Callable[[Any], Any] | None = None
    making: bool = False
    """Whether it is being made, by whoever holds the lock."""
    lock: Any = field(default_factory=RLock, repr=False)

    @property
    def shown(self) -> str:
        """What it is called in errors."""
        return self.spec.path or self.name

    @contextmanager
    def being_made(self) -> Iterator[None]:
        """Mark it; raise ClientsConfigurationError where its own factory asks for it."""
        if self.making:
            raise misuse(f"the client {self.shown} needs itself to be made.")
        self.making = True
        try:
            yield
        finally:
            self.making = False

    @classmethod
    def of_code(
        cls,
        name: str,
        kind: type | str,
        keys: Mapping[str, Any],
        options: Mapping[str, Any],
        world: World,
    ) -> Registration:
        """Return what code registers; raise ClientsConfigurationError for what is no kind."""
        said = kind.__name__ if isinstance(kind, type) else repr(kind)
        source = f"clients.add({said})"
        origin = Origin(source)
        try:
            dotted = _dotted(kind, origin, world)
            leaves = {
                normal(key): Leaf(key, value, Origin(source, None, key))
                for key, value in keys.items()
            }
            section = of_mapping(options, source)
        except Mistake as mistake:
            raise error_of(mistake) from None
        return cls(name, dotted, Spec(name, dotted, origin, name, origin, leaves, section))

    def over(self, below: Registration) -> Registration:
        """Return this one, with what a document says of the same client below it."""
        spec, base = self.spec, below.spec
        laid = Spec(
            base.name,
            self.kind,
            base.origin,
            base.path,
            spec.kind_origin,
            {**base.keys, **spec.keys},
            merge(base.options, spec.options),
            base.credential,
            base.credential_origin,
        )
        return Registration(self.name, self.kind, laid, self.credential, self.factory, self.ping)


def register(registrations: list[Registration], made: Registration) -> None:
    """Add what code registers; raise ClientsConfigurationError where it is there already."""
    for index, each in enumerate(registrations):
        if normal(each.name) != normal(made.name) or each.kind not in (None, made.kind):
            continue
        if not each.spec.path or each.spec.path == each.name:
            raise misuse(
                f"{made.kind} is registered as {made.name!r} already.",
                "Give one of them another name: name=...",
            )
        registrations[index] = made.over(each)
        return
    registrations.append(made)


def find(registrations: Iterable[Registration], dotted: str, name: str | None) -> Registration:
    """Return the client of a class and name; raise ClientsConfigurationError.

    Without a name it is the only one of its class, or the one that was registered without. One
    whose class nobody said is of the class by which it is first asked for.
    """
    every = list(registrations)
    if name is not None:
        named = [each for each in every if normal(each.name) == normal(name)]
        for each in sorted(named, key=lambda found: found.kind is None):
            if each.kind in (None, dotted):
                each.kind = dotted
                return each
        raise _not_found(every, dotted, name, named)
    mine = [each for each in every if each.kind == dotted]
    unnamed = [each for each in mine if each.name == DEFAULT]
    if len(mine) == 1 or unnamed:
        return (unnamed or mine)[0]
    if mine:
        names = ", ".join(each.name for each in mine)
        raise misuse(
            f"{len(mine)} clients are {dotted}: {names}.", f"Name one: get(…, {mine[0].name!r})"
        )
    raise _not_found(every, dotted, None, [])


def counts(registrations: Iterable[Registration], one: Registration) -> bool:
    """Say whether a client is what its class without a name means."""
    mine = [each for each in registrations if each.kind == one.kind]
    return len(mine) == 1 or one.name == DEFAULT


def _not_found(
    every: Iterable[Registration], dotted: str, name: str | None, named: Iterable[Registration]
) -> Exception:
    other = next(iter(named), None)
    if other is not None:
        return misuse(f"the client {name} is a {other.kind}, not a {dotted}.")
    rows = [f"{each.name} ({each.kind or 'of no kind yet'})" for each in every]
    have = f" There are {', '.join(rows)}." if rows else " Nothing is registered."
    if name is None:
        short = dotted.rpartition(".")[2]
        return misuse(f"no client is a {dotted}.{have}", f"clients.add({short}, endpoint)")
    near = nearest(name, [each.name for each in every])
    guess = f" Did you mean {near!r}?" if near else ""
    return misuse(f"no client is named {name!r}.{guess}{have}")


def _dotted(kind: type | str, origin: Origin, world: World) -> str:
    if isinstance(kind, type):
        return class_name(kind).dotted
    return dotted_kind(Leaf("kind", kind, origin), world)
