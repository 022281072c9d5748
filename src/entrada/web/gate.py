"""The gate that every request passes: what is the sign-in's own, what was forged, whose it is.

All of it is flows from :class:`Incoming` to :class:`Outgoing`: the adapters only translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from entrada._engine import log
from entrada.errors import AuthenticationError
from entrada.web import pages, routes
from entrada.web.cookies import is_local, value_of
from entrada.web.errors import AccessDeniedError, SignInRequiredError, cross_site
from entrada.web.http import Incoming, Outgoing, csrf_of, json_answer, local_path, redirect
from entrada.web.sessions import PENDING

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada.web.session import Session
    from entrada.web.sign_in import SignIn

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_ROUNDS, _SOON = 3, 60.0
"""A page that demands this many sign-ins, each within seconds of the last, gets no more."""


class Entry(NamedTuple):
    """A request on its way in: answered already, or going on with this session."""

    answer: Outgoing | None
    session: Session | None


class Gate:
    """One site's gate."""

    def __init__(self, site: SignIn) -> None:
        self.site = site

    def reads(self, incoming: Incoming) -> bool:
        """Say whether the body of a request is for the gate itself: a form of the sign-in's own."""
        return incoming.method == "POST" and self._name(incoming) is not None

    def enter(self, incoming: Incoming) -> Flow[Entry]:
        """Answer what is the sign-in's own and what was forged; else find out whose request it is.

        A session that a request comes with is noted as in use.
        """
        name = self._name(incoming)
        if name is not None:
            return Entry((yield from routes.answer(self, name, incoming)), None)
        session = yield from self.session(incoming)
        if session is None:
            return Entry(None, None)
        if self.is_forged(incoming, session):
            return Entry(self.failed(incoming, cross_site(), 403), session)
        return Entry(None, (yield from self.site.sessions.touch(session)))

    def refuse(
        self,
        incoming: Incoming,
        error: AccessDeniedError | SignInRequiredError,
        session: Session | None,
    ) -> Flow[Outgoing]:
        """Answer what a guard or a credential has raised: send a person to sign in, or say no."""
        if not isinstance(error, SignInRequiredError):
            return self.failed(incoming, error, 403)
        rounds = 1
        if session is not None and self.site.world.now() - session.began_on < _SOON:
            rounds = session.rounds + 1
        if rounds > _ROUNDS:
            return self.failed(incoming, _again(error), 403)
        need = {
            "scopes": list(error.scopes),
            "claims": error.claims,
            "max_age": error.max_age,
            "rounds": rounds,
        }
        if not incoming.wants_page:
            sealed = self.site.seal.text(routes.NEED, need)
            login = f"{self.site.prefix}/login?{urlencode({routes.NEED: sealed})}"
            return json_answer(401, {"error": "sign_in_required", "login": login})
        return (yield from self.begin(incoming, self._back(incoming), need, session))

    def begin(
        self, incoming: Incoming, back: str, more: Mapping[str, Any], session: Session | None
    ) -> Flow[Outgoing]:
        """Send a browser to sign in, and keep what the sign-in is finished with."""
        cookies = self.site.cookies
        begun = self.site.begin(next_path=back, session=session, **more)
        yield from self.site.sessions.keep_pending(begun.state, begun.pending)
        crossing = self.site.response_mode == "form_post"
        kept = cookies.set(
            cookies.tab_of(begun.state),
            begun.secret,
            age=PENDING,
            same_site="None" if crossing else "Lax",
        )
        dropped = [cookies.clear(name) for name in cookies.too_many(incoming.cookie)]
        return redirect(begun.url).adding([*dropped, kept])

    def session(self, incoming: Incoming) -> Flow[Session | None]:
        """Return the session of a request's cookie."""
        secret = value_of(incoming.cookie, self.site.cookies.session)
        return (yield from self.site.sessions.find(secret))

    def is_forged(self, incoming: Incoming, session: Session) -> bool:
        """Say whether another site may have had a browser send this (CSRF).

        Browsers say themselves who asks; what says nothing has to bring the session's token.
        """
        if incoming.method in _SAFE:
            return False
        if {"origin", "sec-fetch-site"} & incoming.headers.keys():
            return self.is_foreign(incoming)
        return not session.has_csrf(csrf_of(incoming, incoming.form()))

    def is_foreign(self, incoming: Incoming) -> bool:
        """Say whether a browser names another site as the one that sends this."""
        site, origin = incoming.headers.get("sec-fetch-site"), incoming.headers.get("origin")
        return origin not in (None, self.site.origin) or site in ("cross-site", "same-site")

    def failed(
        self,
        incoming: Incoming,
        error: AuthenticationError,
        status: int,
        pending: Mapping[str, Any] | None = None,
    ) -> Outgoing:
        """Answer a failure: a page for a person, JSON for a script."""
        log.warning("sign-in: %s (correlation id %s)", error, error.correlation_id)
        if not incoming.wants_page and pending is None:
            return json_answer(status, {"error": error.code})
        popup = bool(pending and pending["popup"])
        again = ""
        if not isinstance(error, AccessDeniedError):
            back = quote(pending["next"] if pending else "/", safe="")
            again = f"{self.site.prefix}/login?next={back}{'&popup=1' if popup else ''}"
        return pages.failure(
            self.site.prefix,
            error,
            again=again,
            popup=popup,
            details=is_local(self.site.origin),
            status=503 if error.kind == "unreachable" else status,
        )

    def _name(self, incoming: Incoming) -> str | None:
        folder, _, name = incoming.path.rpartition("/")
        return name if folder == self.site.prefix and name in routes.NAMES else None

    def _back(self, incoming: Incoming) -> str:
        """Return where to go after a sign-in that was demanded: here, or where the form stood."""
        if incoming.method == "GET":
            return local_path(incoming.target)
        came = incoming.headers.get("referer", "")
        mine = came.startswith(f"{self.site.origin}/")
        return local_path(came.removeprefix(self.site.origin)) if mine else "/"


def _again(error: SignInRequiredError) -> AuthenticationError:
    return AccessDeniedError(
        f"Each sign-in is followed by the demand for another: {error.message}",
        code="demanded_again",
        hint="Look at what the app asks for, and at the policies of the tenant.",
    )
