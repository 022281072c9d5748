"""The cloud that peers sign in to, and an environment in which nothing but loopback answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e import azure_cli
from e2e.azure_cli import AzureCli
from e2e.azurite import MAIN, Azurite, serve
from e2e.ways import WAYS, SignIn
from entrada.testing import LocalCloud

_LED_BY = ("AZURE_", "IDENTITY_", "IMDS_", "MSI_", "AZURITE_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """Run one local cloud for all tests of a worker; each makes what it needs in it."""
    with LocalCloud() as running:
        yield running


@pytest.fixture
def surroundings(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set the variables by which a process finds the local cloud, and no identity.

    A client that turns to any other host meets a proxy that is not there, and fails at once.
    """
    for name in list(os.environ):
        if _leads_elsewhere(name):
            monkeypatch.delenv(name)
    for name, value in _surroundings(cloud).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def _leads_elsewhere(name: str) -> bool:
    return name.startswith(_LED_BY) or name.upper() in (*_PROXIES, "NO_PROXY")


def _surroundings(cloud: LocalCloud) -> dict[str, str]:
    nowhere = dict.fromkeys(_PROXIES, _NOWHERE)
    return {**cloud.environment(), **nowhere, "NO_PROXY": "localhost,127.0.0.1"}


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Return the folder of the installed JavaScript packages, which may not be there."""
    return Path(__file__).parent / "js" / "node_modules"


@pytest.fixture(scope="session")
def node(require_tool: Callable[..., str], node_modules: Path) -> str:
    """Return the path of Node.js, with the packages installed."""
    path = require_tool("node", "install Node.js 20 or later")
    installed = str(node_modules) if node_modules.is_dir() else ""
    require_tool("tests/e2e/js/node_modules", "run npm ci in tests/e2e/js", found=installed)
    return path


@pytest.fixture(scope="session")
def azurite(
    node: str, node_modules: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Azurite]:
    """Run one Azurite for all tests of a worker that use it."""
    with serve(node, node_modules / MAIN, tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def sign_in(
    cloud: LocalCloud, surroundings: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], SignIn]:
    """Return a function that prepares one of ``WAYS`` for this test, its environment included."""

    def prepare(way: str) -> SignIn:
        prepared = WAYS[way](cloud, tmp_path)
        for name, value in prepared.environment.items():
            surroundings.setenv(name, value)
        return prepared

    return prepare


@pytest.fixture
def az(
    require_tool: Callable[..., str], surroundings: pytest.MonkeyPatch, tmp_path: Path
) -> AzureCli:
    """Return an Azure CLI first on PATH, with an empty configuration."""
    hint = f"install azure-cli, or name it in {azure_cli.NAMED_BY}"
    program = require_tool("az", hint, found=azure_cli.find())
    installed = AzureCli(tmp_path, tmp_path / "configuration")
    installed.install(program)
    surroundings.setenv("AZURE_CONFIG_DIR", str(installed.configuration))
    surroundings.setenv("PATH", str(installed.folder), prepend=os.pathsep)
    return installed


@pytest.fixture(scope="session")
def owner_az(
    require_tool: Callable[..., str], cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory
) -> AzureCli:
    """Return an Azure CLI that an owner of the subscription is signed in to, for all tests."""
    hint = f"install azure-cli, or name it in {azure_cli.NAMED_BY}"
    program = require_tool("az", hint, found=azure_cli.find())
    folder = tmp_path_factory.mktemp("az")
    configuration = folder / "configuration"
    environment = {name: os.environ[name] for name in os.environ if not _leads_elsewhere(name)}
    environment |= {**_surroundings(cloud), "AZURE_CONFIG_DIR": str(configuration)}
    installed = AzureCli(folder, configuration, environment)
    installed.install(program)
    installed.register(cloud.endpoints.arm)
    owner = cloud.service_principal("owner")
    cloud.assign(owner.object_id, "Owner", f"/subscriptions/{cloud.subscription_id}")
    installed.login(owner)
    return installed
