"""A service principal with a certificate."""

from __future__ import annotations

from os import PathLike
from typing import Unpack

from entrada._credentials.application import Application
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._wire.proof import CertificateProof
from entrada._wire.tenants import check_path
from entrada.errors import ConfigurationError


class Certificate(Application):
    """The recipe of CertificateCredential."""

    name = "CertificateCredential"

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        certificate_path: str | PathLike[str] | None = None,
        *,
        certificate_data: bytes | None = None,
        password: str | bytes | None = None,
        send_certificate_chain: bool = False,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        if (certificate_path is None) == (certificate_data is None):
            raise ConfigurationError(
                "CertificateCredential needs either certificate_path or certificate_data.",
                code="no_certificate",
                hint="Give the path of a PEM or PFX file, or its bytes.",
            )
        if certificate_path is not None:
            meaning = "the path of a PEM or PFX file"
            certificate_path = check_path(certificate_path, "certificate_path", meaning)
        if isinstance(password, str):
            password = password.encode()
        proof = CertificateProof(
            certificate_path,
            certificate_data,
            password,
            send_chain=send_certificate_chain,
            legacy=tenant_id == "adfs",
        )
        super().__init__(tenant_id, client_id, proof, options)


class CertificateCredential(SyncFace, Certificate):
    """Signs a service principal in with a certificate.

    ``certificate_path`` names a PEM or PFX (PKCS #12) file with certificate and RSA private key,
    or ``certificate_data`` holds its bytes; ``password`` opens an encrypted one. The file is read
    when a token is needed and again when it has changed. ``send_certificate_chain`` sends the
    chain in ``x5c``, for authentication by subject name and issuer.
    """


class AsyncCertificateCredential(AsyncFace, Certificate):
    """Signs a service principal in with a certificate, for asyncio."""
