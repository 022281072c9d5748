"""What can go wrong, by whose move it is.

    AuthenticationError                 azure.core.exceptions.ClientAuthenticationError
    ├── CredentialUnavailableError      nothing here to sign in with: a chain goes on
    │   └── AuthenticationRequiredError a person has to sign in first
    ├── AuthenticationRejectedError     asked and refused: a chain stops
    ├── AuthorityUnreachableError       no usable answer: try later
    └── ConfigurationError              the caller's own settings are wrong (also a ValueError)

Each carries ``code``, ``hint`` (the next thing to do), ``attempts`` and ``correlation_id`` as
data, never a secret. The classes descend from those of azure-core and azure-identity as soon as
the process has loaded these, so ``except ClientAuthenticationError`` works; importing this module
loads neither.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias

if TYPE_CHECKING:
    from azure.core.exceptions import ClientAuthenticationError as _Root
else:

    class _Root(Exception):
        """Stands where azure-core's class will stand once the process has loaded it."""


__all__ = [
    "Attempt",
    "AuthenticationError",
    "AuthenticationRejectedError",
    "AuthenticationRequiredError",
    "AuthorityUnreachableError",
    "ConfigurationError",
    "CredentialUnavailableError",
]

Kind: TypeAlias = Literal["unavailable", "needs_user", "rejected", "unreachable", "misconfigured"]


class Attempt(NamedTuple):
    """What became of one link of a chain. ``seconds`` is how long it took."""

    link: str
    outcome: Kind | Literal["token"]
    reason: str = ""
    seconds: float = 0.0
    code: str | None = None
    hint: str | None = None


class AuthenticationError(_Root):
    """No token. The subclass says whose move it is.

    ``code`` is a stable word or an AADSTS code, ``hint`` the next thing to do, ``attempts`` what
    each link of a chain said, ``correlation_id`` what Microsoft's support asks for.
    """

    kind: ClassVar[Kind] = "rejected"

    # What users of azure-core's class read; there is no azure-core response behind our errors.
    response: Any = None
    model: Any = None
    error: Any = None
    reason: Any = None
    status_code: int | None = None
    inner_exception: Any = None
    continuation_token: str | None = None
    exc_type: Any = None
    exc_value: Any = None
    exc_traceback: Any = None

    def __new__(cls, *_args: Any, **_keywords: Any) -> Self:
        """Make an error that descends from azure-core's class where that is loaded."""
        join_azure()
        return super().__new__(cls)

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        hint: str | None = None,
        attempts: Iterable[Attempt] = (),
        correlation_id: str | None = None,
        status_code: int | None = None,
    ) -> None:
        Exception.__init__(self, message)
        self.message = self.exc_msg = message
        self.code = code
        self.hint = hint
        self.attempts = tuple(attempts)
        self.correlation_id = correlation_id
        self.status_code = status_code

    def __str__(self) -> str:
        """Return the message, the hint on a line of its own, and the attempts as a table."""
        lines = [self.message]
        if self.hint:
            lines.append(f"-> {self.hint}")
        if self.attempts:
            lines += ["", *_table(self.attempts)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return _rebuild, (type(self), fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON-safe data, without any secret."""
        return {
            "error": type(self).__name__,
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "correlation_id": self.correlation_id,
            "status_code": self.status_code,
            "attempts": [attempt._asdict() for attempt in self.attempts],
        }


class CredentialUnavailableError(AuthenticationError):
    """Nothing here to sign in with; a chain goes on to its next link."""

    kind: ClassVar[Kind] = "unavailable"


class AuthenticationRequiredError(CredentialUnavailableError):
    """A person has to sign in first; ``scopes`` and ``claims`` are what to sign in for."""

    kind: ClassVar[Kind] = "needs_user"

    def __init__(
        self,
        scopes: Iterable[str] = (),
        message: str | None = None,
        claims: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message or "Interactive sign-in is required to get a token.", **details)
        self.scopes = tuple(scopes)
        self.claims = claims


class AuthenticationRejectedError(AuthenticationError):
    """The authority or the host was asked and refused; a chain stops."""

    kind: ClassVar[Kind] = "rejected"


class AuthorityUnreachableError(AuthenticationError):
    """There was no usable answer in time; the same call may succeed later."""

    kind: ClassVar[Kind] = "unreachable"


class ConfigurationError(AuthenticationError, ValueError):
    """The caller's own settings are wrong; the message names the argument or variable."""

    kind: ClassVar[Kind] = "misconfigured"


BY_KIND: Mapping[Kind, type[AuthenticationError]] = {
    "unavailable": CredentialUnavailableError,
    "needs_user": AuthenticationRequiredError,
    "rejected": AuthenticationRejectedError,
    "unreachable": AuthorityUnreachableError,
    "misconfigured": ConfigurationError,
}


def error_of(kind: Kind, message: str, **details: Any) -> AuthenticationError:
    """Build the error of a kind."""
    if kind == "needs_user":
        return AuthenticationRequiredError((), message, **details)
    return BY_KIND[kind](message, **details)


def _table(attempts: Sequence[Attempt]) -> list[str]:
    """Return one line an attempt: link, outcome, time, reason; its hint stands below it."""
    width = max(len(attempt.link) for attempt in attempts)
    lines = []
    for attempt in attempts:
        took = attempt.seconds
        time = f"{took * 1000:.0f} ms" if took < 1 else f"{took:.1f} s"
        head = f"  {attempt.link:<{width}}  {attempt.outcome:<13} {time:>8}  "
        reason = attempt.reason.partition("\n")[0]
        lines.append(head + (reason if len(reason) <= 100 else reason[:99] + "…"))
        if attempt.hint:
            lines.append(f"{'':{len(head)}}-> {attempt.hint}")
    return lines


def _rebuild(cls: type[AuthenticationError], fields: Mapping[str, Any]) -> AuthenticationError:
    error = cls.__new__(cls)
    error.args = (fields["message"],)
    vars(error).update(fields)
    return error


# (our class, our own base, module of the peer, its class there)
_PEERS: list[tuple[type, tuple[type, ...], str, str]] = [
    (AuthenticationError, (), "azure.core.exceptions", "ClientAuthenticationError"),
    (
        CredentialUnavailableError,
        (AuthenticationError,),
        "azure.identity",
        "CredentialUnavailableError",
    ),
]


def join_azure() -> None:
    """Put the peers' classes among our bases once the process has loaded them.

    ``except`` looks at real base classes only, and importing azure-core for the sake of an error
    would cost every process some 50 ms; whoever catches its class has loaded it before we raise.
    """
    for row in list(_PEERS):
        ours, base, module, name = row
        peer = getattr(sys.modules.get(module), name, None)
        # The shim stands ours in the peer's place: no class can be its own base.
        if peer is not None and peer is not ours:
            # First the bases: a thread that finds no row left goes on to raise.
            ours.__bases__ = (*base, peer)
            _PEERS[:] = [other for other in _PEERS if other is not row]
