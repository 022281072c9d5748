"""MSAL for Python: its applications, and the ways to sign in as it spells them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from e2e.verify import RESOURCE, SCOPE
from e2e.ways import SignIn
from entrada.testing import LocalCloud


def msal_app(cloud: LocalCloud, client_id: str, **options: Any) -> Any:
    """Make MSAL's application: a confidential one where there are options."""
    library = import_module("msal")
    kind = library.ConfidentialClientApplication if options else library.PublicClientApplication
    authority = f"{cloud.endpoints.login}/{cloud.tenant_id}"
    return kind(client_id, authority=authority, instance_discovery=False, **options)


def client_credential(proof: Mapping[str, Any]) -> Any:
    """Return an application's proof as MSAL takes it; a chain is sent where one is wanted."""
    match proof:
        case {"certificate_path": path}:
            pem = Path(path).read_text()
            leaf = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
            # The thumbprint is the certificate's name on the wire (RFC 7515, section 4.1.7).
            thumbprint = hashlib.sha1(leaf, usedforsecurity=False).hexdigest()
            named = {"private_key": pem, "thumbprint": thumbprint}
            chain = {"public_certificate": pem} if proof.get("send_certificate_chain") else {}
            return {**named, **chain}
        case {"assertion": assertion}:
            return {"client_assertion": lambda: assertion}
        case _:
            return proof["client_secret"]


def acquired(cloud: LocalCloud, sign_in: SignIn) -> dict[str, Any]:
    """Return what MSAL answers for a way to sign in: a token, or an error."""
    if sign_in.credential == "ManagedIdentityCredential":
        return _managed(sign_in.arguments)
    if sign_in.credential == "WorkloadIdentityCredential":
        environment = sign_in.environment
        client_id = environment["AZURE_CLIENT_ID"]
        file = Path(environment["AZURE_FEDERATED_TOKEN_FILE"])
        credential: Any = {"client_assertion": file.read_text}
    else:
        client_id = sign_in.arguments["client_id"]
        credential = client_credential(sign_in.arguments)
    app = msal_app(cloud, client_id, client_credential=credential)
    answer: dict[str, Any] = app.acquire_token_for_client([SCOPE])
    return answer


def _managed(arguments: Mapping[str, Any]) -> dict[str, Any]:
    library = import_module("msal")
    chosen = {**arguments, **arguments.get("identity_config", {})}
    match chosen:
        case {"client_id": value}:
            identity = library.UserAssignedManagedIdentity(client_id=value)
        case {"object_id": value}:
            identity = library.UserAssignedManagedIdentity(object_id=value)
        case {"resource_id": value}:
            identity = library.UserAssignedManagedIdentity(resource_id=value)
        case _:
            identity = library.SystemAssignedManagedIdentity()
    with requests.Session() as session:
        client = library.ManagedIdentityClient(identity, http_client=session)
        answer: dict[str, Any] = client.acquire_token_for_client(resource=RESOURCE)
    return answer
