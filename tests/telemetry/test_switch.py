"""On and off: what it costs when it is off, who may switch it, and that no secret gets out."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import entrada
from cases.runner import Case, all_cases, play
from entrada import telemetry
from entrada._cache.lookup import Lookup
from entrada._chain.chain import Link
from entrada._credentials.face import AsyncFace, SyncFace
from entrada.testing import Script, token_response
from telemetry.recording import Recording
from test_secrets import _secrets

ROOT = Path(__file__).parents[2]
SCOPE = "https://storage.azure.com/.default"
_CASES = [case for case in all_cases() if "sync" in case.faces]


def _run(source: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(source)], check=True, timeout=60
    )


def test_until_it_is_switched_on_nothing_of_opentelemetry_is_imported() -> None:
    _run(
        """
        import sys
        import entrada.telemetry
        from entrada.testing import Script, token_response
        credential = entrada.ClientSecretCredential(
            "t", "c", "s", transport=Script(token_response()))
        credential.get_token("https://storage.azure.com/.default")
        entrada.telemetry.uninstrument()
        loaded = [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]
        assert loaded == [], loaded
        assert "entrada._telemetry" not in sys.modules
        """
    )


def test_without_the_api_the_error_says_what_to_install() -> None:
    _run(
        """
        import sys
        sys.modules["opentelemetry"] = None
        from entrada import telemetry
        try:
            telemetry.instrument()
        except ImportError as error:
            assert "pip install 'entrada[otel]'" in str(error), error
        else:
            raise AssertionError
        """
    )


def test_switched_off_the_classes_are_as_they_were() -> None:
    places = (SyncFace, AsyncFace, Lookup, Link)
    before = [dict(vars(place)) for place in places]
    recording = Recording()
    recording.start()
    assert [dict(vars(place)) for place in places] != before

    telemetry.uninstrument()

    assert [dict(vars(place)) for place in places] == before
    entrada.ClientSecretCredential("t", "c", "s", transport=Script(token_response())).get_token(
        SCOPE
    )
    assert recording.spans == ()


def test_a_credential_made_before_is_recorded_too(recording: Recording) -> None:
    telemetry.uninstrument()
    credential = entrada.ClientSecretCredential("t", "c", "s", transport=Script(token_response()))
    recording.start()
    credential.get_token(SCOPE)

    assert len(recording.named("entrada.get_token")) == 1


def _entry_point() -> EntryPoint:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    group = "opentelemetry_instrumentor"
    [(name, value)] = project["entry-points"][group].items()
    return EntryPoint(name, value, group)


def test_the_instrumentor_switches_it_on_and_off() -> None:
    instrumentor = _entry_point().load()()
    recording = Recording()
    credential = entrada.ClientSecretCredential("t", "c", "s", transport=Script(token_response()))

    instrumentor.instrument(tracer_provider=recording.tracers, meter_provider=recording.meters)
    credential.get_token(SCOPE)
    instrumentor.uninstrument()
    credential.get_token(SCOPE, force_refresh=True)

    assert len(recording.named("entrada.get_token")) == 1


@pytest.mark.parametrize(("disabled", "expected"), [("", "True"), ("entrada", "False")])
def test_opentelemetry_instrument_switches_it_on_in_a_program(
    tmp_path: Path, disabled: str, expected: str
) -> None:
    entry = _entry_point()
    metadata = tmp_path / f"entrada-{entrada.__version__}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: entrada\nVersion: {entrada.__version__}\n"
    )
    (metadata / "entry_points.txt").write_text(f"[{entry.group}]\n{entry.name} = {entry.value}\n")
    program = tmp_path / "program.py"
    program.write_text(
        "from entrada._credentials.face import SyncFace\nprint('ready' in vars(SyncFace))\n"
    )
    places = [str(tmp_path), str(Path(entrada.__file__).parents[1])]

    ended = subprocess.run(
        [
            str(Path(sys.executable).with_name("opentelemetry-instrument")),
            sys.executable,
            str(program),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(places),
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": disabled,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert ended.stdout.split() == [expected], ended.stderr


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(telemetry, "Instrumentor")
    assert all(hasattr(telemetry, name) for name in telemetry.__all__)


@pytest.mark.parametrize("case", _CASES, ids=[case.name for case in _CASES])
def test_no_secret_of_a_case_is_recorded(case: Case, recording: Recording) -> None:
    played = play(case, "sync", "get_token")

    recorded = recording.everything()
    assert not [secret for secret in _secrets(played) if secret in recorded]
    assert "@" not in recorded, "a user's name"
    if any(hasattr(row.token, "token") for row in played.outcomes):
        assert recording.points("entrada.cache.lookups"), "nothing was recorded"
