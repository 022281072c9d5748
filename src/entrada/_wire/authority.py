"""Authorities: the host that issues tokens, and its token endpoint.

Endpoints follow from the authority by rule, so no discovery request is ever made; AD FS differs
by its path.
"""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from entrada._engine.world import World
from entrada._wire.clouds import PUBLIC_HOST
from entrada.errors import ConfigurationError

VARIABLE = "AZURE_AUTHORITY_HOST"


def authority_of(given: str | None, world: World) -> str:
    """Return the authority as ``https://host[:port]``, from the argument or the environment.

    Raises ConfigurationError for one that is not https.
    """
    name = "authority" if given else VARIABLE
    text = (given or world.env.get(VARIABLE) or PUBLIC_HOST).strip()
    url = _https(text if "://" in text else f"https://{text}")
    if url is None:
        raise ConfigurationError(
            f"{name} has to be an https host, not {text!r}: secrets travel to it.",
            code="bad_authority",
            hint=f"Use a host such as {PUBLIC_HOST}.",
        )
    return f"https://{url.netloc}{url.path}".rstrip("/")


def _https(text: str) -> SplitResult | None:
    with suppress(ValueError):  # of a port or an IPv6 address that is none
        url = urlsplit(text)
        if url.scheme == "https" and url.hostname and url.port != 0:
            return url
    return None


def token_endpoint(authority: str, tenant: str) -> str:
    """Return the URL that grants tokens of a tenant."""
    if tenant == "adfs":
        return f"{authority}/adfs/oauth2/token"
    return f"{authority}/{tenant}/oauth2/v2.0/token"
