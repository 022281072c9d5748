"""MSAL's cache file: what entrada writes others find, and what they write entrada finds."""

from __future__ import annotations

import json
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import entrada
from e2e.msal_client import msal_app
from e2e.people import PEOPLE, ana, check, made, token_of
from e2e.scripts import FOLDER
from e2e.verify import SCOPE
from e2e.ways import fresh
from entrada._credentials.user import DEVELOPER_CLIENT_ID
from entrada.local.provision import User
from entrada.testing import LocalCloud, World

__all__ = ["ana"]

pytestmark = [
    *PEOPLE,
    pytest.mark.skipif("sys.platform != 'linux'", reason="the plain file is Linux's"),
]
pytest.importorskip("msal_extensions")

_LIBRARIES = ("azure.identity", "entrada", "entrada.aio")
_MANAGEMENT = "https://management.azure.com/.default"


class Home:
    """Somebody's home, and the credentials of each library that rest their tokens in it."""

    def __init__(self, cloud: LocalCloud, path: Path, user: User) -> None:
        self.cloud, self.path, self.user = cloud, path, user
        self.client_id = cloud.public_client(fresh("desktop"))
        self.prompts = 0

    @property
    def file(self) -> Path:
        return self.path / ".IdentityService" / "msal.cache.nocae"

    def credential(self, library: str, **options: Any) -> Any:
        package = import_module("azure.identity" if library.startswith("azure") else "entrada")
        persistence = package.TokenCachePersistenceOptions(allow_unencrypted_storage=True)
        if library.startswith("entrada"):
            options["world"] = World.real()._replace(home=str(self.path), sleep=lambda _: None)
            options["authority"] = self.cloud.endpoints.login
        elif "authentication_record" not in options:  # a record brings its authority with it
            options["authority"] = self.cloud.endpoints.login
        kind = import_module(library).DeviceCodeCredential
        return kind(
            client_id=self.client_id,
            tenant_id=self.cloud.tenant_id,
            prompt_callback=self._approve,
            cache_persistence_options=persistence,
            disable_instance_discovery=True,
            **options,
        )

    def _approve(self, _uri: str, code: str, _end: object) -> None:
        self.prompts += 1
        self.cloud.approve_device_code(code, self.user.username)

    def sign_in(self, library: str) -> str:
        """Have the person sign in by a library, and return their record as text."""
        token_of(self.credential(library))
        text: str = self._record().serialize()
        return text

    def _record(self) -> Any:
        (account,) = json.loads(self.file.read_text())["Account"].values()
        return entrada.AuthenticationRecord(
            account["realm"],
            self.client_id,
            self.cloud.endpoints.login,  # azure-identity takes no host with a port
            account["home_account_id"],
            account["username"],
        )


@pytest.fixture
def home(cloud: LocalCloud, surroundings: pytest.MonkeyPatch, tmp_path: Path, ana: User) -> Home:
    surroundings.setenv("HOME", str(tmp_path))
    return Home(cloud, tmp_path, ana)


@pytest.mark.parametrize("reader", _LIBRARIES)
@pytest.mark.parametrize("writer", _LIBRARIES)
@pytest.mark.parametrize("scope", [SCOPE, _MANAGEMENT])
def test_a_sign_in_by_one_library_is_found_by_another(
    writer: str, reader: str, scope: str, home: Home
) -> None:
    """By the record, for the scope that was signed in for and for another; nobody is asked."""
    record = home.sign_in(writer)
    package = import_module("azure.identity" if reader.startswith("azure") else "entrada")
    credential = home.credential(
        reader,
        authentication_record=package.AuthenticationRecord.deserialize(record),
        disable_automatic_authentication=True,
    )
    token = token_of(credential, scope)

    assert home.prompts == 1
    if scope == SCOPE:
        check(home.cloud, token, home.user, home.client_id)
        assert token in home.file.read_text()


@pytest.mark.parametrize("reader", ["entrada", "entrada.aio"])
def test_a_token_that_another_library_has_left_needs_no_request(reader: str, home: Home) -> None:
    record = entrada.AuthenticationRecord.deserialize(home.sign_in("azure.identity"))

    def nobody(request: object) -> Any:
        raise AssertionError(request)

    token_of(home.credential(reader, authentication_record=record, transport=nobody))


