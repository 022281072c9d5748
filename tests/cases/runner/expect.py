"""Compares what came of a case's calls with what the case expects."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from cases.runner.play import Outcome, Played
from entrada import AuthenticationError


def check(played: Played) -> None:
    """Assert that every call came out as its ``expect`` says and that the script was kept."""
    expectations = [step["expect"] for step in played.case.steps]
    differences = [
        f"call {place + 1}: {difference}"
        for place, outcome in enumerate(played.outcomes)
        for difference in _differences(outcome, expectations[place], played)
    ]
    if len(played.outcomes) != len(expectations):
        differences.append(f"{len(played.outcomes)} calls instead of {len(expectations)}")
    if faults := [*played.surroundings.problems, *differences]:
        raise AssertionError("\n".join(faults))


def _differences(outcome: Outcome, wanted: Mapping[str, Any], played: Played) -> Iterable[str]:
    if "error" in wanted:
        yield from _error_differences(outcome, wanted)
    else:
        yield from _token_differences(outcome, wanted)
    for name in ("requests", "programs", "prompts"):
        if name in wanted and getattr(outcome, name) != wanted[name]:
            yield f"{getattr(outcome, name)} {name}, not {wanted[name]}"
    if "sleeps" in wanted:
        rounded = [round(seconds, 3) for seconds in outcome.sleeps]
        if rounded != wanted["sleeps"]:
            yield f"the sleeps are {rounded}"
    if "attempts" in wanted:
        error = outcome.error
        of = error.attempts if isinstance(error, AuthenticationError) else outcome.attempts
        attempts = [[each.link, each.outcome, each.code or ""] for each in of]
        if attempts != wanted["attempts"]:
            yield f"the attempts are {attempts}"
    for words in wanted.get("repr", []):
        if words not in repr(played.credential):
            yield f"{words!r} is not in {played.credential!r}"


def _token_differences(outcome: Outcome, wanted: Mapping[str, Any]) -> Iterable[str]:
    if outcome.error is not None:
        yield f"{type(outcome.error).__name__}: {outcome.error}"
        return
    expected = {name: wanted[name] for name in wanted if name in _TOKEN_FIELDS}
    if "expires_local" in wanted:
        parsed = time.strptime(wanted["expires_local"], "%Y-%m-%d %H:%M:%S")
        expected["expires_on"] = int(time.mktime(parsed))
    if "record" in wanted and json.loads(outcome.token.serialize()) != wanted["record"]:
        yield f"the record is {outcome.token.serialize()}"
    for name, value in expected.items():
        if hasattr(outcome.token, name) and getattr(outcome.token, name) != value:
            yield f"{name} is {getattr(outcome.token, name)!r}, not {value!r}"


_TOKEN_FIELDS = ("token", "token_type", "expires_on", "refresh_on")


def _error_differences(outcome: Outcome, wanted: Mapping[str, Any]) -> Iterable[str]:
    error = outcome.error
    if error is None:
        yield "there was a token and no error"
        return
    facts = {
        "error": type(error).__name__,
        "kind": getattr(error, "kind", None),
        "code": getattr(error, "code", None),
        "status": getattr(error, "status_code", None),
        "correlation_id": getattr(error, "correlation_id", None),
        "claims": getattr(error, "claims", None),
        "raised_by": outcome.raised_by,
    }
    for name, value in facts.items():
        if name in wanted and value != wanted[name]:
            yield f"{name} is {value!r}, not {wanted[name]!r} ({error})"
    texts = {
        "message": str(getattr(error, "message", error)),
        "hint": str(getattr(error, "hint", "")),
        "text": str(error),
    }
    for name, text in texts.items():
        for words in wanted.get(name, []):
            if words not in text:
                yield f"{name} lacks {words!r}: {text}"
