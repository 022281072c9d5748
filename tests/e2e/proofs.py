"""How an API proves that it is itself: a secret, a certificate, or a federated assertion.

A proof is data that every client's own keywords are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from e2e.ways import application_pem, fresh
from entrada.local import directory
from entrada.local.entra.issuers import cluster_issuer, service_account_token
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud

Proof = Mapping[str, str]


def _secret(_cloud: LocalCloud, api: ServicePrincipal, _folder: Path) -> Proof:
    return {"client_secret": api.client_secret}


def _certificate(cloud: LocalCloud, api: ServicePrincipal, folder: Path) -> Proof:
    return {"certificate_path": str(application_pem(cloud, api.client_id, folder))}


def _assertion(cloud: LocalCloud, api: ServicePrincipal, _folder: Path) -> Proof:
    return {"assertion": federated(cloud, api.client_id)}


def federated(cloud: LocalCloud, client_id: str) -> str:
    """Federate an application with a new service account; return a token of the account."""
    account = fresh("account")
    directory.add_federated_credential(
        cloud.cloud,
        client_id,
        name=account,
        issuer=cluster_issuer(cloud.cloud),
        subject=f"system:serviceaccount:default:{account}",
        audiences=["api://AzureADTokenExchange"],
    )
    return service_account_token(cloud.cloud, "default", account)


PROOFS: Mapping[str, Callable[[LocalCloud, ServicePrincipal, Path], Proof]] = {
    "secret": _secret,
    "certificate": _certificate,
    "assertion": _assertion,
}


def python_keywords(proof: Proof) -> dict[str, Any]:
    """Return a proof in the keywords of OnBehalfOfCredential, azure-identity's and entrada's."""
    match proof:
        case {"certificate_path": path}:
            return {"client_certificate": Path(path).read_bytes()}
        case {"assertion": assertion}:
            return {"client_assertion_func": lambda: assertion}
        case _:
            return dict(proof)
