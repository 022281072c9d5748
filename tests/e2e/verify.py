"""Checks a token as a service would that knows nothing but the tenant: by public documents."""

from __future__ import annotations

import json
import ssl
import urllib.request
from typing import Any

import jwt

from entrada.testing import LocalCloud

RESOURCE = "https://storage.azure.com"
SCOPE = f"{RESOURCE}/.default"


def verified(cloud: LocalCloud, token: str, audience: str = RESOURCE) -> dict[str, Any]:
    """Return a token's claims after checking signature, audience, issuer and lifetime.

    Issuer and keys come from the tenant's discovery document.
    """
    trust = ssl.create_default_context(cafile=str(cloud.ca_file))
    configuration = _configuration(cloud, trust)
    keys = jwt.PyJWKClient(configuration["jwks_uri"], ssl_context=trust, timeout=10)
    claims: dict[str, Any] = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=configuration["id_token_signing_alg_values_supported"],
        audience=audience,
        issuer=configuration["issuer"],
        options={"require": ["aud", "exp", "iat", "iss", "nbf", "oid", "sub", "tid"]},
    )
    return claims


def _configuration(cloud: LocalCloud, trust: ssl.SSLContext) -> dict[str, Any]:
    url = f"{cloud.endpoints.login}/{cloud.tenant_id}/.well-known/openid-configuration"
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust))
    with opener.open(url, timeout=10) as answer:
        document: dict[str, Any] = json.load(answer)
    return document
