"""The one place that reads a token response, RFC 6749 sections 5.1 and 5.2, and Entra's errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from entrada._engine.effects import Response
from entrada._wire.safe import first_words
from entrada._wire.seconds import seconds_of
from entrada.errors import (
    BY_KIND,
    AuthenticationError,
    AuthenticationRequiredError,
    AuthorityUnreachableError,
    Kind,
)
from entrada.types import Token

_LONG_LIFE = 7200.0


class Context(NamedTuple):
    """Who asked whom for what, for messages: none of it secret.

    ``interactive`` says whether a person could help: an application has nobody to ask.
    """

    who: str
    host: str
    tenant: str = ""
    client_id: str = ""
    scope: str = ""
    interactive: bool = False


def read_token(response: Response, now: float, context: Context) -> Token:
    """Return the token of a response; raise the error that it is, or amounts to."""
    reply = read_object(response, context)
    if response.status != 200 or "error" in reply:
        raise refusal(response, reply, context)
    return token_of(reply, now, context)


def token_of(reply: Mapping[str, Any], now: float, context: Context) -> Token:
    """Return the token of a reply's fields, whichever of Azure's hosts sent it.

    ``expires_on`` (epoch seconds) comes before ``expires_in`` (seconds); both may be strings.
    """
    access_token = reply.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise unusable(context, 200, "it holds no access_token")
    try:
        if reply.get("expires_on") is not None:
            expires_on = seconds_of(reply["expires_on"])
        else:
            expires_on = now + seconds_of(reply["expires_in"])
        refresh_in = reply.get("refresh_in")
        refresh_on = None if refresh_in is None else now + seconds_of(refresh_in)
    except (KeyError, TypeError, ValueError):
        raise unusable(context, 200, "it does not say when the token expires") from None
    token_type = reply.get("token_type")
    return Token(access_token, expires_on, refresh_on, str(token_type or "Bearer"))


def read_object(response: Response, context: Context) -> dict[str, Any]:
    """Return a response's JSON object; raise AuthorityUnreachableError where it has none."""
    try:
        reply = json.loads(response.body)
    except (ValueError, RecursionError):
        reply = None
    if isinstance(reply, dict):
        return reply
    if not response.body:
        raise unusable(context, response.status, "it is empty")
    raise unusable(context, response.status, f"it begins {first_words(response.body)!r}")


def unusable(context: Context, status: int, why: str) -> AuthorityUnreachableError:
    """Build the error for an answer that cannot be a token response at all."""
    hint = "A proxy, firewall or captive portal may have answered in its place."
    if context.tenant:  # an authority, which others can ask too
        hint += f" Look at it: curl -i https://{context.host}/"
    return AuthorityUnreachableError(
        f"{context.who}: the answer of {context.host} (HTTP {status}) is not usable: {why}.",
        code="unusable_answer",
        status_code=status,
        hint=hint,
    )


def refusal(response: Response, reply: Mapping[str, Any], context: Context) -> AuthenticationError:
    """Build the error that an OAuth error response stands for."""
    error = str(reply.get("error") or f"HTTP {response.status}")
    text = str(reply.get("error_description") or "")
    said = first_words(text.partition(" Trace ID:")[0].partition("\r\n")[0], 400)
    message = f"{context.who}: {context.host} refused ({error}) {said}".rstrip()
    kind, code, hint = _judge(response.status, error, text, reply, context)
    correlation_id = reply.get("correlation_id")
    details: dict[str, Any] = {
        "code": code,
        "hint": hint,
        "status_code": response.status,
        "correlation_id": correlation_id if isinstance(correlation_id, str) else None,
    }
    if kind == "needs_user" and context.interactive:
        claims = reply.get("claims")
        return AuthenticationRequiredError(
            context.scope.split(), message, claims if isinstance(claims, str) else None, **details
        )
    return BY_KIND["rejected" if kind == "needs_user" else kind](message, **details)


def _judge(
    status: int, error: str, text: str, reply: Mapping[str, Any], context: Context
) -> tuple[Kind, str, str | None]:
    """Return whose move it is, the error's code and the next thing to do."""
    from entrada._wire.aadsts import codes_in, diagnose

    listed = reply.get("error_codes")
    codes = [code for code in listed if isinstance(code, int)] if isinstance(listed, list) else []
    codes = codes or list(codes_in(text))
    fields = {
        "tenant": context.tenant,
        "client_id": context.client_id,
        "scope": context.scope,
        "correlation_id": str(reply.get("correlation_id") or ""),
    }
    diagnosis = diagnose(codes, **{name: value for name, value in fields.items() if value})
    if diagnosis is not None:
        return diagnosis.kind, f"AADSTS{diagnosis.code}", diagnosis.hint
    code = f"AADSTS{codes[0]}" if codes else error
    if status == 429 or status >= 500 or error == "temporarily_unavailable":
        return "unreachable", code, "The service is busy or down; try again later."
    if error == "interaction_required":
        return "needs_user", code, None
    return "rejected", code, None
