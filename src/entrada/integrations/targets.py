"""Which token goes where: the scope of a host, and what may carry a token at all.

Hosts are those that Azure's services document, in the public cloud and the sovereign ones.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from entrada.errors import ConfigurationError

_DEFAULT = "/.default"

RESOURCES: Mapping[str, str] = {
    "management.azure.com": "https://management.azure.com",
    "management.usgovcloudapi.net": "https://management.usgovcloudapi.net",
    "management.chinacloudapi.cn": "https://management.chinacloudapi.cn",
    "graph.microsoft.com": "https://graph.microsoft.com",
    "graph.microsoft.us": "https://graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn": "https://microsoftgraph.chinacloudapi.cn",
    "core.windows.net": "https://storage.azure.com",
    "core.usgovcloudapi.net": "https://storage.azure.com",
    "core.chinacloudapi.cn": "https://storage.azure.com",
    "vault.azure.net": "https://vault.azure.net",
    "vault.usgovcloudapi.net": "https://vault.usgovcloudapi.net",
    "vault.azure.cn": "https://vault.azure.cn",
    "managedhsm.azure.net": "https://managedhsm.azure.net",
    "servicebus.windows.net": "https://servicebus.azure.net",
    "azure-devices.net": "https://iothubs.azure.net",
    "openai.azure.com": "https://cognitiveservices.azure.com",
    "cognitiveservices.azure.com": "https://cognitiveservices.azure.com",
    "services.ai.azure.com": "https://ai.azure.com",
    "azconfig.io": "https://azconfig.io",
    "search.windows.net": "https://search.azure.com",
    "monitor.azure.com": "https://monitor.azure.com",
    "api.loganalytics.io": "https://api.loganalytics.io",
    "azurecr.io": "https://containerregistry.azure.net",
    "service.signalr.net": "https://signalr.azure.com",
    "dev.azure.com": "499b84ac-1321-427f-aa17-267ca6975798",
}
"""The resource of each host; a host's subdomains belong to it."""

_ITSELF = ("documents.azure.com", "kusto.windows.net")
"""Hosts of which each is a resource of its own."""

_BEARER = re.compile(r"\bbearer\b", re.IGNORECASE)
_PARAMETER = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def scope_for(url: str) -> str:
    """Return the scope of the service that lives at a URL.

    Raises ConfigurationError where the host is none that is known.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    labels = host.split(".")
    for start in range(len(labels) - 1):
        domain = ".".join(labels[start:])
        if domain in RESOURCES:
            return RESOURCES[domain] + _DEFAULT
        if domain in _ITSELF and start:
            return f"https://{host}{_DEFAULT}"
    raise ConfigurationError(
        f"No scope is known for the host {host!r}.",
        code="no_scope_for_host",
        hint='Name it: scope="api://<client id>/.default".',
    )


def check_secure(url: str) -> None:
    """Raise ConfigurationError for a URL that a token must not be sent to."""
    if urlsplit(url).scheme != "https":
        raise ConfigurationError(
            "A bearer token is not sent over plain HTTP: everybody on the way could use it.",
            code="not_https",
            hint="Use an https URL.",
        )


def same_origin(one: str, other: str) -> bool:
    """Say whether two URLs are of one scheme, host and port."""
    return _origin(urlsplit(one)) == _origin(urlsplit(other))


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    default = {"https": 443, "http": 80}.get(url.scheme)
    return url.scheme, url.hostname, url.port or default


def claims_of(challenge: str) -> str | None:
    """Return the claims (JSON) that a ``WWW-Authenticate`` header asks for, ``None`` for none.

    Source: Microsoft's "Claims challenges, claims requests and client capabilities".
    """
    found = _BEARER.search(challenge)
    if found is None:
        return None
    said = {
        name.lower(): quoted or plain
        # Of one name the first counts: what follows may belong to another scheme.
        for name, quoted, plain in reversed(_PARAMETER.findall(challenge[found.end() :]))
    }
    claims = said.get("claims")
    if said.get("error") != "insufficient_claims" or not claims:
        return None
    try:
        text = base64.b64decode(claims + "=" * (-len(claims) % 4), altchars=b"-_").decode()
        return text if isinstance(json.loads(text), dict) else None
    except (ValueError, RecursionError):
        return None