@pytest.mark.parametrize("writer", ["entrada", "entrada.aio"])
def test_msal_for_python_reads_what_we_write(writer: str, home: Home) -> None:
    """Through the persistence of its extensions, as other tools do."""
    home.sign_in(writer)
    extensions = import_module("msal_extensions")
    cache = extensions.PersistedTokenCache(extensions.FilePersistence(str(home.file)))
    app = msal_app(home.cloud, home.client_id)
    app.token_cache = cache
    (account,) = app.get_accounts()

    assert account["username"] == home.user.username
    found = app.acquire_token_silent([SCOPE], account=account)
    assert found["token_source"] == "cache"
    check(home.cloud, found["access_token"], home.user, home.client_id)
    renewed = app.acquire_token_silent([_MANAGEMENT], account=account)
    assert renewed["token_source"] == "identity_provider"


def _node(node: str, home: Home, **more: Any) -> dict[str, Any]:
    request = {
        "file": str(home.file),
        "clientId": home.client_id,
        "login": home.cloud.endpoints.login,
        "tenant": home.cloud.tenant_id,
        "scope": SCOPE,
        **more,
    }
    run = subprocess.run(
        [node, str(FOLDER / "msal_cache.mjs")],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=FOLDER,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


@pytest.mark.parametrize("library", ["entrada", "entrada.aio"])
def test_msal_for_javascript_reads_what_we_write_and_we_what_it_writes(
    library: str, node: str, home: Home
) -> None:
    """It finds the account and the token, and renews; its new token is then found by us."""
    record = entrada.AuthenticationRecord.deserialize(home.sign_in(library))
    found = _node(node, home)
    assert found["usernames"] == [home.user.username]
    assert found["fromCache"]
    check(home.cloud, found["token"], home.user, home.client_id)

    renewed = _node(node, home, scope=_MANAGEMENT)
    assert not renewed["fromCache"]

    def nobody(request: object) -> Any:
        raise AssertionError(request)

    credential = home.credential(library, authentication_record=record, transport=nobody)
    assert token_of(credential, _MANAGEMENT) == renewed["token"]


@pytest.mark.parametrize("writer", ["azure.identity", "entrada"])
def test_an_applications_token_is_found_too(writer: str, home: Home) -> None:
    cloud = home.cloud
    app = cloud.service_principal(fresh("app"))

    def secret(library: str) -> Any:
        options = import_module(library).TokenCachePersistenceOptions
        world = {"world": World.real()._replace(home=str(home.path))}
        return made(
            cloud,
            library,
            "ClientSecretCredential",
            tenant_id=cloud.tenant_id,
            client_id=app.client_id,
            client_secret=app.client_secret,
            cache_persistence_options=options(allow_unencrypted_storage=True),
            **(world if library == "entrada" else {}),
        )

    token = token_of(secret(writer))
    assert token_of(secret("entrada")) == token
    assert token_of(secret("azure.identity")) == token


def test_what_others_have_in_the_file_stays(home: Home) -> None:
    home.file.parent.mkdir()
    theirs: dict[str, Any] = {
        "Account": {"x": {"home_account_id": "u.t", "more": 1}},
        "Future": {"y": [1]},
    }
    home.file.write_text(json.dumps(theirs))
    token_of(home.credential("entrada"))

    found = json.loads(home.file.read_text())
    assert found["Future"] == theirs["Future"]
    assert found["Account"]["x"] == theirs["Account"]["x"]
    assert len(found["Account"]) == 2
    assert home.file.stat().st_mode & 0o777 == 0o600


def test_a_stale_lock_of_a_killed_process_is_no_obstacle(home: Home) -> None:
    home.file.parent.mkdir()
    Path(f"{home.file}.lockfile").write_text("4711 somebody.py")

    assert home.sign_in("entrada")


def test_a_damaged_file_is_set_aside(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.file.parent.mkdir()
    home.file.write_bytes(b'{"AccessToken": {"trunc')

    assert home.sign_in("entrada")
    assert Path(f"{home.file}.damaged").read_bytes() == b'{"AccessToken": {"trunc'
    assert [record.levelname for record in caplog.records].count("WARNING") == 1


@pytest.mark.parametrize("reader", ["entrada", "entrada.aio"])
def test_a_sign_in_by_us_is_one_for_the_other_tools_of_the_family(reader: str, home: Home) -> None:
    """With the client id of a developer tool the refresh token is any such tool's to redeem."""
    home.client_id = DEVELOPER_CLIENT_ID
    home.sign_in("entrada")
    world = World.real()._replace(home=str(home.path))
    # azure-identity's own would look for an account with the port in its environment.
    credential = import_module(reader).SharedTokenCacheCredential(
        home.user.username, authority=home.cloud.endpoints.login, world=world
    )

    check(home.cloud, token_of(credential), home.user, DEVELOPER_CLIENT_ID)
