"""A service principal with a client secret."""

from __future__ import annotations

from typing import Unpack

from entrada._credentials.application import Application
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._wire.proof import SecretProof
from entrada._wire.tenants import check_text


class ClientSecret(Application):
    """The recipe of ClientSecretCredential."""

    name = "ClientSecretCredential"

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        client_secret: str,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        secret = check_text(client_secret, "client_secret", "the secret's value, not its id")
        super().__init__(tenant_id, client_id, SecretProof(secret), options)


class ClientSecretCredential(SyncFace, ClientSecret):
    """Signs a service principal in with a client secret.

    ``tenant_id`` is a GUID or domain, ``client_id`` the application's id. Keywords:
    ``authority`` (default: ``AZURE_AUTHORITY_HOST`` or the public cloud),
    ``additionally_allowed_tenants`` (other tenants that a request may name; ``"*"``: any), and
    those of azure-core's pipeline. Raises ConfigurationError for arguments that cannot be right.
    """


class AsyncClientSecretCredential(AsyncFace, ClientSecret):
    """Signs a service principal in with a client secret, for asyncio."""
