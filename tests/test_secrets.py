"""No secret of a case shows up in logs, reprs, errors or tracebacks, none in a pickle."""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cases.runner import Case, Played, all_cases, check, play
from entrada import AuthenticationError

_SYNC = [case for case in all_cases() if "sync" in case.faces]
_ARGUMENTS = ("client_secret", "password")
_VARIABLES = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "IDENTITY_HEADER")
_FIELDS = ("access_token", "accessToken", "refresh_token")
_SENT = ("client_secret", "client_assertion")
_CANARY = "canary-"


def _found(value: Any) -> Iterator[str]:
    """Yield the secrets of an arbitrary part of a case: canaries, wherever they stand."""
    if isinstance(value, str):
        if _CANARY in value:
            yield value.strip()
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name in _FIELDS and isinstance(each, str):
                yield each
            yield from _found(each)
    elif isinstance(value, list):
        for each in value:
            yield from _found(each)


def _secrets(played: Played) -> set[str]:
    """Return what must not be shown: what the case holds, and what was sent as a proof."""
    table, around = played.case.table, played.surroundings
    given = {name: table.get(name, {}) for name in ("arguments", "env", "files", "then")}
    secrets = set(_found(given)) | set(table.get("secrets", []))
    answers = [row["answer"].get("json", {}) for row in played.case.exchanges]
    secrets |= set(_found(answers))
    secrets |= set(_found(list(table.get("programs", {}).values())))
    for request in around.requests:
        form = dict(parse_qsl(request.body.decode()))
        secrets |= {form[name] for name in _SENT if name in form}
        secrets |= {text for name, text in request.headers.items() if name == "X-IDENTITY-HEADER"}
    for content in around.files.values():
        if b"PRIVATE KEY" in content:
            secrets |= set(content.decode().split("PRIVATE KEY-----")[1].splitlines()[1:-1])
    return {text for text in secrets if " " not in text and not text.startswith("{")}


def _shown(played: Played, records: list[logging.LogRecord]) -> Iterator[tuple[str, str]]:
    """Yield every text that a person or a log could get to see, by what it is."""
    formatter = logging.Formatter()
    for record in records:
        yield "log", f"{formatter.format(record)} {record.args!r}"
    yield "credential", f"{played.credential!r} {played.credential}"
    for outcome in played.outcomes:
        yield "token", f"{outcome.token!r} {outcome.token}"
        error = outcome.error
        if error is not None:
            yield "error", f"{error!r} {error}"
            yield "traceback", "".join(traceback.format_exception(error))
        if isinstance(error, AuthenticationError):
            yield "to_dict", json.dumps(error.to_dict())
        for attempt in outcome.attempts:
            yield "attempt", repr(attempt)


@pytest.mark.parametrize("case", _SYNC, ids=[case.name for case in _SYNC])
def test_no_secret_is_shown(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """With all logging at DEBUG, a case's secrets stay out of every text that it leaves behind."""
    caplog.set_level(logging.DEBUG)
    played = play(case, "sync", "get_token")
    check(played)
    secrets = _secrets(played)
    for what, text in _shown(played, caplog.records):
        leaked = [secret for secret in secrets if secret in text]
        assert not leaked, f"{what} shows {leaked}"


@pytest.mark.parametrize("case", _SYNC, ids=[case.name for case in _SYNC])
def test_no_credential_is_pickled(case: Case) -> None:
    """Pickling one is refused: its secrets, or its own world and transport, would be in there."""
    played = play(case, "sync")
    if played.credential is not None:
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(played.credential)


def test_an_error_is_pickled_and_copied_whole() -> None:
    """An error crosses process borders with all that it says, and without its secrets."""
    case = next(case for case in _SYNC if case.name == "default/wrong_secret")
    error = play(case, "sync").outcomes[0].error
    assert isinstance(error, AuthenticationError)
    content = pickle.dumps(error)
    again = pickle.loads(content)
    assert b"canary" not in content
    assert type(again) is type(error)
    assert again.to_dict() == error.to_dict()
    assert str(again) == str(error)


def test_the_canary_sings() -> None:
    """The cases hold secrets of every kind, so that there is something to find."""
    secrets = {secret for case in _SYNC for secret in _secrets(play(case, "sync"))}
    for kind in ("client-secret", "password", "assertion", "federated-token", "identity-header"):
        assert f"{_CANARY}{kind}" in secrets
    assert f"{_CANARY}access-token" in secrets
    assert any(secret.count(".") == 2 and secret.startswith("eyJ") for secret in secrets)
