"""Who is signed in, for the code that answers a request: any framework, threads or asyncio.

A guard is called, or handed to FastAPI's ``Depends``; what it raises the middleware answers.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from entrada.web.errors import AccessDeniedError, SignInRequiredError
from entrada.web.session import Session


class Visit(NamedTuple):
    """A request under way: its session, if any, and the time (epoch seconds)."""

    session: Session | None
    now: float


_visit: ContextVar[Visit] = ContextVar("entrada_visit")


def enter(visit: Visit) -> None:
    """Say whose request is answered in this context."""
    _visit.set(visit)


def current_session() -> Session | None:
    """Return the session of the request being answered, ``None`` where nobody is signed in."""
    return _here().session


@dataclass(frozen=True, slots=True)
class Guard:
    """What a person has to bring; calling it returns their session.

    Raises SignInRequiredError where signing in (again) would help, else AccessDeniedError.
    """

    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    max_age: float | None = None
    context: str = ""

    def __call__(self) -> Session:
        """Return the session of the request being answered."""
        session, now = _here()
        if session is None:
            raise SignInRequiredError(self.scopes, max_age=self.max_age)
        if self.roles and not set(self.roles) & set(session.user.roles):
            raise AccessDeniedError(
                f"The person has none of the roles {', '.join(self.roles)}.",
                code="role_required",
                hint="Assign the role to them: Enterprise applications, Users and groups.",
            )
        missing = tuple(each for each in self.scopes if each not in session.scopes)
        if missing:
            raise SignInRequiredError(missing, "Nobody has consented to this yet.")
        if self.max_age is not None and now - _signed_in_on(session) > self.max_age:
            raise SignInRequiredError((), "The sign-in is too old for this.", max_age=self.max_age)
        if self.context and self.context not in _contexts(session):
            wanted = {"id_token": {"acrs": {"essential": True, "value": self.context}}}
            raise SignInRequiredError((), "This needs a stronger sign-in.", json.dumps(wanted))
        return session


require_user = Guard()
"""Anybody who is signed in."""


def require_role(*roles: str) -> Guard:
    """Ask for one of the app's roles (claim ``roles``)."""
    return Guard(roles=roles)


def require_scope(*scopes: str) -> Guard:
    """Ask for consent to all of these scopes: who has not consented yet is asked now."""
    return Guard(scopes=scopes)


def require_recent(seconds: float) -> Guard:
    """Ask for a password (or what stands for it) that was given at most so many seconds ago."""
    return Guard(max_age=seconds)


def require_context(context: str) -> Guard:
    """Ask for an authentication context of Conditional Access, such as ``c1``."""
    return Guard(context=context)


def _here() -> Visit:
    try:
        return _visit.get()
    except LookupError:
        raise RuntimeError(
            "No request is being answered here: add entrada.web's middleware to the app."
        ) from None


def _signed_in_on(session: Session) -> float:
    """Return when the person proved who they are; where nobody says, when the session began."""
    moment = session.user.claims.get("auth_time")
    return float(moment) if isinstance(moment, int | float) else session.began_on


def _contexts(session: Session) -> list[str]:
    found = session.user.claims.get("acrs")
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]
