"""The local Entra's ``login`` service: metadata, sign-in, tokens, a cluster's OIDC issuer."""

from __future__ import annotations

from entrada.local.entra import (
    authorize,
    device,
    device_page,
    discovery,
    issuers,
    logout,
    password,
    token,
    userinfo,
)
from entrada.local.entra.issuers import (
    DEFAULT_CLUSTER,
    cluster_issuer,
    register_issuer,
    service_account_token,
)
from entrada.local.http import Route

__all__ = [
    "DEFAULT_CLUSTER",
    "ROUTES",
    "cluster_issuer",
    "register_issuer",
    "service_account_token",
]

ROUTES: tuple[Route, ...] = (
    Route("GET", "/common/discovery/instance", discovery.instance),
    Route("GET", "/oidc/{cluster}" + issuers.CONFIGURATION_PATH, issuers.configuration),
    Route("GET", "/oidc/{cluster}" + issuers.KEYS_PATH, issuers.keys),
    Route("GET", "/discovery/keys", discovery.keys_v1),
    Route("GET", "/discovery/v2.0/keys", discovery.keys_v2),
    Route("GET", "/{tenant}/discovery/keys", discovery.keys_v1),
    Route("GET", "/{tenant}/discovery/v2.0/keys", discovery.keys_v2),
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", discovery.configuration_v2),
    Route("GET", "/{tenant}/.well-known/openid-configuration", discovery.configuration_v1),
    Route("GET", "/common/userrealm/{user}", password.user_realm),
    Route("GET", device.PAGE, device_page.show),
    Route("POST", device.PAGE, device_page.submit),
    Route("GET", "/oidc/userinfo", userinfo.userinfo),
    Route("POST", "/oidc/userinfo", userinfo.userinfo),
    Route("GET", "/{tenant}/oauth2/v2.0/authorize", authorize.authorize_v2),
    Route("POST", "/{tenant}/oauth2/v2.0/authorize", authorize.authorize_v2),
    Route("GET", "/{tenant}/oauth2/authorize", authorize.authorize_v1),
    Route("POST", "/{tenant}/oauth2/authorize", authorize.authorize_v1),
    Route("POST", "/{tenant}/oauth2/v2.0/devicecode", device.start),
    Route("GET", "/{tenant}/oauth2/v2.0/logout", logout.logout),
    Route("POST", "/{tenant}/oauth2/v2.0/logout", logout.logout),
    Route("GET", "/{tenant}/oauth2/logout", logout.logout),
    Route("POST", "/{tenant}/oauth2/v2.0/token", token.token_v2),
    Route("POST", "/{tenant}/oauth2/token", token.token_v1),
)
