"""Builds a case's credential on one of the two faces and makes the case's calls."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping
from inspect import isawaitable
from types import TracebackType
from typing import Any, NamedTuple, Self

import entrada
import entrada.aio
import entrada.sources
from cases.runner.case import Case
from cases.runner.foreign import foreign_credential
from cases.runner.surroundings import Surroundings

_SCOPES = ["https://storage.azure.com/.default"]


class Outcome(NamedTuple):
    """What came of one call: a token or an error, and what had been done by then."""

    token: Any
    error: Exception | None
    raised_by: str
    requests: int
    programs: int
    sleeps: list[float]
    prompts: list[list[str]]
    attempts: tuple[entrada.Attempt, ...]


class Played(NamedTuple):
    """A case after its calls; ``credential`` is ``None`` where it could not be made."""

    case: Case
    surroundings: Surroundings
    credential: Any
    outcomes: list[Outcome]


class _Face:
    """Makes calls of either face look alike."""

    def __init__(self, name: str) -> None:
        self.asynchronous = name == "async"
        self.module: Any = entrada.aio if self.asynchronous else entrada
        self._runner: asyncio.Runner | None = None

    def call(self, result: Any) -> Any:
        """Return a result, waited for where it is to be awaited."""
        if not isawaitable(result):
            return result
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(_waited(result))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            self._runner.close()


async def _waited(result: Any) -> Any:
    return await result


def play(case: Case, face_name: str, method: str = "get_token_info") -> Played:
    """Play a case through a face, by one of the two methods that a credential has."""
    around = Surroundings(case)
    played = Played(case, around, None, [])
    with _Face(face_name) as face:
        for step in case.steps:
            around.write(step.get("files", {}) if step is not case.steps[0] else {})
            around.env.update(step.get("env", {}))
            around.clock.pass_by(step.get("advance", 0))
            if played.credential is None:
                played = _make(played, face)
            if played.credential is not None:
                played.outcomes.append(_called(played, face, step, method))
        if played.credential is not None:
            face.call(played.credential.close())
    around.finish()
    return played


def _make(played: Played, face: _Face) -> Played:
    try:
        credential = _built(played.case.table, face, played.surroundings)
    except Exception as error:  # noqa: BLE001 - the case says which one it has to be
        played.outcomes.append(_outcome(played, None, error, "constructor"))
        return played
    return played._replace(credential=credential)


def _called(played: Played, face: _Face, step: Mapping[str, Any], method: str) -> Outcome:
    options = {name: step[name] for name in ("tenant_id", "claims", "enable_cae") if name in step}
    scopes = step.get("scopes", _SCOPES)
    credential = played.credential
    try:
        if "user_assertion" in step:
            credential = credential.for_user(step["user_assertion"])
        if step.get("authenticate"):
            token = face.call(credential.authenticate(scopes=step.get("scopes"), **options))
        elif method == "get_token":
            token = face.call(credential.get_token(*scopes, **options))
        else:
            token = face.call(credential.get_token_info(*scopes, options=options))
    except Exception as error:  # noqa: BLE001 - the case says which one it has to be
        return _outcome(played, None, error, "call")
    return _outcome(played, token, None, "")


def _outcome(played: Played, token: Any, error: Exception | None, raised_by: str) -> Outcome:
    around = played.surroundings
    attempts = getattr(played.credential, "last_attempts", ())
    return Outcome(
        token,
        error,
        raised_by,
        len(around.requests),
        len(around.runs),
        list(around.clock.sleeps),
        list(around.prompts),
        attempts,
    )


def _built(table: Mapping[str, Any], face: _Face, around: Surroundings) -> Any:
    cls = getattr(face.module, table["credential"])
    arguments = {
        name: _value(value, face, around) for name, value in table.get("arguments", {}).items()
    }
    if table["credential"] == "ChainedTokenCredential":
        return cls(*arguments.pop("credentials", []), **arguments, world=around.world)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # UsernamePasswordCredential's own
        return cls(**arguments, world=around.world, transport=around.transport)


def _value(value: Any, face: _Face, around: Surroundings) -> Any:
    """Return an argument: itself, or what a table of one of the special keys stands for."""
    if isinstance(value, list):
        return [_value(each, face, around) for each in value]
    if not isinstance(value, dict):
        return value
    if "none" in value:
        return None
    for key, made in _MADE.items():
        if key in value:
            return made(value[key], around)
    if "credential" in value:
        return _built(value, face, around)
    if "source" in value:
        return _source(value, face, around)
    if "foreign" in value:
        return foreign_credential(
            value["foreign"], asynchronous=value.get("asynchronous", face.asynchronous)
        )
    return value


_MADE: Mapping[str, Callable[[Any, Surroundings], Any]] = {
    "file": lambda path, around: around.files[path],
    "prompts": lambda _, around: around.prompt,
    "record": lambda text, _: entrada.AuthenticationRecord.deserialize(text),
    "returns": lambda results, _: _function(results),
    "returns_later": lambda result, _: _later(result),
}


def _source(table: Mapping[str, Any], face: _Face, around: Surroundings) -> Any:
    """Return the source of assertions that a table names, the rest being its arguments."""
    rest = {name: _value(each, face, around) for name, each in table.items() if name != "source"}
    return getattr(entrada.sources, table["source"])(**rest)


def _function(results: Any) -> Any:
    left = list(results) if isinstance(results, list) else [results]
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def _later(result: Any) -> Any:
    async def later() -> Any:
        await asyncio.sleep(0)
        return result

    return later
