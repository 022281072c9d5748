"""From the fields of a redirect to the authority's answer: the code is redeemed, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrada._wire.authority import token_endpoint
from entrada._wire.authorize import SignInRequest, code_of
from entrada._wire.grants import CAUTION, host_of, post_form
from entrada._wire.token import Context, read_object, refusal, token_of
from entrada.errors import AuthenticationRejectedError
from entrada.types import Ask

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


def _of_one_resource(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes of the first one's resource: a code is redeemed for one at a time."""
    first = _resource(scopes[0]) if scopes else ""
    return tuple(scope for scope in scopes if _resource(scope) == first)


def _resource(scope: str) -> str:
    return scope.rpartition("/")[0]
