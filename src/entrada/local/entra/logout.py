"""Signing out of the browser (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from entrada.local import tokens
from entrada.local.entra import markup
from entrada.local.entra.registrations import Registration
from entrada.local.entra.sessions import Session
from entrada.local.http import empty_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound


def logout(cloud: Cloud, inbound: Inbound) -> Response:
    """End the browser's session; go on to a URI that an application has registered, to no other."""
    session = Session.of(cloud, inbound)
    session.end()
    sent = {**inbound.query, **inbound.form()}
    uri, state = sent.get("post_logout_redirect_uri", ""), sent.get("state", "")
    if not any(each.platform(uri) for each in _applications(cloud, sent)):
        return markup.page(
            "You signed out", markup.paragraph("It's a good idea to close all browser windows.")
        )
    mark = "&" if "?" in uri else "?"
    location = f"{uri}{mark}{urlencode({'state': state})}" if state else uri
    return empty_reply(302, location=location, cache_control="no-store, no-cache")


def _applications(cloud: Cloud, sent: dict[str, str]) -> Iterator[Registration]:
    """Yield the application that signs out, or all of them where the request names none."""
    hinted = tokens.unverified(sent.get("id_token_hint", "")).get("aud")
    named = sent.get("client_id") or hinted
    for app_id, owner in cloud.state.under("application"):
        if named in (None, app_id):
            yield Registration(app_id, owner["displayName"], owner, owner.get("redirectUris", {}))
