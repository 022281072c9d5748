"""Ordered credentials: the first that has something to sign in with decides.

A link that is unavailable lets the chain go on; any other outcome ends it. A chain raises the
same kinds of error as its links, so chains nest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from entrada._cache.ages import Entry
from entrada._credentials.recipe import Recipe
from entrada._engine import log
from entrada._engine.effects import Flow
from entrada._engine.flight import Flights
from entrada._engine.world import World
from entrada.errors import (
    BY_KIND,
    Attempt,
    AuthenticationError,
    AuthenticationRequiredError,
    AuthorityUnreachableError,
    CredentialUnavailableError,
    Kind,
)
from entrada.types import Ask


class Link(NamedTuple):
    """A named recipe and the policy around its flow."""

    name: str
    recipe: Recipe
    policy: Callable[[Flow[Entry]], Flow[Entry]] = lambda flow: flow

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Get the link's token."""
        return self.policy(self.recipe.acquire(ask))


def lenient(flow: Flow[Entry]) -> Flow[Entry]:
    """Let the chain go on whatever goes wrong: a developer's tool never has the last word."""
    try:
        return (yield from flow)
    except CredentialUnavailableError:
        raise
    except AuthenticationError as error:
        raise CredentialUnavailableError(
            error.message, code=error.code, hint=error.hint, correlation_id=error.correlation_id
        ) from error


class Chain:
    """Walks the links. ``sticky``: after a success only the winner is asked.

    ``deadline`` is how many seconds a caller has for a token.
    """

    def __init__(
        self,
        owner: str,
        links: Sequence[Link],
        world: World,
        *,
        sticky: bool,
        deadline: float | None = None,
    ) -> None:
        self.links = tuple(links)
        self.last_attempts: tuple[Attempt, ...] = ()
        self._owner = owner
        self._world = world
        self._sticky = sticky
        self._deadline = deadline
        self._winner: Link | None = None
        self._walks: dict[Ask, list[Attempt]] = {}
        self._flights: Flights[Entry] = Flights()

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the last winner's fresh token, or ``None``."""
        winner = self._winner
        return winner.recipe.ready(scopes, tenant, cae) if winner is not None else None

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token of the first link that has one; concurrent callers share the walk.

        Raises AuthorityUnreachableError where the deadline is over before.
        """
        if self._deadline is None:
            return (yield from self._get(ask))
        from entrada._engine.watch import within

        try:
            return (yield from within(self._get(ask), self._deadline, self._world))
        except TimeoutError:
            raise self._late(ask, self._deadline) from None

    def _get(self, ask: Ask) -> Flow[Entry]:
        if self._sticky and self._winner is not None:
            return (yield from self._winner.acquire(ask))
        return (yield from self._flights.once(ask, lambda: self._walk(ask)))

    def _walk(self, ask: Ask) -> Flow[Entry]:
        attempts = self._walks[ask] = []
        try:
            return (yield from self._first(ask, attempts))
        except Exception:
            self._walks.pop(ask, None)
            raise

    def _first(self, ask: Ask, attempts: list[Attempt]) -> Flow[Entry]:
        for link in self.links:
            started = self._world.elapsed()
            try:
                entry = yield from link.acquire(ask)
            except Exception as error:
                attempts.append(self._failed(link, error, started))
                if not _lets_go_on(error):
                    raise self._error(attempts, ask, error) from error
            else:
                attempts.append(Attempt(link.name, "token", seconds=self._since(started)))
                self._won(link, attempts)
                self._walks.pop(ask, None)
                return entry
        raise self._error(attempts, ask, None)

    def _failed(self, link: Link, error: Exception, started: float) -> Attempt:
        cause = error.__cause__ if isinstance(error.__cause__, AuthenticationError) else error
        outcome = kind_of(cause)
        seconds = self._since(started)
        log.debug("%s: %s is %s after %.3f s", self._owner, link.name, outcome, seconds)
        return Attempt(
            link.name,
            outcome,
            str(getattr(error, "message", error)).removeprefix(f"{link.name}: "),
            seconds,
            getattr(error, "code", None),
            getattr(error, "hint", None),
        )

    def _won(self, link: Link, attempts: list[Attempt]) -> None:
        self._winner = link
        self.last_attempts = tuple(attempts)
        log.info("%s got its token from %s", self._owner, link.name)

    def _error(
        self, attempts: list[Attempt], ask: Ask, error: Exception | None
    ) -> AuthenticationError:
        from entrada._chain.report import report

        self.last_attempts = tuple(attempts)
        code, message, hint = report(self._owner, attempts, ask.scopes)
        kind: Kind = "unavailable" if error is None else kind_of(error)
        details: dict[str, Any] = {
            "code": code,
            "hint": hint,
            "attempts": attempts,
            "correlation_id": getattr(error, "correlation_id", None),
            "status_code": getattr(error, "status_code", None),
        }
        if kind == "needs_user":
            claims = getattr(error, "claims", None)
            return AuthenticationRequiredError(ask.scopes, message, claims, **details)
        return BY_KIND[kind](message, **details)

    def _late(self, ask: Ask, deadline: float) -> AuthenticationError:
        """Build the error for a walk that took too long; it says where it was by then."""
        walk = self._walks.pop(ask, None)
        attempts = list(walk or ())
        # The links are asked in order, so as many as have answered tell which one has not.
        waited_for = self._winner if walk is None else self.links[len(walk)]
        reason = f"there was no token when the deadline of {deadline:g} s was over"
        hint = "Raise deadline= (seconds), or name the one credential to use: see explain()."
        if waited_for is not None:
            attempts.append(
                Attempt(waited_for.name, "unreachable", reason, deadline, "deadline", hint)
            )
        self.last_attempts = tuple(attempts)
        return AuthorityUnreachableError(
            f"{self._owner}: {reason}.", code="deadline", hint=hint, attempts=attempts
        )

    def _since(self, started: float) -> float:
        return self._world.elapsed() - started


def kind_of(error: BaseException) -> Kind:
    """Say whose move it is after anybody's error."""
    if isinstance(error, AuthenticationError):
        return error.kind
    return "unavailable" if _lets_go_on(error) else "rejected"


def _lets_go_on(error: BaseException) -> bool:
    # azure-identity's class cannot be imported here; its name is part of its contract.
    return any(base.__name__ == "CredentialUnavailableError" for base in type(error).__mro__)
