"""Signed-in programs as a source of tokens: how each is called, and what its answers mean.

A program is started without a shell, from a directory that holds nothing of the caller's, and
its token is remembered for as long as the program's own profile files stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from entrada._engine.effects import Completed, Flow, Run, execute
from entrada._engine.world import World
from entrada._wire.safe import first_words
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    CredentialUnavailableError,
)
from entrada.types import Token

UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program: its name, how to get it, how to sign in, and how to read it.

    ``read`` turns its standard output into a token and raises one of ``UNREADABLE`` where there is
    none; ``complaint`` turns a failure into an error, or ``None``
    for the general one; ``profile`` names the files that change when somebody signs in.
    """

    name: str
    program: str
    title: str
    install: str
    sign_in: str
    env: dict[str, str]
    read: Callable[[str, float], Token]
    complaint: Callable[[str, str], AuthenticationError | None]
    profile: Callable[[World], tuple[str, ...]]

    def version(self, world: World) -> Hashable:
        """Say who is signed in, by the state of the tool's profile files."""
        return tuple(world.stamp(path) for path in self.profile(world))


def ask_tool(tool: Tool, arguments: tuple[str, ...], timeout: float, world: World) -> Flow[Token]:
    """Run a tool and return the token that it prints.

    Raises CredentialUnavailableError where the tool is missing, not signed in or does not end;
    AuthenticationRejectedError where Entra refused it.
    """
    path = world.which(tool.program)
    if path is None:
        raise _unavailable(tool, f"{tool.title} is not installed", "not_installed", tool.install)
    program = Run((path, *arguments), tool.env, _safe_directory(world), timeout)
    try:
        completed = yield from execute(program)
    except TimeoutError:
        raise _unavailable(
            tool,
            f"{tool.title} timed out after {timeout:g} s",
            "timeout",
            "Raise it with process_timeout= (seconds), or see why it is slow: "
            f"{tool.program} version",
        ) from None
    except OSError as error:
        why = f"{tool.title} at {path} cannot be started ({error.strerror or 'failed'})"
        raise _unavailable(tool, why, "not_started", tool.install) from error
    return _token(tool, completed, world)


def _token(tool: Tool, completed: Completed, world: World) -> Token:
    if completed.code != 0:
        raise _refused(tool, completed)
    try:
        return tool.read(completed.stdout, world.now())
    except UNREADABLE:
        said = first_words(completed.stdout) or "nothing"
        raise AuthenticationRejectedError(
            f"{tool.name}: {tool.title} printed no token but: {said}",
            code="unusable_answer",
            hint=f"See what it says: {tool.program} version",
        ) from None


def _refused(tool: Tool, completed: Completed) -> AuthenticationError:
    known = tool.complaint(completed.stderr, tool.name)
    if known is not None:
        return known
    if completed.code == 127:
        return _unavailable(tool, f"{tool.title} is not installed", "not_installed", tool.install)
    from entrada._wire.aadsts import codes_in, diagnose

    said = first_words(completed.stderr, 400) or f"it ended with code {completed.code}"
    diagnosis = diagnose(codes_in(completed.stderr))
    return AuthenticationRejectedError(
        f"{tool.name}: {tool.title} failed: {said}",
        code=f"AADSTS{diagnosis.code}" if diagnosis else "tool_failed",
        hint=diagnosis.hint if diagnosis else tool.sign_in,
    )


def _unavailable(tool: Tool, why: str, code: str, hint: str) -> CredentialUnavailableError:
    return CredentialUnavailableError(f"{tool.name}: {why}.", code=code, hint=hint)


def _safe_directory(world: World) -> str:
    if world.platform == "win32":
        return world.env.get("SYSTEMROOT") or r"C:\Windows"
    return "/bin"
