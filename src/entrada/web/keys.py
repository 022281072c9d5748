"""The public keys that Entra signs tokens with: fetched once, renewed in time, kept in an outage.

A key set belongs to one metadata document; a token's version says which one (versions 1.0 and 2.0
have issuers and key documents of their own). Fetching is a flow; looking at what is known is a
plain function. Nothing here knows a claim.

Source: OpenID Connect Discovery 1.0; Microsoft's access token reference, "Validate
the signature" and "Validate the signing key issuer".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from entrada._engine import log
from entrada._engine.effects import Flow, Request, Spawn, Transport, TransportFailure
from entrada._engine.flight import Flights
from entrada._engine.retry import Retry, retrying
from entrada._wire.safe import first_words
from entrada.errors import AuthorityUnreachableError
from entrada.web.api_jwks import VERSIONS, SigningKey, Version, usable_keys

if TYPE_CHECKING:
    from entrada._engine.world import World

REFRESH_AFTER = 3600.0
"""Seconds after which keys are fetched anew, in the background."""

KEEP = 86400.0
"""Seconds for which keys are used when they cannot be fetched anew."""

_FIRST_GAP = 1.0
_LONGEST_GAP = 60.0
_FIRST_RETRY = 30.0
_LONGEST_RETRY = 300.0
_POLICY = Retry(tries=3, base=0.3, longest=1.0, patience=2.0)
_TIMEOUT = 5.0


class KeySet:
    """The keys of one metadata document; ``serial`` is the number of the fetch that brought them.

    ``refresh_on`` and ``dead_on`` are epoch seconds.
    """

    __slots__ = ("dead_on", "keys", "refresh_on", "serial")

    def __init__(self, keys: Mapping[str, SigningKey], serial: int, now: float) -> None:
        self.keys = keys
        self.serial = serial
        self.refresh_on = now + REFRESH_AFTER
        self.dead_on = now + KEEP


class Keys:
    """One tenant's signing keys, for tokens of either version.

    ``authority`` is ``https://host``, ``tenant`` what stands in its URLs; ``application`` is the
    client id of an app with signing keys of its own (claims mapping).
    """

    def __init__(
        self,
        authority: str,
        tenant: str,
        world: World,
        *,
        application: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._base = f"{authority}/{tenant}"
        self._query = f"?appid={quote(application, safe='')}" if application else ""
        self._world = world
        self._transport = transport
        self._flights: Flights[KeySet] = Flights()
        self._sets: dict[Version, KeySet] = {}
        self._searches = {version: _Searches() for version in VERSIONS}
        self._failures = 0

    def known(self, version: Version, kid: str) -> SigningKey | None:
        """Return a key that is at hand and fresh; ``None`` says to use :meth:`find`."""
        found = self._sets.get(version)
        if found is None or self._world.now() >= found.refresh_on:
            return None
        return found.keys.get(kid)

    def find(self, version: Version, kid: str) -> Flow[SigningKey | None]:
        """Return a key, fetching the key set where that may help; ``None`` where there is none.

        An unknown ``kid`` has the keys fetched anew: once for all who ask meanwhile, and ever more
        rarely while that brings nothing. Raises AuthorityUnreachableError where no keys can be got.
        """
        searches = self._searches[version]
        came = searches.begun  # only a fetch that begins later can say that there is no such key
        found = yield from self._current(version)
        while kid not in found.keys and found.serial <= came:
            if not self._flights.under_way(version) and not searches.due(self._world.elapsed()):
                searches.complain()
                return None
            found = yield from self._flights.once(version, lambda: self._search(version, kid, came))
        return found.keys.get(kid)

    def _current(self, version: Version) -> Flow[KeySet]:
        found = self._sets.get(version)
        now = self._world.now()
        if found is None or now >= found.dead_on:
            return (yield from self._flights.once(version, lambda: self._fetch(version)))
        if now >= found.refresh_on and not self._flights.under_way(version):
            yield Spawn(lambda: self._flights.once(version, lambda: self._renew(version)))
        return found

    def _renew(self, version: Version) -> Flow[KeySet]:
        """Fetch keys that are old; where that fails, go on with them and try again later."""
        try:
            found = yield from self._fetch(version)
        except AuthorityUnreachableError:
            found = self._sets[version]
            self._failures += 1
            wait = min(_FIRST_RETRY * 2.0 ** min(self._failures - 1, 10), _LONGEST_RETRY)
            found.refresh_on = self._world.now() + wait * (0.75 + self._world.chance() / 2)
            log.warning("signing keys cannot be renewed; those at hand are used")
        return found

    def _search(self, version: Version, kid: str, came: int) -> Flow[KeySet]:
        """Fetch the keys for the sake of one that is unknown."""
        found = self._sets[version]
        if kid in found.keys or found.serial > came:
            return found  # somebody fetched them between our look and our flight
        searches = self._searches[version]
        try:
            found = yield from self._fetch(version)
        except AuthorityUnreachableError as error:
            searches.failed(self._world.elapsed(), error)
            raise
        searches.ended(self._world.elapsed(), fruitful=kid in found.keys)
        return found

    def _fetch(self, version: Version) -> Flow[KeySet]:
        serial = self._searches[version].begin()
        middle = "/v2.0" if version == "2.0" else ""
        url = f"{self._base}{middle}/.well-known/openid-configuration{self._query}"
        metadata = yield from self._document(url)
        issuer, location = _https(metadata, "issuer"), _https(metadata, "jwks_uri")
        if not issuer or not location:
            raise _unusable(url, "it names no https issuer and jwks_uri")
        document = yield from self._document(location)
        before = self._sets[version].keys if version in self._sets else {}
        keys = usable_keys(document.get("keys"), version, issuer, before)
        if not keys:
            raise _unusable(location, "it holds no RSA key to verify signatures with")
        found = KeySet(keys, serial, self._world.now())
        self._sets[version] = found
        self._failures = 0
        log.debug("%d signing keys for tokens of version %s", len(keys), version)
        return found

    def _document(self, url: str) -> Flow[Mapping[str, Any]]:
        request = Request("GET", url, timeout=_TIMEOUT, via=self._transport)
        try:
            response = yield from retrying(request, _POLICY, self._world)
        except TransportFailure as failure:
            raise _unusable(url, failure.detail) from None
        if response.status != 200:
            said = first_words(response.body)
            raise _unusable(url, f"HTTP {response.status} {said}", response.status)
        try:
            document = json.loads(response.body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise _unusable(url, "the answer is no JSON object", response.status)
        return document


class _Searches:
    """How many fetches have begun, and when the next may begin for the sake of an unknown key.

    Moments are seconds of the clock that never goes back.
    """

    def __init__(self) -> None:
        self.begun = 0
        self._next = 0.0
        self._gap = 0.0
        self._error: AuthorityUnreachableError | None = None

    def begin(self) -> int:
        self.begun += 1
        return self.begun

    def due(self, now: float) -> bool:
        return now >= self._next or self._gap == 0.0

    def ended(self, now: float, *, fruitful: bool) -> None:
        self._error = None
        self._gap = 0.0 if fruitful else min(self._gap * 2 or _FIRST_GAP, _LONGEST_GAP)
        self._next = now + self._gap

    def failed(self, now: float, error: AuthorityUnreachableError) -> None:
        self.ended(now, fruitful=False)
        self._error = error

    def complain(self) -> None:
        """Raise what the last search met: while it met no answer, nobody knows the key is bad."""
        if self._error is not None:
            raise _again(self._error)


def _again(error: AuthorityUnreachableError) -> AuthorityUnreachableError:
    return AuthorityUnreachableError(
        error.message, code=error.code, hint=error.hint, status_code=error.status_code
    )


def _https(document: Mapping[str, Any], name: str) -> str:
    text = document.get(name)
    return text if isinstance(text, str) and text.startswith("https://") else ""


def _unusable(url: str, why: str, status: int | None = None) -> AuthorityUnreachableError:
    return AuthorityUnreachableError(
        f"Tokens cannot be verified: no signing keys from {url}: {why}.",
        code="no_signing_keys",
        hint="Check that this machine reaches the authority, and the tenant's id.",
        status_code=status,
    )
