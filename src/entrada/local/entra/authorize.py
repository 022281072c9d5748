"""The authorization endpoint (OpenID Connect Core, section 3.1.2; RFC 6749, section 4.1).

An error goes to the application only when its redirect URI is proved to be its own; any other is
shown on a page. What the request says is in the query of every form's URL, so nothing is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode

from entrada._engine.effects import Request
from entrada.local import people
from entrada.local.entra import consent, dialogue, markup
from entrada.local.entra.answers import client_info
from entrada.local.entra.authorize_checks import (
    PARAMETERS,
    Destination,
    check,
    find_destination,
    oldest_sign_in,
)
from entrada.local.entra.codes import make as make_code
from entrada.local.entra.dialogue import Dialogue
from entrada.local.entra.errors import describe
from entrada.local.entra.permissions import Asked
from entrada.local.entra.request import TokenRequest
from entrada.local.entra.sessions import Session
from entrada.local.http import Inbound, Refusal, empty_reply
from entrada.local.user_tokens import SignIn, id_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Authorization:
    """One authorization request that is in order, and the conversation about it."""

    request: TokenRequest
    place: Destination
    asked: Asked
    talk: Dialogue

    def form(self, name: str) -> str:
        """Return a parameter of the request, ``""`` for none."""
        return self.request.form.get(name, "")


def authorize_v2(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer the version 2.0 authorization endpoint: a page, or a redirect to the application."""
    return _authorize(cloud, inbound, 2)


