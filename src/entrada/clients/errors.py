"""What is wrong with a configuration of clients, as text and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from entrada._config.tree import ENVIRONMENT, Mistake
from entrada.errors import ConfigurationError


class Problem(NamedTuple):
    """One mistake: where it stands, what it is, and the right key where one is near.

    ``file`` and ``line`` are ``None`` for what stands in no file; ``variable`` is the environment
    variable that holds it.
    """

    message: str
    where: str
    file: str | None = None
    line: int | None = None
    variable: str | None = None
    key: str = ""
    nearest: str | None = None
    hint: str | None = None

    @classmethod
    def of(cls, mistake: Mistake) -> Problem:
        """Return a mistake in a document as a problem."""
        origin = mistake.origin
        variable = origin.key if origin.source == ENVIRONMENT else None
        file = origin.source if origin.is_file else None
        return cls(
            mistake.message,
            str(origin),
            file,
            origin.line,
            variable,
            mistake.key,
            mistake.nearest,
            mistake.hint,
        )


class ClientsConfigurationError(ConfigurationError):
    """A configuration of clients cannot be right; ``problems`` has all that was found.

    ``file``, ``line``, ``key`` and ``nearest`` are those of the first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        lines = [f"{problem.where}: {problem.message}" for problem in self.problems]
        if len(lines) > 1:
            lines.insert(0, f"{len(lines)} mistakes in the configuration of clients:")
        super().__init__("\n".join(lines), code="clients_configuration", hint=first.hint)
        self.file = first.file
        self.line = first.line
        self.key = first.key
        self.nearest = first.nearest

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON-safe data, its problems included."""
        return {**super().to_dict(), "problems": [each._asdict() for each in self.problems]}


def error_of(*mistakes: Mistake) -> ClientsConfigurationError:
    """Return the error of mistakes in a document."""
    return ClientsConfigurationError([Problem.of(each) for each in mistakes])


def misuse(message: str, hint: str | None = None) -> ClientsConfigurationError:
    """Return the error of a call that cannot be right."""
    return ClientsConfigurationError([Problem(message, "entrada.clients", hint=hint)])
