"""How a client proves who it is to a token endpoint: secret, certificate or someone's assertion.

A proof is a flow from the endpoint's URL to the form fields of RFC 6749 (section 2.3.1) or
RFC 7521 (section 4.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from entrada._engine.effects import Flow, call
from entrada._engine.world import World
from entrada._wire.certificate import LIFETIME, Signer, load_signer
from entrada.errors import ConfigurationError

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Proof(Protocol):
    """Makes the form fields that authenticate a client."""

    def fields(self, client_id: str, url: str, world: World) -> Flow[Mapping[str, str]]:
        """Return the fields for a request to a token endpoint."""
        ...


class SecretProof:
    """A client secret in the body."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def fields(self, client_id: str, url: str, world: World) -> Flow[Mapping[str, str]]:  # noqa: ARG002
        """Return the secret itself."""
        yield from ()
        return {"client_secret": self._secret}


class AssertionProof:
    """An assertion that somebody else issued, fetched anew for every exchange."""

    __slots__ = ("_fetch", "_who")

    def __init__(self, fetch: Callable[[], object], who: str) -> None:
        self._fetch = fetch
        self._who = who

    def fields(self, client_id: str, url: str, world: World) -> Flow[Mapping[str, str]]:  # noqa: ARG002
        """Call for the assertion; raise ConfigurationError where it is no string."""
        assertion = yield from call(self._fetch, self._who)
        return assertion_fields(assertion, self._who)


class CertificateProof:
    """An assertion that we sign with a certificate's key.

    The certificate is read again for each new assertion, so a renewed file is used without a
    restart; a signed assertion is used until half of its life is over.
    """

    __slots__ = (
        "_data",
        "_legacy",
        "_loaded",
        "_password",
        "_path",
        "_send_chain",
        "_signed",
    )

    def __init__(
        self,
        path: str | None,
        data: bytes | None,
        password: bytes | None,
        *,
        send_chain: bool,
        legacy: bool,
    ) -> None:
        self._path = path
        self._data = data
        self._password = password
        self._send_chain = send_chain
        self._legacy = legacy
        self._loaded: tuple[bytes, Signer] | None = None
        self._signed: dict[str, tuple[bytes, float, str]] = {}

    def fields(self, client_id: str, url: str, world: World) -> Flow[Mapping[str, str]]:
        """Return a signed assertion; raise ConfigurationError for an unusable certificate."""
        file, signer = yield from self._load(world)
        digest, made_on, assertion = self._signed.get(url, (b"", 0.0, ""))
        now = world.now()
        if digest != file or not 0 <= now - made_on < LIFETIME / 2:
            assertion = signer.assertion(
                url, client_id, now, send_chain=self._send_chain, legacy=self._legacy
            )
            self._signed[url] = (file, now, assertion)
        return _assertion(assertion)

    def _load(self, world: World) -> Flow[tuple[bytes, Signer]]:
        """Return the certificate's digest and signer: a pair, since another may load meanwhile."""
        source = self._path or "certificate_data"
        data = self._data
        if data is None:
            data = yield from call(lambda: read_file(world, source, "certificate"), source)
        digest = hashlib.sha256(data).digest()
        loaded = self._loaded
        if loaded is None or loaded[0] != digest:
            loaded = self._loaded = (digest, load_signer(data, self._password, source))
        return loaded


def read_file(world: World, path: str, what: str) -> bytes:
    """Return a file's bytes; raise ConfigurationError where it cannot be read."""
    try:
        return world.read(path)
    except OSError as error:
        raise ConfigurationError(
            f"The {what} file {path} cannot be read ({error.strerror or type(error).__name__}).",
            code=f"{what.replace(' ', '_')}_unreadable",
            hint=f"Check the path and its permissions: ls -l {path}",
        ) from None


def assertion_fields(assertion: object, who: str) -> dict[str, str]:
    """Return the form fields of what ``who`` returned; raise ConfigurationError for no string."""
    if isinstance(assertion, str) and assertion.strip():
        return _assertion(assertion.strip())
    raise ConfigurationError(
        f"{who} returned no assertion but {type(assertion).__name__}.",
        code="no_assertion",
        hint="It has to return the signed token as a non-empty string.",
    )


def _assertion(assertion: str) -> dict[str, str]:
    return {"client_assertion_type": JWT_BEARER, "client_assertion": assertion}
