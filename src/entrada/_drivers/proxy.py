"""Which proxy a request goes through, by the environment variables that all tools share.

Loopback and link-local addresses never go through one: managed identity hosts refuse proxies.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping


def proxy_for(scheme: str, host: str, env: Mapping[str, str]) -> str | None:
    """Return the proxy's URL for a scheme and host, or ``None`` to connect directly."""
    if _is_near(host) or _is_exempt(host, _first(env, "no_proxy")):
        return None
    proxy = _first(env, f"{scheme}_proxy") or _first(env, "all_proxy")
    if not proxy:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _first(env: Mapping[str, str], name: str) -> str:
    # In a CGI process HTTP_PROXY is the client's "Proxy:" header, so only lower case counts there.
    if name == "http_proxy" and "REQUEST_METHOD" in env:
        return env.get(name, "")
    return env.get(name) or env.get(name.upper()) or ""


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local


def _is_exempt(host: str, no_proxy: str) -> bool:
    for entry in no_proxy.split(","):
        name = entry.strip().partition(":")[0].lstrip(".").lower()
        if name == "*" or (name and (host.lower() == name or host.lower().endswith(f".{name}"))):
            return True
    return False
