"""Which proxy a request goes through, by the environment variables that all tools share.

Loopback and link-local addresses never go through one: managed identity hosts refuse proxies.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Mapping
from typing import TypeAlias

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

# The second is link-local too: only a Google Cloud machine's own resolver knows the name.
_NEAR_NAMES = ("localhost", "metadata.google.internal")


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
        return env.get(name, "").strip()
    return (env.get(name) or env.get(name.upper()) or "").strip()


def _is_near(host: str) -> bool:
    if host.lower() in _NEAR_NAMES or host.lower().endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_link_local)


def _is_exempt(host: str, no_proxy: str) -> bool:
    address = _address(host)
    for entry in filter(None, map(str.strip, no_proxy.lower().split(","))):
        if entry == "*" or _names(entry, host.lower()):
            return True
        if address is not None and _holds(entry, address):
            return True
    return False


def _names(entry: str, host: str) -> bool:
    name = entry.removeprefix("*").removeprefix(".").partition(":")[0]
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _holds(network: str, address: _Address) -> bool:
    with contextlib.suppress(ValueError):
        return address in ipaddress.ip_network(network.strip("[]"), strict=False)
    return False


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    # Python before 3.13 does not see that ::ffff:169.254.169.254 is link-local.
    return getattr(address, "ipv4_mapped", None) or address
