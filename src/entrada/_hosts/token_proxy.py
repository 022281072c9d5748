"""AKS identity binding: token requests through the cluster's own proxy, which Entra knows.

An identity may have 20 federated credentials, and a binding replaces them: the proxy tells Entra
which cluster is asking. Four variables of the webhook say where it is and whom to trust.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from entrada._engine.effects import Effect, Flow, Request, T, Trust, call
from entrada._engine.watch import watched
from entrada._engine.world import World
from entrada.errors import ConfigurationError

PROXY = "AZURE_KUBERNETES_TOKEN_PROXY"
SERVER_NAME = "AZURE_KUBERNETES_SNI_NAME"
CA_FILE = "AZURE_KUBERNETES_CA_FILE"
CA_DATA = "AZURE_KUBERNETES_CA_DATA"


class _Read(NamedTuple):
    stamp: object
    authorities: str


class TokenProxy:
    """Sends a flow's requests to the proxy instead of the authority."""

    def __init__(self, url: str, server_name: str, ca_file: str, ca_data: str) -> None:
        self._url = url.rstrip("/")
        self._server_name = server_name
        self._ca_file = ca_file
        self._read = _Read(None, ca_data)

    def through(self, flow: Flow[T], world: World) -> Flow[T]:
        """Run a flow whose requests go to the proxy, with the proxy's own authorities.

        Raises ConfigurationError where the file of authorities was never readable.
        """
        if self._ca_file:
            yield from call(lambda: self._refresh(world), self._ca_file)
        trust = Trust(authorities=self._read.authorities, server_name=self._server_name)

        def redirect(effect: Effect) -> Effect:
            if not isinstance(effect, Request):
                return effect
            return effect._replace(url=self._own(effect.url), trust=trust)

        return (yield from watched(flow, redirect))

    def _own(self, url: str) -> str:
        parts = urlsplit(url)
        return self._url + parts.path + (f"?{parts.query}" if parts.query else "")

    def _refresh(self, world: World) -> None:
        """Read the authorities again where the file has changed; keep them where it is unusable."""
        stamp = world.stamp(self._ca_file)
        if self._read.authorities and stamp == self._read.stamp:
            return
        try:
            text = world.read(self._ca_file).decode("ascii", "replace").strip()
        except OSError:
            text = ""
        if text:
            self._read = _Read(stamp, text)
        elif not self._read.authorities:
            raise ConfigurationError(
                f"{CA_FILE} names {self._ca_file}, which cannot be read or is empty.",
                code="token_proxy_ca_unreadable",
                hint=f"Check that the volume is mounted: ls -l {self._ca_file}",
            )


def token_proxy(world: World) -> TokenProxy | None:
    """Return the proxy that the environment describes, or ``None`` where it describes none.

    Raises ConfigurationError for a description that is incomplete or contradicts itself.
    """
    url, server_name, ca_file, ca_data = (
        world.env.get(name) or "" for name in (PROXY, SERVER_NAME, CA_FILE, CA_DATA)
    )
    if not url:
        if server_name or ca_file or ca_data:
            raise _bad(f"{SERVER_NAME}, {CA_FILE} or {CA_DATA} is set without {PROXY}.")
        return None
    if ca_file and ca_data:
        raise _bad(f"{CA_FILE} and {CA_DATA} are both set; only one can count.")
    _check_url(url)
    return TokenProxy(url, server_name, ca_file, ca_data)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" and parts.hostname and parts.port != 0
        fine = fine and not any(mark in url for mark in "@?#")
    except ValueError:
        fine = False
    if not fine:
        raise _bad(f"{PROXY} has to be an https URL without user, query and fragment.")


def _bad(message: str) -> ConfigurationError:
    return ConfigurationError(
        message,
        code="bad_token_proxy",
        hint="The webhook of AKS identity binding sets these variables; do not change them, or "
        "leave enable_azure_proxy= out.",
    )
