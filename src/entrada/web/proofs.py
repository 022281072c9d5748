"""How a web app proves itself to Entra: by exactly one of what its registration may have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from entrada._wire.clouds import CLOUDS, cloud_of
from entrada._wire.proof import AssertionProof, CertificateProof, Proof, SecretProof
from entrada._wire.tenants import check_text
from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from entrada.types import TokenCredential

Assertion = Callable[[], str | Awaitable[str]]


def choose_proof(
    *,
    authority: str,
    client_secret: str | None,
    client_certificate: bytes | None,
    password: str | bytes | None,
    send_certificate_chain: bool,
    client_assertion_func: Assertion | None,
    credential: TokenCredential | None,
) -> Proof:
    """Return the proof that was given; raise ConfigurationError for none, or for several.

    ``credential`` is one whose token for the cloud's token exchange the app trusts as a federated
    credential: a managed identity's, say, so that there is no secret at all.
    """
    proofs: list[Proof] = []
    if client_secret is not None:
        secret = check_text(client_secret, "client_secret", "the secret's value, not its id")
        proofs.append(SecretProof(secret))
    if client_certificate is not None:
        key = password.encode() if isinstance(password, str) else password
        proofs.append(
            CertificateProof(
                None, client_certificate, key, send_chain=send_certificate_chain, legacy=False
            )
        )
    if client_assertion_func is not None:
        proofs.append(AssertionProof(client_assertion_func, "client_assertion_func"))
    if credential is not None:
        proofs.append(AssertionProof(_token_of(credential, authority), "credential"))
    if len(proofs) == 1:
        return proofs[0]
    raise ConfigurationError(
        "SignIn needs exactly one of client_secret, client_certificate, client_assertion_func and "
        f"credential; {len(proofs)} were given.",
        code="no_client_proof",
        hint="Give the one that the app registration has; credential=ManagedIdentityCredential() "
        "needs no secret.",
    )


def _token_of(credential: TokenCredential, authority: str) -> Callable[[], Any]:
    cloud = cloud_of(authority) or CLOUDS[0]
    scope = f"{cloud.token_exchange_audience}/.default"

    def fetch() -> str:
        return str(credential.get_token(scope).token)

    return fetch
