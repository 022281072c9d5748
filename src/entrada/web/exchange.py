"""What passes between site and authority: the code is redeemed, once; and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from entrada._wire.authority import token_endpoint
from entrada._wire.authorize import SignInRequest, code_of
from entrada._wire.grants import CAUTION, host_of, post_form
from entrada._wire.token import Context, read_object, refusal, token_of
from entrada.errors import AuthenticationRejectedError
from entrada.types import Ask
from entrada.web.session import Session, User

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada.web.sign_in import SignIn

OPENID = ("openid", "profile", "offline_access")
_WHO = "SignIn"


def redeem_code(
    site: SignIn, fields: Mapping[str, str], pending: Mapping[str, Any]
) -> Flow[tuple[dict[str, Any], Context]]:
    """Return the answer of the token endpoint; raise the error that either answer is."""
    url = token_endpoint(site.authority, site.tenant)
    wanted = tuple(pending["scopes"])
    scope = " ".join((*_of_one_resource(wanted), *OPENID))
    context = Context(_WHO, host_of(url), site.tenant, site.client_id, scope, interactive=True)
    request = SignInRequest("", site.redirect_uri, fields.get("state", ""), "", "")
    code = code_of(fields, request, context)
    proof = yield from site.proof.fields(site.client_id, url, site.world)
    form = {
        "client_id": site.client_id,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": site.redirect_uri,
        "code_verifier": pending["verifier"],
        "scope": scope,
        "client_info": "1",
        **proof,
    }
    ask = Ask(wanted, claims=pending["claims"])
    response = yield from post_form(
        url, form, ask, world=site.world, context=context, policy=CAUTION
    )
    reply = read_object(response, context)
    if response.status != 200 or "error" in reply:
        raise refusal(response, reply, context)
    token_of(reply, site.world.now(), context)
    return reply, context


def check_issuer(fields: Mapping[str, str], claims: Mapping[str, Any], context: Context) -> None:
    """Raise where a redirect names another issuer than the tokens have (RFC 9207)."""
    if fields.get("iss", claims["iss"]) != claims["iss"]:
        raise AuthenticationRejectedError(
            f"{context.who}: the answer comes from another issuer than its tokens.",
            code="issuer_mismatch",
            hint="Sign in again; if it happens twice, somebody interferes with the sign-in.",
        )


def open_session(
    site: SignIn, claims: Mapping[str, Any], reply: Mapping[str, Any], pending: Mapping[str, Any]
) -> Flow[Session]:
    """Begin the session of whoever signed in; the one that they wanted more for ends."""
    user = User.of(claims)
    granted = {*str(reply.get("scope", "")).split(), *pending["scopes"]}
    if pending["user"] is not None and tuple(pending["user"]) == user.key:
        granted.update(pending["had"])
    refresh_token = reply.get("refresh_token")
    session = yield from site.sessions.open(
        user,
        granted,
        refresh_token if isinstance(refresh_token, str) else None,
        pending["rounds"],
    )
    if pending["grant"]:
        yield from site.sessions.end(pending["grant"])
    return session


def logout_url(site: SignIn, session: Session) -> str:
    """Return where to send a browser to sign the person out of Microsoft Entra as well."""
    query = {
        "post_logout_redirect_uri": f"{site.origin}{site.after_logout}",
        "logout_hint": str(session.user.claims.get("login_hint") or ""),
        "client_id": site.client_id,
    }
    sent = urlencode({name: value for name, value in query.items() if value})
    return f"{site.authority}/{site.tenant}/oauth2/v2.0/logout?{sent}"


def _of_one_resource(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes of the first one's resource: a code is redeemed for one at a time."""
    first = _resource(scopes[0]) if scopes else ""
    return tuple(scope for scope in scopes if _resource(scope) == first)


def _resource(scope: str) -> str:
    return scope.rpartition("/")[0]
