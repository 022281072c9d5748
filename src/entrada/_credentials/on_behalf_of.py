"""An API that acts for the person whose token it was called with: Entra's on-behalf-of flow.

Tokens are kept under a hash of the person's assertion, so one credential serves any number of
people and none ever gets another's token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Self, Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.user import User
from entrada._wire.authority import token_endpoint
from entrada._wire.grants import PATIENCE
from entrada._wire.proof import AssertionProof, CertificateProof, Proof, SecretProof
from entrada._wire.tenants import check_text
from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._engine.effects import Flow
    from entrada._stores.place import Owner
    from entrada._wire.account import Grant
    from entrada.types import Ask

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OnBehalfOf(User):
    """The recipe of OnBehalfOfCredential."""

    name = "OnBehalfOfCredential"

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        *,
        user_assertion: str,
        client_certificate: bytes | None = None,
        client_secret: str | None = None,
        client_assertion_func: Callable[[], str | Awaitable[str]] | None = None,
        password: str | bytes | None = None,
        send_certificate_chain: bool = False,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        check_options(self.name, options, AuthorityOptions)
        check_text(tenant_id, "tenant_id", "the directory (tenant) id")
        super().__init__(client_id, {**options, "tenant_id": tenant_id})
        proofs: list[Proof] = []
        if client_secret is not None:
            secret = check_text(client_secret, "client_secret", "the secret's value, not its id")
            proofs.append(SecretProof(secret))
        if client_certificate is not None:
            key = password.encode() if isinstance(password, str) else password
            legacy = tenant_id == "adfs"
            proofs.append(
                CertificateProof(
                    None, client_certificate, key, send_chain=send_certificate_chain, legacy=legacy
                )
            )
        if client_assertion_func is not None:
            proofs.append(AssertionProof(client_assertion_func, "client_assertion_func"))
        if len(proofs) != 1:
            raise ConfigurationError(
                f"{self.name} needs exactly one of client_secret, client_certificate and "
                f"client_assertion_func; {len(proofs)} were given.",
                code="no_client_proof",
                hint="Give the one that the API's app registration has.",
            )
        self._proof = proofs[0]
        self._take(user_assertion)

    def for_user(self, user_assertion: str) -> Self:
        """Return this credential for another person.

        It shares settings, connections and remembered tokens with this one; make one for each
        request, it costs a few microseconds.
        """
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin._refresh_tokens, twin._record = {}, None
        twin._take(user_assertion)
        return twin

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return this person's fresh token, or ``None``."""
        try:
            entry = self._entries.get((scopes, tenant, cae, self._user))
        except TypeError:  # a list for a scope: the ask's own check says what is wrong
            return None
        return entry if entry is not None and self._now() < entry.refresh_on else None

    def key(self, ask: Ask) -> Hashable:
        """Bind an ask's token to the person."""
        return (ask.scopes, ask.tenant, ask.cae, self._user)

    def owner(self) -> Owner:
        """Bind what rests to the person's very assertion."""
        from entrada._stores.place import Owner

        return Owner("on_behalf_of", self._authority, self._client_id, "", self._user.hex())

    def interact(self, ask: Ask, tenant: str) -> Flow[Grant]:
        """Exchange the person's token for one to the API behind; nobody is asked anything."""
        url = token_endpoint(self._authority, tenant)
        proof = yield from self._proof.fields(self._client_id, url, self.world)
        form = {
            "grant_type": _GRANT_TYPE,
            "requested_token_use": "on_behalf_of",
            "assertion": self._assertion,
            "scope": self.scope(ask),
            **proof,
        }
        return (yield from self.redeem_grant(form, ask, tenant, PATIENCE))

    def renewal(self, form: dict[str, str], tenant: str) -> Flow[dict[str, str]]:
        """Authenticate the client at each renewal too."""
        url = token_endpoint(self._authority, tenant)
        proof = yield from self._proof.fields(self._client_id, url, self.world)
        return {**form, **proof}

    def _take(self, user_assertion: str) -> None:
        meaning = "the access token that the API was called with"
        self._assertion = check_text(user_assertion, "user_assertion", meaning)
        self._user = hashlib.sha256(self._assertion.encode()).digest()


class OnBehalfOfCredential(SyncFace, OnBehalfOf):
    """Gets tokens for other APIs on behalf of the person who called this one.

    ``user_assertion`` is the access token of the incoming request. The app proves itself by one of
    ``client_secret``, ``client_certificate`` (PEM or PFX bytes, ``password`` opens it) and
    ``client_assertion_func``. ``for_user(assertion)`` serves the next person. Raises
    AuthenticationRequiredError, with ``claims`` for the caller, when Entra wants to see them.
    """


class AsyncOnBehalfOfCredential(AsyncFace, OnBehalfOf):
    """Gets tokens on behalf of the person who called, for asyncio."""
