"""Who calls the Blob service: Entra bearer tokens for Storage, or a challenge that asks for one.

Knows no role and no operation. Follows the service's own challenge, whose parameters are
separated by spaces and unquoted; shared keys and SAS are refused.
"""

from __future__ import annotations

import re
from datetime import date

from entrada.local import directory, revocation, tokens
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.errors import StorageError, invalid_header

RESOURCE = "https://storage.azure.com"
_APP_ID = "e406a681-f3d4-42a8-90b6-c2b029497af1"
_FIRST_VERSION_WITH_BEARER = date(2017, 11, 9)
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_KEY_SCHEMES = ("sharedkey", "sharedkeylite")


def authenticate(context: Context) -> str:
    """Return the object id of the calling principal; raise :class:`StorageError`."""
    scheme = context.inbound.headers.get("authorization", "").partition(" ")[0].lower()
    if scheme in _KEY_SCHEMES or (not scheme and context.query("sig")):
        raise StorageError(
            "KeyBasedAuthenticationNotPermitted",
            "The local cloud takes Microsoft Entra tokens only, no shared key and no SAS: use a "
            "token credential (az: --auth-mode login).",
        )
    if not scheme:
        raise _challenged(
            "NoAuthenticationInformation", "No Authorization header.", challenge(context)
        )
    if scheme != "bearer":
        raise StorageError(
            "InvalidAuthenticationInfo", f"The scheme {scheme!r} is unknown.", status=400
        )
    _check_version(context)
    return _principal_of(context, context.inbound.bearer or "")


def audiences(context: Context) -> tuple[str, ...]:
    """Return what a token for an account may be issued for."""
    origins = (
        RESOURCE,
        f"https://{context.account_name}.blob.core.windows.net",
        context.account_url,
    )
    return (_APP_ID, *origins, *(f"{origin}/" for origin in origins))


def challenge(context: Context) -> str:
    """Return the ``WWW-Authenticate`` header that tells a client where to get a token."""
    tenant = directory.default_tenant(context.cloud)
    login = context.cloud.endpoints.login
    return f"Bearer authorization_uri={login}/{tenant}/oauth2/authorize resource_id={RESOURCE}"


def _principal_of(context: Context, token: str) -> str:
    try:
        claims = revocation.verify(context.cloud, token, audiences(context))
    except tokens.InvalidToken as error:
        asks = error.challenge if isinstance(error, revocation.Revoked) else challenge(context)
        raise _challenged("InvalidAuthenticationInfo", str(error), asks) from error
    principal_id = claims.get("oid")
    if not isinstance(principal_id, str):
        reason = "The token names no principal: it has no oid claim."
        raise _challenged("InvalidAuthenticationInfo", reason, challenge(context))
    return principal_id


def _check_version(context: Context) -> None:
    version = context.header("x-ms-version")
    if version and not _is_date(version):
        raise invalid_header("x-ms-version", version)
    if not version or date.fromisoformat(version) < _FIRST_VERSION_WITH_BEARER:
        reason = "Authentication scheme Bearer is not supported in this version."
        hint = f"Send x-ms-version {_FIRST_VERSION_WITH_BEARER} or later."
        elements = {"AuthenticationErrorDetail": f"{reason} {hint}"}
        raise StorageError("AuthenticationFailed", elements=elements)


def _is_date(text: str) -> bool:
    if _VERSION.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _challenged(code: str, reason: str, challenge: str) -> StorageError:
    return StorageError(
        code,
        elements={"AuthenticationErrorDetail": reason},
        headers={"www-authenticate": challenge},
    )
