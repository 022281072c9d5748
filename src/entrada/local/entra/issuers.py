"""Whose tokens Entra can check in federation: registered issuers, local clusters, Entra itself.

Services do no I/O, so an issuer's key set is registered, where Entra would fetch it. The local
cloud is also the OIDC issuer of Kubernetes clusters, one at ``{login}/oidc/{cluster}``, as AKS
hosts them (OpenID Connect Discovery 1.0; Kubernetes service account issuer discovery).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from entrada.local import tokens
from entrada.local.cloud import not_found
from entrada.local.http import json_reply
from entrada.local.keys import SigningKey, known_key, signing_key

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

DEFAULT_CLUSTER = "aks-local"
CONFIGURATION_PATH = "/.well-known/openid-configuration"
KEYS_PATH = "/openid/v1/jwks"


def register_issuer(cloud: Cloud, issuer: str, jwks: dict[str, Any]) -> None:
    """Trust an external issuer: keep the key set that its discovery document leads to.

    Raises ``ValueError`` for what is no JSON Web Key Set (RFC 7517, section 5).
    """
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ValueError("a JSON Web Key Set has a list of keys")
    cloud.state.put("externalIssuer", issuer, {"jwks": jwks})


def keys_of(cloud: Cloud, issuer: str) -> list[dict[str, Any]] | None:
    """Return an issuer's public keys (JWK), or ``None`` where they are not known."""
    registered = cloud.state.get("externalIssuer", issuer)
    if registered is not None:
        return list(registered["jwks"]["keys"])
    if issuer in (tokens.issuer_v2(cloud, tenant) for tenant, _ in cloud.state.under("tenant")):
        return list(tokens.jwks(cloud)["keys"])
    prefix = cluster_issuer(cloud, "")
    if issuer.startswith(prefix):
        key = _cluster_key(cloud, issuer.removeprefix(prefix))
        return [key.jwk] if key else None
    return None


def cluster_issuer(cloud: Cloud, cluster: str = DEFAULT_CLUSTER) -> str:
    """Return the issuer URL of a local Kubernetes cluster."""
    return f"{cloud.endpoints.login}/oidc/{cluster}"


def service_account_token(
    cloud: Cloud,
    namespace: str,
    service_account: str,
    cluster: str = DEFAULT_CLUSTER,
    *,
    audience: str = tokens.TOKEN_EXCHANGE,
    lifetime: int = 3600,
) -> str:
    """Return a projected service account token of a local cluster, for ``lifetime`` seconds."""
    now = int(cloud.clock())
    claims = {
        "aud": [audience],
        "exp": now + lifetime,
        "iat": now,
        "iss": cluster_issuer(cloud, cluster),
        "jti": str(uuid.uuid4()),
        "kubernetes.io": {
            "namespace": namespace,
            "serviceaccount": {
                "name": service_account,
                "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{namespace}/{service_account}")),
            },
        },
        "nbf": now,
        "sub": f"system:serviceaccount:{namespace}:{service_account}",
    }
    return signing_key(cloud, _key_name(cluster)).sign(claims)


def configuration(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a cluster's discovery document."""
    cluster = inbound.params["cluster"]
    if _cluster_key(cloud, cluster) is None:
        return not_found("login", cloud, inbound)
    issuer = cluster_issuer(cloud, cluster)
    return json_reply(
        200,
        {
            "issuer": issuer,
            "jwks_uri": issuer + KEYS_PATH,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    )


def keys(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a cluster's key set."""
    key = _cluster_key(cloud, inbound.params["cluster"])
    if key is None:
        return not_found("login", cloud, inbound)
    return json_reply(200, {"keys": [{**key.jwk, "alg": "RS256"}]})


def _cluster_key(cloud: Cloud, cluster: str) -> SigningKey | None:
    """Return a cluster's key; only the default cluster exists before it has issued a token."""
    name = _key_name(cluster)
    return signing_key(cloud, name) if cluster == DEFAULT_CLUSTER else known_key(cloud, name)


def _key_name(cluster: str) -> str:
    return f"clusterKey:{cluster}"
