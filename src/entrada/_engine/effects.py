"""The closed alphabet of effects that a flow may yield.

A flow is a generator that yields effects and is sent their results. It does no I/O, reads no
clock and no environment; the drivers in ``entrada._drivers`` perform what it asks for. A new
effect needs a verb in each driver and a reason. What may be secret is in no effect's ``repr``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from entrada._engine.flight import Flight

T = TypeVar("T")

TIMEOUT = 10.0
"""Seconds that a request or a program has, unless it says otherwise."""

_NONE: Mapping[str, str] = MappingProxyType({})


class Trust(NamedTuple):
    """Whom one request trusts over TLS, in place of the machine's authorities; no proxy is used.

    ``thumbprint``: the server's certificate is the one with this SHA-1 (hex), whoever issued it;
    ``authorities``: it is issued by one of these (PEM; empty: the machine's), for ``server_name``
    where that is given (also sent as SNI), else for the URL's host. Nothing is sent before.
    """

    thumbprint: str = ""
    authorities: str = ""
    server_name: str = ""


class Request(NamedTuple):
    """Send one HTTP request; the result is a :class:`Response`.

    ``timeout`` is in seconds, for the whole exchange. ``via`` names another transport than the
    driver's own, ``trust`` other authorities than the machine's. The driver raises
    :class:`TransportFailure` when there is no answer.
    """

    method: str
    url: str
    headers: Mapping[str, str] = _NONE
    body: bytes = b""
    timeout: float = TIMEOUT
    via: Transport | None = None
    trust: Trust | None = None

    def __repr__(self) -> str:
        return f"Request({self.method!r}, {self.url!r}, timeout={self.timeout!r})"


class Response(NamedTuple):
    """An HTTP answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = _NONE
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Response({self.status!r})"


class Sleep(NamedTuple):
    """Do nothing for a number of seconds."""

    seconds: float


class Run(NamedTuple):
    """Run a program without a shell; the result is a :class:`Completed`.

    ``env`` is added to the caller's environment, ``timeout`` is in seconds. ``meanwhile`` is called
    when the program has started, for what would otherwise be done after it. The driver raises
    ``FileNotFoundError`` or another ``OSError`` when the program cannot be started and
    ``TimeoutError`` when it did not end in time.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = _NONE
    cwd: str | None = None
    timeout: float = TIMEOUT
    meanwhile: Callable[[], object] | None = None


class Completed(NamedTuple):
    """How a program ended."""

    code: int
    stdout: str = ""
    stderr: str = ""

    def __repr__(self) -> str:
        return f"Completed({self.code!r})"


class Call(NamedTuple):
    """Call something that is not ours, and may block: a file read, a callback, a credential.

    The result is what ``function`` returns. The async driver awaits an awaitable result and
    moves a plain function off the event loop.
    """

    function: Callable[[], object]
    what: str = ""

    def __repr__(self) -> str:
        return f"Call({self.what!r})"


class Wait(NamedTuple):
    """Wait for a renewal that somebody else leads; the result is the flight's outcome."""

    flight: Flight
    timeout: float | None = None


class Spawn(NamedTuple):
    """Start another flow in the background; the result is ``None`` at once."""

    start: Callable[[], Flow[object]]

    def __repr__(self) -> str:
        return "Spawn()"


class Prompt(NamedTuple):
    """Show a person something; the result is what the display function returns."""

    show: Callable[[], object]

    def __repr__(self) -> str:
        return "Prompt()"


Effect: TypeAlias = Request | Sleep | Run | Call | Wait | Spawn | Prompt
Flow: TypeAlias = Generator[Effect, Any, T]
Transport: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
"""Anything that answers a request: a function, or an object with ``__call__``."""


class TransportFailure(Exception):
    """No HTTP answer: ``reason`` is one of ``dns connect tls timeout protocol size proxy``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def send(request: Request) -> Flow[Response]:
    """Yield a request and return its response, typed."""
    response: Response = yield request
    return response


def pause(seconds: float) -> Flow[None]:
    """Sleep within a flow."""
    yield Sleep(seconds)


def call(function: Callable[[], T], what: str = "") -> Flow[T]:
    """Call a blocking or foreign function within a flow and return its result, typed."""
    result: T = yield Call(function, what)
    return result


def execute(program: Run) -> Flow[Completed]:
    """Run a program within a flow and return how it ended, typed."""
    completed: Completed = yield program
    return completed
