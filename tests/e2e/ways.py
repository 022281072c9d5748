"""The ways to sign in to the local cloud: arguments, environment, and what the token must say.

Names and keywords are those that azure-identity and entrada share; JavaScript reads the same data.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from trustme import CA, KeyType

from entrada.local import directory
from entrada.local.provision import Hosted, ServicePrincipal
from entrada.testing import LocalCloud

Host = Literal["virtual_machine", "web_app"]
Selector = Literal["client_id", "object_id", "resource_id"]

_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A credential's class and keywords, its environment, and claims that its token must have."""

    credential: str
    arguments: Mapping[str, Any] = field(repr=False)
    claims: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def principal_id(self) -> str:
        """The object id of whoever signs in."""
        return self.claims["oid"]


def _application(cloud: LocalCloud, principal: ServicePrincipal, acr: str) -> dict[str, str]:
    return {
        "appid": principal.client_id,
        "appidacr": acr,
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": cloud.tenant_id,
    }


def client_secret(cloud: LocalCloud, _folder: Path) -> SignIn:
    """Sign in with an application's secret."""
    principal = cloud.service_principal("peer")
    arguments = {
        "tenant_id": principal.tenant_id,
        "client_id": principal.client_id,
        "client_secret": principal.client_secret,
    }
    return SignIn("ClientSecretCredential", arguments, _application(cloud, principal, "1"))


def surrounded(cloud: LocalCloud, _folder: Path, *, credential: str) -> SignIn:
    """Sign in with an application's secret that stands in the environment."""
    principal = cloud.service_principal("peer")
    claims = _application(cloud, principal, "1")
    return SignIn(credential, {}, claims, principal.environment())


def certificate(cloud: LocalCloud, folder: Path, *, chain: bool) -> SignIn:
    """Sign in with an application's certificate, in a PEM file with its key and its issuer."""
    principal = cloud.service_principal("peer")
    arguments = {
        "tenant_id": principal.tenant_id,
        "client_id": principal.client_id,
        "certificate_path": str(application_pem(cloud, principal.client_id, folder)),
        "send_certificate_chain": chain,
    }
    return SignIn("CertificateCredential", arguments, _application(cloud, principal, "2"))


def application_pem(cloud: LocalCloud, client_id: str, folder: Path) -> Path:
    """Register a new certificate with an application; return the file with it and its key."""
    authority = CA()
    issued = authority.issue_cert("peer.example", key_type=KeyType.RSA)
    path = folder / "application.pem"
    path.write_bytes(issued.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())
    leaf = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    directory.add_certificate(cloud.cloud, client_id, leaf.public_bytes(Encoding.DER))
    return path


def system_assigned(cloud: LocalCloud, _folder: Path, *, host: Host) -> SignIn:
    """Sign in as the resource itself."""
    hosted: Hosted = getattr(cloud, host)(fresh("host"))
    return _managed(cloud, hosted, {}, hosted.principal_id, hosted.resource_id)


def user_assigned(cloud: LocalCloud, _folder: Path, *, host: Host, by: Selector) -> SignIn:
    """Sign in with one of two user-assigned identities of a resource, named by one property."""
    wanted, other = (cloud.user_assigned_identity(fresh(which)) for which in ("wanted", "other"))
    hosted: Hosted = getattr(cloud, host)(
        fresh("host"), system_assigned=False, user_assigned=[other["id"], wanted["id"]]
    )
    properties = wanted["properties"]
    value = {
        "client_id": properties["clientId"],
        "object_id": properties["principalId"],
        "resource_id": wanted["id"],
    }[by]
    arguments = {"client_id": value} if by == "client_id" else {"identity_config": {by: value}}
    return _managed(cloud, hosted, arguments, properties["principalId"], wanted["id"])


def workload(cloud: LocalCloud, folder: Path) -> SignIn:
    """Sign in as a pod whose service account is federated with an application."""
    pod = cloud.workload(fresh("pod"))
    path = folder / "azure-identity-token"
    path.write_text(pod.token)
    claims = {"appid": pod.client_id, "appidacr": "2", "oid": pod.object_id, "tid": pod.tenant_id}
    return SignIn("WorkloadIdentityCredential", {}, claims, pod.environment(str(path)))


WAYS: Mapping[str, Callable[[LocalCloud, Path], SignIn]] = {
    "client_secret": client_secret,
    "environment": partial(surrounded, credential="EnvironmentCredential"),
    "default": partial(surrounded, credential="DefaultAzureCredential"),
    "certificate": partial(certificate, chain=False),
    "certificate-chain": partial(certificate, chain=True),
    "imds": partial(system_assigned, host="virtual_machine"),
    "imds-client_id": partial(user_assigned, host="virtual_machine", by="client_id"),
    "imds-object_id": partial(user_assigned, host="virtual_machine", by="object_id"),
    "imds-resource_id": partial(user_assigned, host="virtual_machine", by="resource_id"),
    "app_service": partial(system_assigned, host="web_app"),
    "app_service-client_id": partial(user_assigned, host="web_app", by="client_id"),
    "app_service-object_id": partial(user_assigned, host="web_app", by="object_id"),
    "app_service-resource_id": partial(user_assigned, host="web_app", by="resource_id"),
    "workload": workload,
}


def _managed(
    cloud: LocalCloud,
    hosted: Hosted,
    arguments: Mapping[str, Any],
    principal_id: str,
    identity_id: str,
) -> SignIn:
    principal = directory.principal(cloud.cloud, principal_id) or {}
    claims = {
        "appid": principal["appId"],
        "appidacr": "2",
        "oid": principal_id,
        "tid": cloud.tenant_id,
        "xms_mirid": identity_id,
        "xms_az_rid": hosted.resource_id,
    }
    return SignIn("ManagedIdentityCredential", arguments, claims, hosted.environment)


def fresh(what: str) -> str:
    """Make a name that nothing else in this process's clouds has."""
    return f"{what}{next(_NUMBERS)}"
