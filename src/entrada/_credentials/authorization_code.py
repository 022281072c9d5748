"""A person whose browser brought an authorization code to the app: RFC 6749 section 4.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.user import User
from entrada._wire.grants import CAUTION
from entrada._wire.tenants import check_text
from entrada.errors import AuthenticationRequiredError, AuthorityUnreachableError

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada._stores.place import Owner
    from entrada._wire.account import Grant
    from entrada.types import Ask


class AuthorizationCode(User):
    """The recipe of AuthorizationCodeCredential: the code once, then its refresh token."""

    name = "AuthorizationCodeCredential"

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        authorization_code: str,
        redirect_uri: str,
        *,
        client_secret: str | None = None,
        code_verifier: str | None = None,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        check_options(self.name, options, AuthorityOptions)
        check_text(tenant_id, "tenant_id", "the directory (tenant) id")
        super().__init__(client_id, {**options, "tenant_id": tenant_id})
        code = check_text(authorization_code, "authorization_code", "the code of the redirect")
        self._code: str | None = code
        self._redirect_uri = check_text(redirect_uri, "redirect_uri", "the URI of the redirect")
        self._secret = {"client_secret": client_secret} if client_secret else {}
        self._verifier = {"code_verifier": code_verifier} if code_verifier else {}

    def owner(self) -> Owner | None:
        """Keep apart what rests: this client may be one with a secret."""
        owner = super().owner()
        return owner and owner._replace(kind="authorization_code")

    def interact(self, ask: Ask, tenant: str) -> Flow[Grant]:
        """Redeem the code; a second time there is nothing left to redeem."""
        code, self._code = self._code, None
        if code is None:
            raise AuthenticationRequiredError(
                ask.scopes,
                f"{self.name}: the authorization code is used up, and nothing is left to renew by.",
                ask.claims,
                code="code_used",
                hint="Send the person through the sign-in again and construct a new credential.",
            )
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "scope": self.scope(ask),
            **self._secret,
            **self._verifier,
        }
        try:
            return (yield from self.redeem_grant(form, ask, tenant, CAUTION))
        except AuthorityUnreachableError:
            self._code = code  # perhaps it never arrived
            raise

    def renewal(self, form: dict[str, str], tenant: str) -> Flow[dict[str, str]]:  # noqa: ARG002
        """Send the client secret, if there is one, at each renewal too."""
        yield from ()
        return {**form, **self._secret}


class AuthorizationCodeCredential(SyncFace, AuthorizationCode):
    """Redeems an authorization code that a web app received, then renews by its refresh token.

    ``client_secret`` for a confidential client; ``code_verifier`` where the sign-in sent a PKCE
    challenge.
    """


class AsyncAuthorizationCodeCredential(AsyncFace, AuthorizationCode):
    """Redeems an authorization code, for asyncio."""
