"""The sign-in's own addresses: to begin, to come back to, to leave by, and what a page asks for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from entrada._engine import log
from entrada._wire.clouds import cloud_of
from entrada.errors import AuthenticationError
from entrada.web import pages
from entrada.web.cookies import value_of
from entrada.web.errors import cross_site, late
from entrada.web.exchange import logout_url
from entrada.web.http import Incoming, Outgoing, csrf_of, json_answer, local_path, redirect

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada.web.gate import Gate
    from entrada.web.session import Session

_PROMPTS = frozenset({"", "login", "select_account"})
NEED = "need"
"""The sealed argument of a sign-in's address that says what the app demands."""

_LONGEST_HINT = 256


def answer(gate: Gate, name: str, incoming: Incoming) -> Flow[Outgoing]:
    """Answer a request for one of ``NAMES``."""
    handler = _TABLE.get((incoming.method, name))
    if handler is None:
        allow = ", ".join(method for method, known in _TABLE if known == name)
        return Outgoing(405, (("allow", allow),))
    return (yield from handler(gate, incoming))


def _login(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    if incoming.headers.get("sec-fetch-mode", "navigate") != "navigate":
        # Another site's pictures could otherwise crowd out the sign-ins under way.
        return json_answer(400, {"error": "not_a_navigation"})
    sent = incoming.arguments()
    need = gate.site.seal.read(NEED, sent.get(NEED, ""))
    # A plain sign-in is for whoever comes, a demanded one for who is signed in already.
    session = (yield from gate.session(incoming)) if need else None
    prompt, hint = sent.get("prompt", ""), sent.get("login_hint", "")
    more: dict[str, Any] = {
        **(need or {}),
        "prompt": prompt if prompt in _PROMPTS else "",
        "login_hint": hint if len(hint) <= _LONGEST_HINT else "",
        "popup": sent.get("popup") == "1",
    }
    return (yield from gate.begin(incoming, local_path(sent.get("next")), more, session))


def _callback(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    fields = incoming.form() if incoming.method == "POST" else incoming.arguments()
    state = fields.get("state", "")
    cookies = gate.site.cookies
    before = yield from gate.session(incoming)
    tab = cookies.tab_of(state)
    secret = value_of(incoming.cookie, tab)
    pending = None
    if secret:
        pending = yield from gate.site.sessions.take_pending(state)
    if pending is None or not _matches(secret, pending["secret"]):
        if before is not None and incoming.method == "GET":
            return redirect("/")  # the back button of somebody who has signed in since
        return gate.failed(incoming, late(), 400)
    cleared = cookies.clear(tab)
    try:
        session = yield from gate.site.finish(fields, pending)
    except AuthenticationError as error:
        return gate.failed(incoming, error, 403, pending).adding([cleared])
    if before is not None:
        yield from gate.site.sign_out(before)
    log.info("%s signed in (session %s)", session.user.object_id, session.id)
    age = session.last_on - session.began_on
    kept = cookies.set(cookies.session, session.secret, age=age)
    after = f"{gate.site.prefix}/done" if pending["popup"] else pending["next"]
    return redirect(after).adding([cleared, kept])


def _leaving(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    session = yield from gate.session(incoming)
    if session is None:
        return redirect(gate.site.after_logout)
    name = session.user.name or session.user.username
    return pages.leaving(gate.site.prefix, session.csrf_token, name)


def _logout(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    # Before the session: another site's form comes without the cookie, yet its answer could
    # take the cookie away.
    if gate.is_foreign(incoming):
        return gate.failed(incoming, cross_site(), 403)
    session = yield from gate.session(incoming)
    form = incoming.form()
    location = gate.site.after_logout
    if session is not None:
        if not session.has_csrf(csrf_of(incoming, form)):
            return gate.failed(incoming, cross_site(), 403)
        everywhere = form.get("everywhere") == "1"
        yield from gate.site.sign_out(session, everywhere=everywhere)
        log.info("%s signed out (session %s)", session.user.object_id, session.id)
        if everywhere:
            location = logout_url(gate.site, session)
    answer = redirect(location) if incoming.wants_page else json_answer(200, {"location": location})
    cookies = gate.site.cookies
    return answer.adding([cookies.clear(cookies.session)])


def _frontchannel(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    """End the sessions that the authority names: no cookie comes along, only ``sid``.

    Entra sends no ``iss``; where there is one it has to be the authority's.
    """
    sent = incoming.arguments()
    if _is_same_authority(sent.get("iss"), gate.site.authority):
        yield from gate.site.sessions.end_sid(sent.get("sid", ""))
    authority = urlsplit(gate.site.authority)
    ancestors = f"frame-ancestors {authority.scheme}://{authority.netloc}"
    headers = (("cache-control", "no-store"), ("content-security-policy", ancestors))
    return Outgoing(200, (("content-type", "text/plain"), *headers), b"")


def _me(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    return _shown(gate, (yield from gate.session(incoming)))


def _stay(gate: Gate, incoming: Incoming) -> Flow[Outgoing]:
    session = yield from gate.session(incoming)
    if session is None:
        return _shown(gate, None)
    if gate.is_foreign(incoming) or not session.has_csrf(csrf_of(incoming, {})):
        return json_answer(403, {"error": "cross_site"})
    return _shown(gate, (yield from gate.site.sessions.touch(session, at_once=True)))


def _shown(gate: Gate, session: Session | None) -> Outgoing:
    if session is None:
        return json_answer(200, {"signedIn": False})
    now, user = gate.site.world.now(), session.user
    return json_answer(
        200,
        {
            "signedIn": True,
            "name": user.name,
            "username": user.username,
            "tenantId": user.tenant_id,
            "objectId": user.object_id,
            "roles": user.roles,
            "csrf": session.csrf_token,
            "endsIn": int(session.ends_on - now),
            "lastsFor": int(session.last_on - now),
        },
    )


def _done(gate: Gate, _: Incoming) -> Flow[Outgoing]:
    yield from ()
    return pages.done(gate.site.prefix)


def _static(_: Gate, incoming: Incoming) -> Flow[Outgoing]:
    yield from ()
    return pages.static(incoming.path.rpartition("/")[2], incoming)


def _matches(secret: str, digest: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(secret.encode()).hexdigest(), digest)


def _is_same_authority(issuer: str | None, authority: str) -> bool:
    if issuer is None:
        return True
    theirs, ours = urlsplit(issuer).netloc, urlsplit(authority).netloc
    cloud = cloud_of(ours)
    return theirs == ours or (cloud is not None and cloud_of(theirs) is cloud)


_TABLE: Mapping[tuple[str, str], Callable[[Gate, Incoming], Flow[Outgoing]]] = {
    ("GET", "login"): _login,
    ("GET", "callback"): _callback,
    ("POST", "callback"): _callback,
    ("GET", "logout"): _leaving,
    ("POST", "logout"): _logout,
    ("GET", "frontchannel-logout"): _frontchannel,
    ("GET", "me"): _me,
    ("POST", "me"): _stay,
    ("GET", "done"): _done,
    ("GET", "entrada.js"): _static,
    ("GET", "entrada.css"): _static,
}
NAMES = frozenset(name for _, name in _TABLE)
"""The last segments of the sign-in's addresses."""