def authorize_v1(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer the version 1.0 authorization endpoint."""
    return _authorize(cloud, inbound, 1)


def _authorize(cloud: Cloud, inbound: Inbound, version: Literal[1, 2]) -> Response:
    session = Session.of(cloud, inbound)
    sent = {name.lower(): value for name, value in inbound.form().items()}
    # A form of ours has its token and the request in the query; any other post is the request.
    ours = inbound.method == "POST" and "csrf" in sent
    parameters = inbound.query if ours or inbound.method == "GET" else {**inbound.query, **sent}
    try:
        request = _read(cloud, inbound, version, parameters)
        place = find_destination(request)
    except Refusal as refusal:
        return error_page(refusal)
    try:
        asked = check(request, place)
        authorization = Authorization(request, place, asked, _talk(request, place, session))
        answer = _continue(authorization, sent) if ours else _begin(authorization)
    except Refusal as refusal:
        answer = _deliver(request, place, _error(refusal))
    except dialogue.Cancelled:
        cancelled = {"error": "access_denied", "error_subcode": "cancel"}
        answer = _deliver(request, place, cancelled)
    return session.kept_by(answer)


def complete(cloud: Cloud, url: str, user: str) -> Response:
    """Answer an authorization request as if a user had signed in and agreed to everything.

    For tests without a browser. Raises ``LookupError`` for no such user, and :class:`Refusal`.
    """
    person = people.find_user(cloud, user)
    if person is None:
        raise LookupError(f"there is no user {user}")
    inbound = Inbound.of(Request("GET", url))
    inbound = replace(inbound, params={"tenant": inbound.path.split("/")[1]})
    version: Literal[1, 2] = 2 if "/v2.0/" in inbound.path else 1
    request = _read(cloud, inbound, version, inbound.query)
    place = find_destination(request)
    asked = check(request, place)
    session = Session.of(cloud, inbound)
    sign_in = session.add(person, ("pwd", "mfa") if person.get("mfaRequired") else ("pwd",))
    consent.grant(cloud, place.client.app_id, person["id"], asked)
    return _finish(Authorization(request, place, asked, _talk(request, place, session)), sign_in)


def _read(
    cloud: Cloud, inbound: Inbound, version: Literal[1, 2], parameters: Mapping[str, str]
) -> TokenRequest:
    request = TokenRequest.read(cloud, inbound, version)
    return replace(request, form={name: parameters.get(name, "") for name in PARAMETERS})


def error_page(refusal: Refusal) -> Response:
    """Return the page for an error that no application may be told."""
    body = json.loads(refusal.response.body)
    text = markup.paragraph("Sorry, but we're having trouble signing you in.")
    shown = text + markup.alert(str(body["error_description"]))
    return markup.page("Sign in", shown, refusal.response.status)


def _talk(request: TokenRequest, place: Destination, session: Session) -> Dialogue:
    sent = {name: value for name, value in request.form.items() if value}
    path = quote(request.inbound.path, safe="/")
    return Dialogue(
        request.cloud,
        session,
        f"{path}?{urlencode(sent)}",
        json.dumps([path, sent], sort_keys=True),
        place.client.name,
        request.tenant["id"] if request.tenant else None,
        request.form["login_hint"],
        oldest_sign_in(request),
    )


def _begin(this: Authorization) -> Response:
    """Answer silently where a session allows it, else with the first page."""
    prompt, talk = this.form("prompt"), this.talk
    if prompt == "none":
        return _silent(this)
    if prompt == "login":
        return dialogue.sign_in_page(talk)
    if prompt == "select_account":
        return dialogue.start_page(talk)
    found = _meant(this)
    if len(found) > 1:
        return dialogue.pick_page(talk)
    return _proceed(this, found[0]) if found else dialogue.sign_in_page(talk)


def _silent(this: Authorization) -> Response:
    found = _meant(this)
    request = this.request
    if not found:
        raise request.refuse(50058)
    if len(found) > 1:
        raise request.refuse(16000)
    sign_in = found[0]
    if dialogue.needs_mfa(sign_in):
        resource = this.asked.text
        raise request.refuse(50076, error="interaction_required", resource=resource)
    client = this.place.client
    if consent.missing(request.cloud, client, sign_in.user["id"], this.asked):
        raise request.refuse(
            65001, error="consent_required", client=client.app_id, name=client.name
        )
    return _finish(this, sign_in)


def _meant(this: Authorization) -> list[SignIn]:
    """Return the sign-ins that a request may mean: of the hinted user, and young enough."""
    hint = this.form("login_hint").strip().lower()
    return [
        each
        for each in this.talk.sign_ins()
        if each.time >= this.talk.since
        and (not hint or hint in (each.user["userPrincipalName"].lower(), each.user["id"]))
    ]


def _continue(this: Authorization, form: Mapping[str, str]) -> Response:
    step = this.talk.step(form)
    if step is None:
        return dialogue.start_page(this.talk, describe(165000))
    if step == "consent" and form.get("cancel"):
        raise this.request.refuse(65004)
    outcome = dialogue.advance(this.talk, step, form)
    if not isinstance(outcome, SignIn):
        return outcome
    if step == "consent":
        app_id, user_id = this.place.client.app_id, outcome.user["id"]
        consent.grant(this.request.cloud, app_id, user_id, this.asked)
        return _finish(this, outcome)
    return _proceed(this, outcome)


def _proceed(this: Authorization, sign_in: SignIn) -> Response:
    """Go on with a user who has signed in: multi-factor authentication, consent, the answer."""
    if dialogue.needs_mfa(sign_in):
        return dialogue.mfa_page(this.talk, sign_in)
    cloud, client = this.request.cloud, this.place.client
    if this.form("prompt") == "consent":
        wanted = consent.wanted(cloud, this.asked)
        return dialogue.consent_page(this.talk, sign_in, wanted)
    missing = consent.missing(cloud, client, sign_in.user["id"], this.asked)
    if missing:
        return dialogue.consent_page(this.talk, sign_in, missing)
    return _finish(this, sign_in)


def _finish(this: Authorization, sign_in: SignIn) -> Response:
    request, place = this.request, this.place
    values: dict[str, str] = {}
    if "code" in place.types:
        values["code"] = make_code(
            request,
            place.client,
            sign_in,
            scope=this.asked.text,
            redirect_uri=place.sent_uri,
            platform=place.platform,
        )
    if "id_token" in place.types:
        values["id_token"] = id_token(
            request.cloud,
            sign_in,
            client_id=place.client.app_id,
            scopes=this.asked.reserved,
            version=request.version,
            nonce=this.form("nonce"),
            code=values.get("code", ""),
        )
    if this.form("client_info") == "1":
        values["client_info"] = client_info(sign_in)
    values["session_state"] = sign_in.session_id
    return _deliver(request, place, values)


def _error(refusal: Refusal) -> dict[str, str]:
    body = json.loads(refusal.response.body)
    kept = ("error", "error_description", "error_uri", "suberror")
    return {name: str(body[name]) for name in kept if name in body}


def _deliver(request: TokenRequest, place: Destination, values: Mapping[str, str]) -> Response:
    """Hand values to the application in the way that it asked for."""
    state = request.form["state"]
    sent = {**values, "state": state} if state else dict(values)
    if place.mode == "form_post":
        return markup.submitting_page(place.redirect_uri, sent)
    mark = "#" if place.mode == "fragment" else "&" if "?" in place.redirect_uri else "?"
    location = f"{place.redirect_uri}{mark}{urlencode(sent)}"
    return empty_reply(
        302, location=location, cache_control="no-store, no-cache", referrer_policy="strict-origin"
    )
