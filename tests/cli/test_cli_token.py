"""``entrada token`` against the local cloud: what it prints where, and how it ends."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import entrada

from entrada.cli.aliases import ALIASES, scope_of
from entrada.testing import LocalCloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        yield cloud


def _signed_in(cloud: LocalCloud) -> dict[str, str]:
    return {**cloud.environment(), **cloud.service_principal("ci").environment()}


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims


def test_the_bare_token_goes_to_a_pipe_without_a_newline(cloud: LocalCloud, tmp_path: Path) -> None:
    done = entrada(tmp_path, "token", "storage", extra=_signed_in(cloud))
    assert (done.returncode, done.stderr) == (0, "")
    assert _claims(done.stdout)["aud"] == "https://storage.azure.com"
    assert done.stdout == done.stdout.strip()


def test_json_names_the_end_of_the_token_and_the_credential(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    done = entrada(tmp_path, "token", "arm", "--json", extra=_signed_in(cloud))
    told = json.loads(done.stdout)
    assert sorted(told) == ["credential", "expires_on", "token", "token_type"]
    assert (told["credential"], told["token_type"]) == ("EnvironmentCredential", "Bearer")
    assert told["expires_on"] == pytest.approx(time.time() + 3600, abs=30)


def test_a_credential_can_be_named(cloud: LocalCloud, tmp_path: Path) -> None:
    app = cloud.web_app("asks").environment
    named = {**cloud.environment(), **_signed_in(cloud), **app, "AZURE_CLIENT_ID": ""}
    done = entrada(
        tmp_path, "token", "arm", "--json", "--credential", "managed-identity", extra=named
    )
    assert json.loads(done.stdout)["credential"] == "ManagedIdentityCredential"


def test_a_tenant_can_be_named(cloud: LocalCloud, tmp_path: Path) -> None:
    done = entrada(tmp_path, "token", "arm", "--tenant", cloud.tenant_id, extra=_signed_in(cloud))
    assert _claims(done.stdout)["tid"] == cloud.tenant_id
    unknown = entrada(
        tmp_path, "token", "arm", "--tenant", "nowhere.example", extra=_signed_in(cloud)
    )
    assert unknown.returncode == 2
    assert "AADSTS90002" in unknown.stderr


def test_nothing_to_sign_in_with_ends_with_4_and_the_attempts(tmp_path: Path) -> None:
    done = entrada(tmp_path, "token", "arm")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: DefaultAzureCredential found nothing to sign in with")
    assert "\n-> Run az login" in done.stderr
    assert "EnvironmentCredential  unavailable" in done.stderr


def test_a_refusal_ends_with_1_and_shows_no_secret(cloud: LocalCloud, tmp_path: Path) -> None:
    wrong = {**_signed_in(cloud), "AZURE_CLIENT_SECRET": "not-the-secret-9931"}
    done = entrada(tmp_path, "token", "arm", extra=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert "AADSTS7000215" in done.stderr
    assert "not-the-secret-9931" not in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_settings_end_with_2(tmp_path: Path) -> None:
    done = entrada(tmp_path, "token", "arm", extra={"AZURE_TOKEN_CREDENTIALS": "produ"})
    assert done.returncode == 2
    assert "Did you mean prod?" in done.stderr


def test_something_that_is_no_scope_ends_with_2_and_a_guess(tmp_path: Path) -> None:
    done = entrada(tmp_path, "token", "storge")
    assert done.returncode == 2
    assert "Did you mean storage?" in done.stderr


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("arm", "https://management.azure.com/.default"),
        ("Storage", "https://storage.azure.com/.default"),
        ("devops", "499b84ac-1321-427f-aa17-267ca6975798/.default"),
        ("https://vault.azure.net", "https://vault.azure.net/.default"),
        ("https://vault.azure.net/", "https://vault.azure.net//.default"),
        ("https://vault.azure.net/.default", "https://vault.azure.net/.default"),
        ("https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/User.Read"),
        ("api://contoso", "api://contoso/.default"),
        ("api://contoso/access", "api://contoso/access"),
        (
            "aaaaaaaa-bbbb-cccc-7777-888888888888",
            "aaaaaaaa-bbbb-cccc-7777-888888888888/.default",
        ),
    ],
)
def test_an_alias_a_resource_and_a_scope_become_a_scope(text: str, scope: str) -> None:
    assert scope_of(text) == scope


def test_every_alias_is_lower_case_and_stands_for_a_resource() -> None:
    for alias in ALIASES:
        assert alias == alias.lower()
        assert scope_of(alias).endswith("/.default")
