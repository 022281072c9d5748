"""Entra's metadata: OpenID configuration (v1, v2), instance discovery, key sets.

A document lists what the local Entra serves and nothing else; all URLs come from the pinned
login origin, never from the ``Host`` header. OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from entrada.local import tokens
from entrada.local.entra.errors import refuse
from entrada.local.entra.tenants import ANY_TENANT, named_tenant
from entrada.local.http import json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

_CLAIMS = (
    *("sub", "iss", "aud", "exp", "iat", "nbf", "auth_time", "tid", "oid", "uti", "ver", "idtyp"),
    *("acr", "amr", "nonce", "c_hash", "name", "preferred_username", "email", "sid"),
)
_GRANTS = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
)


def configuration_v2(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer the OpenID configuration of version 2.0."""
    segment, tenant_id = _tenant(cloud, inbound)
    base = f"{cloud.endpoints.login}/{segment}"
    return _public(
        {
            **_common(cloud),
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "issuer": tokens.issuer_v2(cloud, tenant_id),
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        },
    )


def configuration_v1(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer the OpenID configuration of version 1.0."""
    segment, tenant_id = _tenant(cloud, inbound)
    base = f"{cloud.endpoints.login}/{segment}"
    return _public(
        {
            **_common(cloud),
            "token_endpoint": f"{base}/oauth2/token",
            "jwks_uri": f"{cloud.endpoints.login}/common/discovery/keys",
            "issuer": tokens.issuer_v1(tenant_id),
            "authorization_endpoint": f"{base}/oauth2/authorize",
            "end_session_endpoint": f"{base}/oauth2/logout",
        },
    )


def instance(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer whether an authority belongs to this cloud, and where its tenant is described."""
    asked = _authority(cloud, inbound.query.get("authorization_endpoint", ""))
    if asked is None:
        raise refuse(cloud, inbound, 50049)
    ours = urlsplit(cloud.endpoints.login)
    segments = asked.path.strip("/").split("/")
    version = "/v2.0" if "v2.0" in segments else ""
    hosts = list(dict.fromkeys((ours.netloc, ours.hostname, asked.netloc)))
    return _public(
        {
            "tenant_discovery_endpoint": (
                f"{cloud.endpoints.login}/{segments[0] or 'common'}{version}"
                "/.well-known/openid-configuration"
            ),
            "api-version": "1.1",
            "metadata": [
                {
                    "preferred_network": ours.netloc,
                    "preferred_cache": ours.netloc,
                    "aliases": hosts,
                }
            ],
        },
    )


def keys_v1(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer the public keys of Entra's tokens."""
    if "tenant" in inbound.params:
        _tenant(cloud, inbound)
    return _public(tokens.jwks(cloud))


def keys_v2(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer the public keys of Entra's tokens, with the issuer that uses them."""
    tenant_id = _tenant(cloud, inbound)[1] if "tenant" in inbound.params else ANY_TENANT
    return _public(tokens.jwks(cloud, tokens.issuer_v2(cloud, tenant_id)))


def _public(document: object) -> Response:
    """Answer a document that pages of any origin may read."""
    return json_reply(200, document, access_control_allow_origin="*")


def _common(cloud: Cloud) -> dict[str, Any]:
    return {
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "grant_types_supported": list(_GRANTS),
        "response_types_supported": ["code", "id_token", "code id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "userinfo_endpoint": f"{cloud.endpoints.login}/oidc/userinfo",
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "request_uri_parameter_supported": False,
        "claims_supported": list(_CLAIMS),
        "cloud_instance_name": urlsplit(cloud.endpoints.login).netloc,
    }


def _tenant(cloud: Cloud, inbound: Inbound) -> tuple[str, str]:
    """Return a tenant as it stands in URLs and in issuers."""
    name = inbound.params["tenant"]
    tenant = named_tenant(cloud, inbound, name, error="invalid_tenant")
    if tenant is None:
        return name.lower(), ANY_TENANT
    return tenant["id"], tenant["id"]


def _authority(cloud: Cloud, url: str) -> SplitResult | None:
    """Read a URL of our login service; MSAL leaves out the port when it asks for one."""
    try:
        asked = urlsplit(url)
        same_host = asked.hostname == urlsplit(cloud.endpoints.login).hostname
        ours = same_host or cloud.endpoints.service(f"{asked.scheme}://{asked.netloc}") == "login"
    except ValueError:
        return None
    return asked if ours else None
