"""Short names of resources on the command line, and how a resource becomes a scope.

Resources are those of Azure's public cloud as its services document them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import urlsplit

ALIASES: Mapping[str, str] = {
    "acr": "https://containerregistry.azure.net",
    "ai": "https://cognitiveservices.azure.com",
    "aks": "6dae42f8-4368-4678-94ff-3960e28e3630",
    "appconfig": "https://azconfig.io",
    "arm": "https://management.azure.com",
    "batch": "https://batch.core.windows.net/",
    "cosmos": "https://cosmos.azure.com",
    "databricks": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
    "devops": "499b84ac-1321-427f-aa17-267ca6975798",
    "eventhubs": "https://eventhubs.azure.net",
    "foundry": "https://ai.azure.com",
    "graph": "https://graph.microsoft.com",
    "iothub": "https://iothubs.azure.net",
    "kusto": "https://kusto.kusto.windows.net",
    "loganalytics": "https://api.loganalytics.io",
    "monitor": "https://monitor.azure.com",
    "mysql": "https://ossrdbms-aad.database.windows.net",
    "postgres": "https://ossrdbms-aad.database.windows.net",
    "powerbi": "https://analysis.windows.net/powerbi/api",
    "redis": "https://redis.azure.com",
    "search": "https://search.azure.com",
    "servicebus": "https://servicebus.azure.net",
    "sql": "https://database.windows.net",
    "storage": "https://storage.azure.com",
    "vault": "https://vault.azure.net",
}

_DEFAULT = "/.default"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def scope_of(text: str) -> str:
    """Return the scope that an alias, a resource or a scope stands for.

    A resource (a URL without a path, or a client id) gets ``/.default``, its own slash kept, as
    ``az`` does it. Raises ``ValueError`` for anything else.
    """
    resource = ALIASES.get(text.lower())
    if resource is not None:
        return resource + _DEFAULT
    if text.endswith(_DEFAULT):
        return text
    if _GUID.fullmatch(text):
        return text + _DEFAULT
    url = urlsplit(text)
    if url.scheme and url.netloc:
        return text if url.path.strip("/") else text + _DEFAULT
    near = get_close_matches(text.lower(), ALIASES, 1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise ValueError(f"{text!r} is no alias, resource URL or scope.{guess}")
