"""Every wrong configuration is told with file, line, cause and the nearest right key."""

from __future__ import annotations

import json
import pickle
import traceback
from pathlib import Path

import pytest
from wrong_configurations import WRONG, Wrong

from entrada import ConfigurationError
from entrada.clients import Clients, ClientsConfigurationError
from entrada.testing import World

_SECRETS = ("c2VjcmV0IQ==", "x=y")


def read(path: Path) -> ClientsConfigurationError:
    """Return the error of a configuration."""
    with pytest.raises(ClientsConfigurationError) as raised:
        Clients.from_config(path, world=World.real()._replace(env={}))
    return raised.value


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_wrong_configuration_is_told(wrong: Wrong, tmp_path: Path) -> None:
    """As text and as data; nothing else is raised before it, and no secret is in it."""
    path = tmp_path / f"azure.{wrong.suffix}"
    path.write_bytes(wrong.text.encode(errors="surrogateescape"))
    error = read(path)
    (problem,) = error.problems
    assert wrong.cause in problem.message
    assert (error.file, error.line or 0) == (str(path), wrong.line)
    assert error.nearest == problem.nearest == wrong.nearest
    assert f"{path}" in str(error)
    assert not wrong.line or f"line {wrong.line}: " in str(error)
    assert error.__suppress_context__ or error.__context__ is None
    assert "Traceback" not in str(error)
    assert json.loads(json.dumps(error.to_dict()))["problems"][0]["line"] == error.line
    told = "".join(traceback.format_exception_only(error)) + repr(error)
    assert not [secret for secret in _SECRETS if secret in told]


def test_there_are_sixty_of_them() -> None:
    """And no two under one name."""
    assert len({wrong.name for wrong in WRONG}) == len(WRONG) >= 60


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Of each client the first; the error's own line is the first one's."""
    path = tmp_path / "azure.toml"
    path.write_text(
        "[clients.c]\nkind = 'secrets'\nvault = 'https://v'\n"
        "[clients.a]\nkind = 'blobs'\n[clients.b]\nkind = 'secrets'\ncredential = 'az'\n"
    )
    error = read(path)
    assert [problem.line for problem in error.problems] == [3, 5, 8]
    assert error.line == 3
    assert str(error).startswith("3 mistakes")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """With its name; it is a ConfigurationError and a ValueError."""
    error = read(tmp_path / "none.toml")
    assert "none.toml: it cannot be read" in str(error)
    assert isinstance(error, ConfigurationError)
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
    assert isinstance(error, ValueError)


def test_the_sets_of_keys_and_those_found_are_listed(tmp_path: Path) -> None:
    """As .NET's factory lists them."""
    path = tmp_path / "azure.toml"
    path.write_text("[clients.a]\nkind = 'blob_container'\nacount_url = 'https://a'\n")
    assert str(read(path)).splitlines() == [
        f"{path}, line 3: clients.a (azure.storage.blob.ContainerClient) cannot be made of these "
        'keys. "acount_url" is none of them; did you mean "account_url"?',
        "  it takes one of these sets of keys:",
        "    account_url (or endpoint), container_name",
        "    connection_string, container_name",
        "    container_url",
        "  found: acount_url (line 3)",
    ]


@pytest.mark.parametrize(
    ("env", "variable", "cause", "nearest"),
    [
        ({"X__CLIENTS__A__KIND": "blop"}, "X__CLIENTS__A__KIND", 'no kind "blop"', "blob"),
        ({"X__CLOUD": "lokal"}, "X__CLOUD", 'no cloud "lokal"', "local"),
        ({"X__DEFAULT__RETRY": "1"}, "X__DEFAULT__RETRY", 'no key "default"', "defaults"),
        ({"X__CLIENTS__A": "1", "X__CLIENTS__A__B": "2"}, "X__CLIENTS__A__B", "a value of", None),
        ({"X____A": "1"}, "X____A", "name is empty", None),
    ],
)
def test_a_wrong_variable_is_told(
    env: dict[str, str], variable: str, cause: str, nearest: str | None
) -> None:
    """By its name."""
    with pytest.raises(ClientsConfigurationError) as raised:
        Clients.from_config(environment="X", world=World.fake(env))
    (problem,) = raised.value.problems
    assert (problem.variable, problem.nearest, problem.file) == (variable, nearest, None)
    assert cause in problem.message
    assert f"the variable {variable}: " in str(raised.value)


@pytest.mark.parametrize(
    ("content", "where", "cause"),
    [
        ({"clients": {"a": {"kind": "blop"}}}, "the mapping, clients.a.kind", 'no kind "blop"'),
        ({"clients": [1]}, "the mapping, clients", "table of tables"),
        ({"clients": {"a": 1}}, "the mapping, clients.a", "has to be a table"),
    ],
)
def test_a_wrong_mapping_is_told(content: dict[str, object], where: str, cause: str) -> None:
    """By the path of its key."""
    with pytest.raises(ClientsConfigurationError) as raised:
        Clients.from_config(content, world=World.fake())
    assert raised.value.problems[0].where == where
    assert (raised.value.file, raised.value.line) == (None, None)
    assert cause in str(raised.value)
