"""What a token that was found valid says of its bearer: Microsoft's claims by their meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts."""

_CAPABLE = "cp1"
"""The client capability of understanding claims challenges."""


class TokenClaims(Mapping[str, Any]):
    """The claims of a valid token, as a mapping and by meaning.

    A person or application is known by ``user_key``: names and addresses change hands.
    """

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self._claims = claims

    def __getitem__(self, name: str) -> Any:
        return self._claims[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._claims)

    def __len__(self) -> int:
        return len(self._claims)

    def __repr__(self) -> str:
        kind = "app" if self.is_app else "user"
        return f"TokenClaims({kind} {self.object_id!r} of tenant {self.tenant_id!r})"

    @property
    def tenant_id(self) -> str:
        """The tenant that issued the token."""
        return str(self._claims.get("tid", ""))

    @property
    def object_id(self) -> str:
        """The user's or service principal's object in that tenant."""
        return str(self._claims.get("oid", ""))

    @property
    def user_key(self) -> tuple[str, str]:
        """Tenant and object id: the one key by which to remember a caller."""
        return self.tenant_id, self.object_id

    @property
    def client_id(self) -> str:
        """The application that calls (``azp``, in tokens of version 1.0 ``appid``)."""
        return str(self._claims.get("azp" if self._claims.get("ver") == "2.0" else "appid") or "")

    @property
    def is_app(self) -> bool:
        """Whether an application calls for itself, without a user."""
        kind = self._claims.get("idtyp")
        if kind is not None:
            return bool(kind == "app")
        subject = self._claims.get("sub")
        return "scp" not in self._claims and subject is not None and subject == self._oid

    @cached_property
    def scopes(self) -> frozenset[str]:
        """What the application may do for the user; nothing where there is no user."""
        scopes = self._claims.get("scp")
        return frozenset(scopes.split() if isinstance(scopes, str) and not self.is_app else ())

    @cached_property
    def app_roles(self) -> frozenset[str]:
        """What an application may do for itself."""
        return self._roles if self.is_app else frozenset()

    @cached_property
    def user_roles(self) -> frozenset[str]:
        """The roles that were assigned to the user."""
        return frozenset() if self.is_app else self._roles

    @property
    def is_guest(self) -> bool:
        """Whether the user's home is another tenant (claims ``acct`` and ``idp``)."""
        if self._claims.get("acct") in (1, "1"):
            return True
        home = self._claims.get("idp")
        here = (None, self._claims.get("iss"), f"https://sts.windows.net/{self.tenant_id}/")
        return home not in here

    @property
    def contexts(self) -> frozenset[str]:
        """The authentication contexts that the sign-in met (``acrs``), such as ``c1``."""
        return _words(self._claims.get("acrs"))

    @property
    def takes_challenges(self) -> bool:
        """Whether the calling application understands claims challenges."""
        return _CAPABLE in {word.lower() for word in _words(self._claims.get("xms_cc"))}

    @property
    def has_groups_overage(self) -> bool:
        """Whether the user is in more groups than fit: ask Graph's ``getMemberObjects``."""
        names = self._claims.get("_claim_names")
        return bool(self._claims.get("hasgroups")) or (
            isinstance(names, Mapping) and "groups" in names
        )

    @property
    def _oid(self) -> object:
        return self._claims.get("oid")

    @property
    def _roles(self) -> frozenset[str]:
        return _words(self._claims.get("roles"))


def _words(value: object) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    return frozenset(word for word in values if isinstance(word, str))
