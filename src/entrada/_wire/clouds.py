"""The clouds that Microsoft runs: their hosts and the audiences that follow from them, as data.

It knows no request and no environment; who needs another authority, such as AD FS or a local
cloud, passes its host. A resource's scope is the resource followed by ``/.default``.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

PUBLIC_HOST = "login.microsoftonline.com"
_GERMANY = "login.microsoftonline.de"


class CloudSettings(NamedTuple):
    """One cloud: the host that issues its tokens, that host's other names, and its services.

    ``arm`` and ``graph`` are origins without a slash at the end; ``token_exchange_audience`` is
    the ``aud`` of a token that is presented as a federated credential.
    """

    name: str
    authority_host: str
    aliases: tuple[str, ...]
    arm: str
    graph: str
    token_exchange_audience: str


CLOUDS: tuple[CloudSettings, ...] = (
    CloudSettings(
        "AzureCloud",
        PUBLIC_HOST,
        ("login.windows.net", "login.microsoft.com", "sts.windows.net"),
        "https://management.azure.com",
        "https://graph.microsoft.com",
        "api://AzureADTokenExchange",
    ),
    CloudSettings(
        "AzureUSGovernment",
        "login.microsoftonline.us",
        ("login.usgovcloudapi.net",),
        "https://management.usgovcloudapi.net",
        "https://graph.microsoft.us",
        "api://AzureADTokenExchangeUSGov",
    ),
    CloudSettings(
        "AzureChinaCloud",
        "login.chinacloudapi.cn",
        ("login.partner.microsoftonline.cn",),
        "https://management.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "api://AzureADTokenExchangeChina",
    ),
)
"""The public cloud first; the names are those of ``az cloud list``."""

_BY_HOST = {host: cloud for cloud in CLOUDS for host in (cloud.authority_host, *cloud.aliases)}


def cloud_of(authority_host: str) -> CloudSettings | None:
    """Return the cloud of an authority, or None where it is none of Microsoft's.

    A scheme, port 443, path and the host's case do not matter; another port is another server.
    """
    host = authority_host.strip().lower().removeprefix("https://").partition("/")[0]
    return _BY_HOST.get(host.removesuffix(":443"))


class _AuthorityHosts(type):
    """Answers for the closed German cloud, whose constant azure-identity has as a memory."""

    def __getattr__(cls, name: str) -> str:
        if name != "AZURE_GERMANY":
            raise AttributeError(f"{cls.__name__} has no attribute {name!r}")
        warnings.warn(
            "AZURE_GERMANY is deprecated: the German cloud closed on 29 October 2021.",
            DeprecationWarning,
            stacklevel=2,
        )
        return _GERMANY


class AzureAuthorityHosts(metaclass=_AuthorityHosts):
    """Values for the ``authority`` keyword of credentials."""

    AZURE_CHINA = "login.chinacloudapi.cn"
    AZURE_GOVERNMENT = "login.microsoftonline.us"
    AZURE_PUBLIC_CLOUD = PUBLIC_HOST


class KnownAuthorities(AzureAuthorityHosts):
    """The older name of :class:`AzureAuthorityHosts`."""
