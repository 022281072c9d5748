"""``entrada.shim``: libraries that construct azure-identity's credentials get entrada's.

Each program runs in a process of its own, since it changes what a name means there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from entrada.testing import LocalCloud

_LIBRARY = """
from azure.identity import CredentialUnavailableError
from azure.identity.aio import DefaultAzureCredential

class Client:
    def __init__(self):
        self.credential = DefaultAzureCredential(exclude_interactive_browser_credential=True)

    async def token(self):
        try:
            return (await self.credential.get_token("https://storage.azure.com/.default")).token
        except CredentialUnavailableError as error:
            return error.code
"""

_BEGIN = """
import sys
import entrada.shim
entrada.shim.install()
"""

_PROGRAMS = {
    "names are ours": """
import azure.identity, azure.identity.aio
from azure.identity import DefaultAzureCredential, CredentialUnavailableError, KnownAuthorities
from azure.identity.aio import ClientSecretCredential, get_bearer_token_provider
assert DefaultAzureCredential is entrada.DefaultAzureCredential
assert CredentialUnavailableError is entrada.CredentialUnavailableError
assert ClientSecretCredential is entrada.aio.ClientSecretCredential
assert azure.identity.aio.KnownAuthorities is KnownAuthorities
assert azure.identity.DefaultAzureCredential is DefaultAzureCredential
assert "msal" not in sys.modules
""",
    "a star brings ours": """
from azure.identity import *
assert DefaultAzureCredential is entrada.DefaultAzureCredential
""",
    "installing twice is once": """
entrada.shim.install()
entrada.shim.uninstall()
entrada.shim.uninstall()
import azure.identity
assert azure.identity.__file__
""",
    "what entrada lacks is the real package's": """
from azure.identity import __version__
from azure.identity._internal import AadClient
import azure.identity._constants
assert AadClient.__module__.startswith("azure.identity.")
assert __version__ != entrada.__version__
from azure.identity import DefaultAzureCredential
assert DefaultAzureCredential is entrada.DefaultAzureCredential
assert sys.modules["azure.identity"] is azure.identity
from azure.identity._exceptions import CredentialUnavailableError
from entrada.testing import World
try:
    entrada.EnvironmentCredential(world=World.fake()).get_token("https://x/.default")
except CredentialUnavailableError:
    pass
""",
    "what nobody has is missing": """
import azure.identity
try:
    from azure.identity import DefaultAzureCredentials
except ImportError:
    assert not hasattr(azure.identity.aio, "no_such_name")
    assert not hasattr(azure.identity, "__wrapped__")
else:
    raise SystemExit("found")
""",
}

_BEFORE = """
import sys
import azure.identity, azure.identity.aio
real = azure.identity
import entrada.shim
entrada.shim.install()
from azure.identity import DefaultAzureCredential
assert DefaultAzureCredential is not real.DefaultAzureCredential
import azure.identity
from azure.identity import __version__
assert __version__ is real.__version__
entrada.shim.uninstall()
import azure.identity
assert azure.identity is real
from azure.identity.aio import DefaultAzureCredential
assert DefaultAzureCredential is real.aio.DefaultAzureCredential
"""

_WITHOUT = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "msal" or (name == "azure.identity"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
import entrada.shim
entrada.shim.install()
from azure.identity import DefaultAzureCredential
assert DefaultAzureCredential is entrada.DefaultAzureCredential
try:
    from azure.identity import __version__
except ImportError:
    entrada.shim.uninstall()
    assert "azure.identity" not in sys.modules
else:
    raise SystemExit("found")
"""


def _run(program: str, *, path: Path | None = None, env: dict[str, str] | None = None) -> str:
    set_up = f"import sys\nsys.path.insert(0, {str(path)!r})\n" if path else ""
    run = subprocess.run(
        [sys.executable, "-I", "-c", set_up + program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=env,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize("name", _PROGRAMS)
def test_in_the_place_of_azure_identity(name: str) -> None:
    """The names that both have are entrada's, the others are the real package's."""
    _run(_BEGIN + _PROGRAMS[name])


def test_what_was_loaded_before_comes_back() -> None:
    """Nothing of the real package is lost by installing and uninstalling."""
    _run(_BEFORE)


def test_azure_identity_need_not_be_installed() -> None:
    """Then what entrada lacks is an ordinary import error."""
    _run(_WITHOUT)


_USE = """
import asyncio, library
print(asyncio.run(library.Client().token()))
"""


def test_a_library_signs_in_with_entrada_without_knowing_it(tmp_path: Path) -> None:
    """It constructs ``azure.identity.aio.DefaultAzureCredential`` and gets a token with it."""
    (tmp_path / "library.py").write_text(_LIBRARY)
    with LocalCloud() as cloud:
        app = cloud.service_principal("library")
        env = {**cloud.environment(), **app.environment()}
        token = _run(_BEGIN + _USE, path=tmp_path, env=env)
    assert token.startswith("eyJ")
    assert token.count(".") == 2


def test_a_library_catches_entradas_errors_by_the_peers_name(tmp_path: Path) -> None:
    """Where nobody can sign in, what it catches has entrada's code."""
    (tmp_path / "library.py").write_text(_LIBRARY)
    env = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    assert _run(_BEGIN + _USE, path=tmp_path, env=env) == "nothing_to_sign_in_with"
