"""A TLS connection that trusts what its request says: one pinned certificate, or other authorities.

It knows no HTTP. The authorities are checked by OpenSSL; they are ignored for a pin only, which
is compared before the first byte of a request is sent.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
from collections.abc import Mapping
from functools import lru_cache

from entrada._drivers.tls import tls_context
from entrada._engine.effects import TransportFailure, Trust
from entrada.errors import ConfigurationError


class TrustingConnection(http.client.HTTPSConnection):
    """Connects directly and speaks to whom ``trust`` describes."""

    def __init__(self, host: str, port: int, trust: Trust, env: Mapping[str, str]) -> None:
        self._trust = trust
        self._own_context = _context(trust) or tls_context(env)
        super().__init__(host, port, context=self._own_context)

    def connect(self) -> None:
        """Connect; raise :class:`TransportFailure` for another certificate than the pinned one."""
        http.client.HTTPConnection.connect(self)
        name = self._trust.server_name or self.host
        secured = self._own_context.wrap_socket(self.sock, server_hostname=name)
        self.sock = secured
        if self._trust.thumbprint:
            self._check(secured.getpeercert(binary_form=True) or b"")

    def _check(self, der: bytes) -> None:
        found = hashlib.sha1(der, usedforsecurity=False).hexdigest()
        if found != self._trust.thumbprint.lower():
            where = f"{self.host}:{self.port}"
            detail = f"the certificate of {where} has the thumbprint {found}, not the pinned one"
            raise TransportFailure("tls", detail)


@lru_cache(maxsize=8)
def _context(trust: Trust) -> ssl.SSLContext | None:
    if trust.thumbprint:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if not trust.authorities:
        return None
    try:
        return ssl.create_default_context(cadata=trust.authorities)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigurationError(
            f"The certificate authorities for {trust.server_name or 'this host'} cannot be read.",
            code="authorities_unreadable",
            hint="They have to be certificates in PEM.",
        ) from error
