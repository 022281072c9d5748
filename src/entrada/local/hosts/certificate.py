"""The certificate of the ``fabric`` service, by a certificate authority of the clusters' own.

Clients of Service Fabric pin it, and those of AKS's token proxy know its authority only. It rests
in State, since a pin outlives the process that served it.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

SERVER_NAME = "token-proxy.entrada.test"
"""The name that the token proxy's certificate is for, as clients send it in SNI."""

_NAMES = ("localhost", "127.0.0.1", "::1", "host.docker.internal", SERVER_NAME)


def server_pem(cloud: Cloud) -> bytes:
    """Return the server's private key and certificate (PEM)."""
    return str(_kept(cloud)["server"]).encode()


def authority_pem(cloud: Cloud) -> str:
    """Return the certificate of the clusters' authority (PEM)."""
    return str(_kept(cloud)["authority"])


def thumbprint(cloud: Cloud) -> str:
    """Return the SHA-1 of the server's certificate, as Service Fabric names it."""
    der = ssl.PEM_cert_to_DER_cert(str(_kept(cloud)["certificate"]))
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def _kept(cloud: Cloud) -> Document:
    with cloud.state.transaction():
        return cloud.state.get("setting", "fabricCertificate") or cloud.state.put(
            "setting", "fabricCertificate", _issue()
        )


def _issue() -> Document:
    authority = trustme.CA(organization_name="entrada local clusters")
    server = authority.issue_cert(*_NAMES)
    return {
        "authority": authority.cert_pem.bytes().decode(),
        "server": server.private_key_and_cert_chain_pem.bytes().decode(),
        "certificate": server.cert_chain_pems[0].bytes().decode(),
    }
