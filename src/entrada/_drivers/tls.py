"""The TLS context: the system's certificates, or the bundle that the environment names.

Building one reads some 140 certificates (20 ms), so equal settings share it.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import lru_cache

from entrada.errors import ConfigurationError

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def tls_context(env: Mapping[str, str]) -> ssl.SSLContext:
    """Return the context for an environment; raise ConfigurationError for an unreadable bundle."""
    for variable in _BUNDLES:
        if path := env.get(variable):
            return _context(variable, path)
    return _context("", "")


@lru_cache(maxsize=8)
def _context(variable: str, path: str) -> ssl.SSLContext:
    if not path:
        return ssl.create_default_context()
    from os.path import isdir

    try:
        if isdir(path):  # noqa: PTH112 - pathlib costs 10 ms at start
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise ConfigurationError(
            f"{variable} names {path}, which holds no readable certificates ({error}).",
            code="ca_bundle_unreadable",
            hint=f"Point {variable} at a PEM file of CA certificates, or unset it.",
        ) from error
