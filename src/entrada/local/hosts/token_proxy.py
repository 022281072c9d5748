"""AKS's token proxy for identity bindings, on the ``fabric`` service: ``/kubernetes/{path}``.

It hands token requests on to Entra as they are; no other path is let through.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entrada._engine.effects import Request, Response
from entrada.local.cloud import not_found
from entrada.local.hosts.certificate import SERVER_NAME, authority_pem

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

_TOKEN_PATH = re.compile(r"[\w.-]+/oauth2/v2\.0/token", re.ASCII)


def token_proxy_environment(cloud: Cloud) -> dict[str, str]:
    """Return the variables that the webhook of AKS identity binding adds to a pod."""
    return {
        "AZURE_KUBERNETES_TOKEN_PROXY": f"{cloud.endpoints.fabric}/kubernetes",
        "AZURE_KUBERNETES_SNI_NAME": SERVER_NAME,
        "AZURE_KUBERNETES_CA_DATA": authority_pem(cloud),
    }


def forward(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a token request as Entra does."""
    path = inbound.params["path"]
    if not _TOKEN_PATH.fullmatch(path):
        return not_found("fabric", cloud, inbound)
    url = f"{cloud.endpoints.login}/{path}"
    return cloud.handle(Request("POST", url, inbound.headers, inbound.body))
