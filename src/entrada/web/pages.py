"""The few pages that sign-in shows itself: HTML without a script or a style of its own."""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

from entrada._wire.aadsts import diagnose
from entrada.errors import AuthenticationError
from entrada.web.http import PRIVATE, Incoming, Outgoing

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_STATIC = Path(__file__).parent / "static"
_KINDS = {"entrada.js": "text/javascript; charset=utf-8", "entrada.css": "text/css; charset=utf-8"}


class Text(NamedTuple):
    """What a page says: a heading and a sentence or two."""

    title: str
    text: str


_LATE = Text(
    "This sign-in cannot be finished",
    "It was finished already, took too long, or began in another browser.",
)
_SET_UP = Text(
    "You are not signed in",
    "The sign-in of this site is not set up as it should be. Tell whoever runs it.",
)
_TEXTS = {
    "state_mismatch": _LATE,
    "AADSTS50011": _SET_UP,
    "AADSTS700016": _SET_UP,
    "AADSTS700027": _SET_UP,
    "AADSTS7000215": _SET_UP,
    "AADSTS7000222": _SET_UP,
    "access_denied": Text("You are not signed in", "You cancelled the sign-in."),
    "AADSTS65004": Text(
        "You are not signed in", "You did not agree to what this site asks to do for you."
    ),
    "AADSTS50105": Text(
        "You have no access",
        "Your account is not assigned to this site. Ask its administrator for access.",
    ),
    "AADSTS53003": Text(
        "You have no access",
        "A policy of your organisation does not allow this sign-in, from here or on this device.",
    ),
    "AADSTS65001": Text(
        "You are not signed in", "Somebody has to agree to what this site asks to do for you."
    ),
    "tenant_not_allowed": Text(
        "You have no access", "People of your organisation cannot sign in here."
    ),
    "guest": Text("You have no access", "Guests of an organisation cannot sign in here."),
    "role_required": Text("You have no access", "Your account does not have the role for this."),
    "demanded_again": Text(
        "You are signed in, but that is not enough",
        "This page asks for a sign-in again and again. Tell whoever runs this site.",
    ),
    "cross_site": Text(
        "This was not sent from here",
        "Another site may have tried to do something in your name. Nothing was done.",
    ),
}
_BY_KIND = {
    "misconfigured": _SET_UP,
    "unreachable": Text(
        "You are not signed in", "Microsoft Entra does not answer. Try again in a minute."
    ),
    "needs_user": Text("You are not signed in", "Microsoft Entra wants you to sign in once more."),
}
_ELSE = Text("You are not signed in", "Microsoft Entra, or its answer, was refused.")


def page(
    prefix: str, text: Text, body: str = "", *, status: int = 200, role: str = "page"
) -> Outgoing:
    """Return a page; ``body`` is HTML whose texts are escaped already."""
    html = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f'<title>{escape(text.title)}</title><link rel="stylesheet" href="{prefix}/entrada.css">'
        f'<script src="{prefix}/entrada.js" data-entrada-page="{role}" defer></script></head>'
        f'<body class="entrada-page"><main><h1>{escape(text.title)}</h1>'
        f"<p>{escape(text.text)}</p>{body}</main></body></html>\n"
    )
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", _POLICY),
        ("x-frame-options", "DENY"),
        *PRIVATE,
    )
    return Outgoing(status, headers, html.encode())


def failure(
    prefix: str, error: AuthenticationError, *, again: str, popup: bool, details: bool, status: int
) -> Outgoing:
    """Return the page for a sign-in that failed; none of it is what a stranger wrote.

    ``again`` is where to try once more, ``""`` for nowhere. With ``details`` the developer's hint
    is shown: on a developer's own machine.
    """
    text = describe(error)
    buttons = f'<a class="entrada-button" href="{escape(again)}">Try again</a>' if again else ""
    buttons += (
        '<button class="entrada-button entrada-quiet" data-entrada-close>Close</button>'
        if popup
        else '<a class="entrada-button entrada-quiet" href="/">Go to the start page</a>'
    )
    shown = {"Code": error.code, "Correlation id": error.correlation_id}
    if details:
        shown["What to do"] = error.hint
    rows = "".join(
        f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in shown.items() if value
    )
    body = f'<p class="entrada-row">{buttons}</p>' + (f"<dl>{rows}</dl>" if rows else "")
    return page(prefix, text, body, status=status, role="failed")


def describe(error: AuthenticationError) -> Text:
    """Return what to tell a person of an error."""
    code = str(error.code)
    known = _TEXTS.get(code) or _BY_KIND.get(error.kind)
    if known is not None:
        return known
    number = code.removeprefix("AADSTS")
    diagnosis = diagnose([int(number)]) if number.isdigit() else None
    return Text(_ELSE.title, diagnosis.cause) if diagnosis else _ELSE


def done(prefix: str) -> Outgoing:
    """Return the page that a popup ends with: its script tells the page behind and closes it."""
    text = Text("You are signed in", "You can close this window.")
    return page(prefix, text, role="done")


def leaving(prefix: str, csrf: str, name: str) -> Outgoing:
    """Return the page that asks how to sign out, for a link and for browsers without scripts."""
    body = (
        f'<form method="post" action="{prefix}/logout" class="entrada-row">'
        f'<input type="hidden" name="csrf" value="{escape(csrf)}">'
        '<button class="entrada-button">Sign out here</button>'
        '<button class="entrada-button entrada-quiet" name="everywhere" value="1">'
        "Sign out everywhere</button></form>"
        '<p><a href="/">Stay signed in</a></p>'
    )
    return page(prefix, Text("Sign out", f"You are signed in as {name}."), body)


def static(name: str, incoming: Incoming) -> Outgoing:
    """Return the script or the stylesheet; nothing where the browser has this very version."""
    data, tag = _file(name)
    headers = (("etag", tag), ("cache-control", "no-cache"), ("x-content-type-options", "nosniff"))
    if incoming.headers.get("if-none-match") == tag:
        return Outgoing(304, headers)
    return Outgoing(200, (("content-type", _KINDS[name]), *headers), data)


@cache
def _file(name: str) -> tuple[bytes, str]:
    data = (_STATIC / name).read_bytes()
    return data, f'"{hashlib.sha256(data).hexdigest()[:16]}"'
