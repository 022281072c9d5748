"""The conversation with a person in a browser: pages to sign in, and what their forms send.

Knows no protocol: authorize and the device page say what the conversation is for. A form's token
binds it to the browser, to the request that it belongs to, to its step and to its user.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entrada.local import people
from entrada.local.entra import markup
from entrada.local.entra.errors import describe

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.entra.permissions import Resource
    from entrada.local.entra.sessions import Session
    from entrada.local.user_tokens import SignIn

_SUGGESTIONS = 20
_CANCEL = markup.button("Cancel", "cancel", "1", "")
_MEANINGS: Mapping[str, str] = {
    "openid": "Sign you in",
    "profile": "View your basic profile",
    "email": "View your email address",
    "offline_access": "Maintain access to data you have given it access to",
}


class Cancelled(Exception):
    """The person does not want to sign in."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Who is asked for what: ``action`` takes its forms, ``binding`` names what it is about.

    ``tenant_id`` restricts who may sign in, ``since`` (epoch seconds) how old a sign-in may be.
    """

    cloud: Cloud = field(repr=False)
    session: Session
    action: str
    binding: str
    client_name: str
    tenant_id: str | None
    hint: str = ""
    since: float = 0

    def sign_ins(self) -> list[SignIn]:
        """Return who is signed in here and may be meant."""
        return [each for each in self.session.sign_ins if self.tenant_id in (None, each.tenant_id)]

    def token(self, step: str, account: str = "") -> str:
        """Return the token of the form for one step with one account."""
        return self.session.form_token(self.binding, step, account)

    def step(self, form: Mapping[str, str]) -> str | None:
        """Return which form of ours was sent, ``None`` where it is not ours or out of date."""
        step, account = form.get("step", ""), form.get("about", "")
        sent, expected = form.get("csrf", ""), self.token(step, account)
        return step if hmac.compare_digest(sent.encode(), expected.encode()) else None

    def form(self, step: str, body: str, account: str = "") -> str:
        """Return a form of ours."""
        hidden = {"step": step, "about": account, "csrf": self.token(step, account)}
        return markup.form(self.action, hidden, body)


def advance(dialogue: Dialogue, step: str, form: Mapping[str, str]) -> SignIn | Response:
    """Return who has signed in by a form, or the next page; raise :class:`Cancelled`."""
    if form.get("cancel"):
        raise Cancelled
    if step == "pick":
        return _pick(dialogue, form)
    if step == "password":
        return _password(dialogue, form)
    sign_in = dialogue.session.find(form.get("about", ""))
    if sign_in is None:
        return start_page(dialogue, describe(165000))
    if step != "mfa":
        return sign_in
    if not form.get("approve"):
        return mfa_page(dialogue, sign_in, describe(500121))
    return dialogue.session.add(sign_in.user, ("pwd", "mfa"))


def needs_mfa(sign_in: SignIn) -> bool:
    """Say whether a user has still to pass multi-factor authentication."""
    return bool(sign_in.user.get("mfaRequired")) and "mfa" not in sign_in.methods


def start_page(dialogue: Dialogue, error: str = "") -> Response:
    """Return the page to begin with: who is signed in already, or a sign-in."""
    return pick_page(dialogue, error) if dialogue.sign_ins() else sign_in_page(dialogue, error)


def sign_in_page(dialogue: Dialogue, error: str = "", name: str | None = None) -> Response:
    """Return the page for user name and password."""
    known = [
        str(user["userPrincipalName"]) for user in people.users(dialogue.cloud, dialogue.tenant_id)
    ]
    username = dialogue.hint if name is None else name
    fields = (
        markup.field(
            "username",
            "User name",
            error=error,
            value=username,
            list="known",
            autocomplete="username",
            autocapitalize="none",
            spellcheck="false",
        )
        + markup.choices("known", known[:_SUGGESTIONS])
        + markup.field(
            "password", "Password", kind="password", error=error, autocomplete="current-password"
        )
    )
    buttons = markup.button("Sign in") + _CANCEL
    intro = markup.paragraph(f"to continue to {dialogue.client_name}", "soft")
    body = intro + markup.alert(error) + dialogue.form("password", fields + buttons)
    return markup.page("Sign in", body)


def pick_page(dialogue: Dialogue, error: str = "") -> Response:
    """Return the page to choose among those who are signed in."""
    rows = "".join(
        markup.button(_label(each), "account", each.user["id"], "row")
        for each in dialogue.sign_ins()
    )
    other = markup.button("Use another account", "another", "1", "row")
    intro = markup.paragraph(f"to continue to {dialogue.client_name}", "soft")
    body = intro + markup.alert(error) + dialogue.form("pick", rows + other + _CANCEL)
    return markup.page("Pick an account", body)


def mfa_page(dialogue: Dialogue, sign_in: SignIn, error: str = "") -> Response:
    """Return the page that stands in for the user's phone."""
    text = "Here a phone would ask you. This local cloud asks on this page instead."
    buttons = markup.button("Approve", "approve", "1") + markup.button("Deny", "deny", "1", "")
    body = (
        markup.paragraph(_label(sign_in), "soft")
        + markup.alert(error)
        + markup.paragraph(text)
        + dialogue.form("mfa", buttons, sign_in.user["id"])
    )
    return markup.page("Approve the sign-in", body)


def consent_page(
    dialogue: Dialogue, sign_in: SignIn, wanted: Sequence[tuple[Resource, Sequence[str]]]
) -> Response:
    """Return the page that lists what an application asks."""
    body = (
        markup.paragraph(_label(sign_in), "soft")
        + markup.paragraph(f"{dialogue.client_name} would like to:")
        + permissions(wanted)
        + dialogue.form("consent", markup.button("Accept") + _CANCEL, sign_in.user["id"])
    )
    return markup.page("Permissions requested", body)


def permissions(wanted: Sequence[tuple[Resource, Sequence[str]]]) -> str:
    """Return the list of permissions that an application asks."""
    return markup.bullets(
        _MEANINGS.get(name, f"{resource.name}: {name}")
        for resource, names in wanted
        for name in names
    )


def _pick(dialogue: Dialogue, form: Mapping[str, str]) -> SignIn | Response:
    chosen = dialogue.session.find(form.get("account", ""))
    if chosen is None or chosen not in dialogue.sign_ins():
        return sign_in_page(dialogue, name="")
    if chosen.time < dialogue.since:
        return sign_in_page(dialogue, name=str(chosen.user["userPrincipalName"]))
    return chosen


def _password(dialogue: Dialogue, form: Mapping[str, str]) -> SignIn | Response:
    name = form.get("username", "")
    try:
        user = people.sign_in(dialogue.cloud, name, form.get("password", ""), dialogue.tenant_id)
    except people.SignInFailure as failure:
        return sign_in_page(dialogue, describe(failure.code, **failure.values), name)
    return dialogue.session.add(user, ("pwd",))


def _label(sign_in: SignIn) -> str:
    user = sign_in.user
    return f"{user['displayName']} ({user['userPrincipalName']})"
