"""Signed-in programs as a source of tokens: how each is called, and what its answers mean.

A program is started without a shell, from a directory that holds nothing of the caller's, and
its token is remembered for as long as the program's own profile files stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from importlib import import_module
from typing import NamedTuple

from entrada._engine.effects import Completed, Flow, Run, execute
from entrada._engine.world import World
from entrada._tools.program import Program
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthorityUnreachableError,
    CredentialUnavailableError,
)
from entrada.types import Token

UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, RecursionError)


def load_json() -> None:
    """Load what reads a tool's JSON."""
    import_module("json")


def words_of(completed: Completed) -> str:
    """Return what a program said: its errors where it failed, else what it printed."""
    return completed.stderr if completed.code else completed.stdout


class Tool(NamedTuple):
    """A program, how to sign in, how to look at it, and how to read it.

    ``read`` turns its standard output into a token and raises one of ``UNREADABLE`` where there is
    none; ``complaint`` turns an end without a token into an error, or ``None`` for the general
    one, which shows what ``said`` returns; ``profile`` names the files that change when somebody
    signs in; ``prepare`` loads what ``read`` needs, while the program runs.
    """

    program: Program
    sign_in: str
    look: str
    env: dict[str, str]
    read: Callable[[str, float], Token]
    complaint: Callable[[Completed, str], AuthenticationError | None]
    profile: Callable[[World], tuple[str, ...]]
    said: Callable[[Completed], str] = words_of
    prepare: Callable[[], object] | None = None

    @property
    def name(self) -> str:
        """The credential's name."""
        return self.program.credential

    @property
    def title(self) -> str:
        """The program's name for people."""
        return self.program.title

    def version(self, world: World) -> Hashable:
        """Say who is signed in, by the state of the tool's profile files."""
        return tuple(map(world.stamp, self.profile(world)))


def ask_tool(tool: Tool, arguments: tuple[str, ...], timeout: float, world: World) -> Flow[Token]:
    """Run a tool and return the token that it prints.

    Raises CredentialUnavailableError where the tool is missing, not signed in or does not end;
    AuthenticationRejectedError where Entra refused it, AuthorityUnreachableError where it was busy.
    """
    path = tool.program.found(world)
    argv = (path, *arguments)
    program = Run(argv, tool.env, _safe_directory(world), timeout, tool.prepare)
    try:
        completed = yield from execute(program)
    except TimeoutError:
        raise _unavailable(
            tool,
            f"{tool.title} timed out after {timeout:g} s",
            "timeout",
            f"Raise it with process_timeout= (seconds), or see why it is slow: {tool.look}",
        ) from None
    except OSError as error:
        why = f"{tool.title} at {path} cannot be started ({error.strerror or 'failed'})"
        raise _unavailable(tool, why, "not_started", tool.program.install) from error
    return _token(tool, completed, world)


def _token(tool: Tool, completed: Completed, world: World) -> Token:
    if completed.code != 0:
        raise _refused(tool, completed)
    try:
        return tool.read(completed.stdout, world.now())
    except UNREADABLE:
        from entrada._wire.safe import first_words

        said = first_words(tool.said(completed)) or "nothing"
        raise tool.complaint(completed, tool.name) or AuthenticationRejectedError(
            f"{tool.name}: {tool.title} printed no token but: {said}",
            code="unusable_answer",
            hint=f"See what it says: {tool.look}",
        ) from None


def _refused(tool: Tool, completed: Completed) -> AuthenticationError:
    known = tool.complaint(completed, tool.name)
    if known is not None:
        return known
    if completed.code == 127 or "' is not recognized" in completed.stderr:
        return tool.program.missing()
    from entrada._wire.aadsts import codes_in, diagnose
    from entrada._wire.safe import first_words

    text = tool.said(completed)
    said = first_words(text, 400) or f"it ended with code {completed.code}"
    diagnosis = diagnose(codes_in(text))
    busy = diagnosis is not None and diagnosis.kind == "unreachable"
    kind = AuthorityUnreachableError if busy else AuthenticationRejectedError
    return kind(
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
