"""The page where a person enters a device's code, signs in, and lets the device in or not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from entrada.local.entra import consent, device, dialogue, markup
from entrada.local.entra.dialogue import Cancelled, Dialogue
from entrada.local.entra.errors import describe
from entrada.local.entra.permissions import parse_scope
from entrada.local.entra.registrations import FIRST_PARTY
from entrada.local.entra.sessions import Session
from entrada.local.user_tokens import SignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.entra.permissions import Asked
    from entrada.local.http import Inbound
    from entrada.local.state import Document

_CODE = "user_code"
_ENTRY = "code"


def show(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer with the page that asks for the code; a link may bring it along (``otc``)."""
    session = Session.of(cloud, inbound)
    return session.kept_by(_code_page(cloud, session, code=inbound.query.get("otc", "")))


def submit(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a form of the page: the code, a step of signing in, or the decision."""
    session, form = Session.of(cloud, inbound), inbound.form()
    return session.kept_by(_submit(cloud, inbound, session, form))


def _submit(cloud: Cloud, inbound: Inbound, session: Session, form: Mapping[str, str]) -> Response:
    entering = _CODE not in inbound.query
    if entering and _entry(cloud, session).step(form) != _ENTRY:
        return _code_page(cloud, session, describe(165000))
    found = device.find(cloud, form.get(_CODE, "") if entering else inbound.query[_CODE])
    if found is None:
        return _code_page(cloud, session, describe(70018))
    key, body = found
    talk = _talk(cloud, session, key, body)
    if entering:
        return dialogue.start_page(talk)
    try:
        return _continue(talk, key, body, form)
    except Cancelled:
        device.decline(cloud, key)
        return _done(f"You did not sign in to {talk.client_name}.")


def _continue(talk: Dialogue, key: str, body: Document, form: Mapping[str, str]) -> Response:
    step = talk.step(form)
    if step is None:
        return dialogue.start_page(talk, describe(165000))
    outcome = dialogue.advance(talk, step, form)
    if not isinstance(outcome, SignIn):
        return outcome
    return _proceed(talk, key, body, outcome, decided=step == "confirm")


def _proceed(
    talk: Dialogue, key: str, body: Document, sign_in: SignIn, *, decided: bool
) -> Response:
    if dialogue.needs_mfa(sign_in):
        return dialogue.mfa_page(talk, sign_in)
    asked = parse_scope(body["scope"])
    if not decided or asked is None:
        return _confirm_page(talk, sign_in, asked, body)
    consent.grant(talk.cloud, body["client"], sign_in.user["id"], asked)
    device.approve(talk.cloud, key, sign_in)
    return _done(f"You have signed in to {talk.client_name} on your device.")


def _confirm_page(talk: Dialogue, sign_in: SignIn, asked: Asked | None, body: Document) -> Response:
    wanted = consent.wanted(talk.cloud, asked) if asked else []
    first_party = body["client"] in FIRST_PARTY
    question = f"Are you trying to sign in to {talk.client_name}?"
    shown = (
        markup.paragraph(str(sign_in.user["userPrincipalName"]), "soft")
        + markup.paragraph("Only continue if you started this on a device of yours.")
        + ("" if first_party else dialogue.permissions(wanted))
        + talk.form(
            "confirm",
            markup.button("Continue") + markup.button("Cancel", "cancel", "1", ""),
            sign_in.user["id"],
        )
    )
    return markup.page(question, shown)


def _code_page(cloud: Cloud, session: Session, error: str = "", code: str = "") -> Response:
    entry = _entry(cloud, session)
    field = markup.field(
        _CODE,
        "Code",
        error=error,
        value=code,
        autocomplete="off",
        autocapitalize="characters",
        spellcheck="false",
        maxlength="20",
    )
    intro = markup.paragraph("Enter the code that your app or device shows.", "soft")
    body = markup.alert(error) + entry.form(_ENTRY, field + markup.button("Next"))
    return markup.page("Enter code", intro + body)


def _done(text: str) -> Response:
    return markup.page(text, markup.paragraph("You may now close this window."))


def _entry(cloud: Cloud, session: Session) -> Dialogue:
    return Dialogue(cloud, session, device.PAGE, "device", "", None)


def _talk(cloud: Cloud, session: Session, key: str, body: Document) -> Dialogue:
    action = f"{device.PAGE}?{urlencode({_CODE: body['userCode']})}"
    application = cloud.state.get("application", body["client"]) or {}
    name = FIRST_PARTY.get(body["client"]) or str(application.get("displayName", ""))
    return Dialogue(cloud, session, action, f"device:{key}", name, body["tenant"])
