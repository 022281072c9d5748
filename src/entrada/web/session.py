"""Who is signed in: the values that an app gets to see."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entrada.web.credential import AsyncSignedInCredential, SignedInCredential


@dataclass(frozen=True, slots=True)
class User:
    """A person, known by :attr:`key`: names and addresses change hands, so never go by these.

    ``claims`` are the verified id token's.
    """

    tenant_id: str
    object_id: str
    name: str = ""
    username: str = ""
    roles: tuple[str, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What to keep a person's data under: tenant id and object id."""
        return (self.tenant_id, self.object_id)

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> User:
        """Read the claims of a verified id token."""
        roles = claims.get("roles")
        named = claims.get("preferred_username") or claims.get("upn") or ""
        return cls(
            str(claims["tid"]),
            str(claims.get("oid") or claims["sub"]),
            str(claims.get("name") or named),
            str(named),
            tuple(map(str, roles)) if isinstance(roles, list) else (),
            claims,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in.

    ``secret`` is the cookie's value; ``grant`` names the person's tokens. Times are epoch seconds:
    the session ends at ``ends_on`` for want of activity and at ``last_on`` in any case. ``rounds``
    counts the sign-ins in a row that the app has demanded.
    """

    secret: str = field(repr=False)
    grant: str = field(repr=False)
    user: User
    scopes: frozenset[str]
    began_on: float
    seen_on: float
    ends_on: float
    last_on: float
    rounds: int = 0
    _credentials: Callable[[Session, bool], Any] | None = field(
        default=None, repr=False, compare=False
    )

    @property
    def credential(self) -> SignedInCredential:
        """A TokenCredential for the person, for threads: pass it to any Azure client.

        Its ``get_token`` raises :class:`entrada.web.SignInRequiredError` when the person has to
        consent or to sign in again; let it pass, and the adapter sends them there and back.
        """
        found: SignedInCredential = self._made(asynchronous=False)
        return found

    @property
    def async_credential(self) -> AsyncSignedInCredential:
        """The same for asyncio."""
        found: AsyncSignedInCredential = self._made(asynchronous=True)
        return found

    @property
    def csrf_token(self) -> str:
        """What a form or a script of this site sends along, so that no other site can."""
        digest = hmac.digest(self.secret.encode(), b"csrf", hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def has_csrf(self, token: str | None) -> bool:
        """Say whether a token is this session's."""
        return hmac.compare_digest((token or "").encode(), self.csrf_token.encode())

    @property
    def id(self) -> str:
        """A name for logs: it does not open the session."""
        return hashlib.sha256(self.secret.encode()).hexdigest()[:12]

    def _made(self, *, asynchronous: bool) -> Any:
        if self._credentials is None:
            raise RuntimeError("this session belongs to no sign-in")
        return self._credentials(self, asynchronous)
