"""The public names: where they live, both faces alike, and azure-identity's ways of using them."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.identity
import azure.identity.aio
import pytest
from azure.core.credentials import (
    AccessToken,
    AccessTokenInfo,
    SupportsTokenInfo,
    TokenCredential,
)
from azure.core.credentials_async import AsyncSupportsTokenInfo, AsyncTokenCredential
from azure.core.exceptions import ClientAuthenticationError

import entrada
import entrada.aio
import entrada.clients
import entrada.errors
import entrada.sources
import entrada.stores
import entrada.testing
from entrada.sources import GitHub
from entrada.testing import FakeClock, Script, World, token_response

_SCOPE = "https://storage.azure.com/.default"
_CREDENTIALS = [name for name in entrada.__all__ if name.endswith("Credential")]
_OWN = {"FederatedCredential", "GitHubActionsCredential", "StaticTokenCredential"}
_PEERS = [name for name in _CREDENTIALS if name not in _OWN]
_FUNCTIONS = ["from_auth_file", "get_bearer_token_provider"]
_FACES: list[ModuleType] = [entrada, entrada.aio]

# What a constructor needs beside the keyword in question.
_NEEDED: dict[str, dict[str, Any]] = {
    "AuthorizationCodeCredential": {
        "tenant_id": "t",
        "client_id": "c",
        "authorization_code": "a",
        "redirect_uri": "https://localhost/",
    },
    "AzurePipelinesCredential": {
        "tenant_id": "t",
        "client_id": "c",
        "service_connection_id": "s",
        "system_access_token": "a",
    },
    "CertificateCredential": {"tenant_id": "t", "client_id": "c", "certificate_path": "/c.pem"},
    "ClientAssertionCredential": {"tenant_id": "t", "client_id": "c", "func": str},
    "ClientSecretCredential": {"tenant_id": "t", "client_id": "c", "client_secret": "s"},
    "FederatedCredential": {"tenant_id": "t", "client_id": "c", "source": GitHub()},
    "GitHubActionsCredential": {"tenant_id": "t", "client_id": "c"},
    "OnBehalfOfCredential": {
        "tenant_id": "t",
        "client_id": "c",
        "client_secret": "s",
        "user_assertion": "a",
    },
    "StaticTokenCredential": {"token": "t", "expires_on": 1_900_000_000},
    "UsernamePasswordCredential": {"client_id": "c", "username": "u", "password": "p"},
    "WorkloadIdentityCredential": {
        "tenant_id": "t",
        "client_id": "c",
        "token_file_path": "/token",
    },
}
_VALUES: dict[str, Any] = {
    "additionally_allowed_tenants": ["*"],
    "authority": "login.microsoftonline.us",
    "certificate_data": None,
    "client_id": "c",
    "identity_config": None,
    "process_timeout": 3,
    "subscription": "s",
    "tenant_id": "t",
}

# azure-identity's keywords that entrada refuses, and what its error says.
_UNSUPPORTED = {"enable_support_logging": "log"}
# azure-core's and azure-identity's keywords that no docstring of a credential lists.
_UNDOCUMENTED = ("transport", "logging_enable", "retry_total", "proxies", "connection_verify")


def _make(module: ModuleType, name: str, **changes: Any) -> Any:
    world = World.fake(clock=FakeClock())
    if name == "ChainedTokenCredential":
        return getattr(module, name)(module.AzureCliCredential(world=world), world=world)
    options = {"world": world, "transport": Script(token_response()), **_NEEDED.get(name, {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # UsernamePasswordCredential's own
        return getattr(module, name)(**{**options, **changes})


def _documented_keywords() -> Iterator[tuple[str, str]]:
    """Yield the keywords that the docstrings of azure-identity's classes list."""
    for name in _PEERS:
        # Not every credential of the peer's has an async one.
        for peer in (
            getattr(module, name, None) for module in (azure.identity, azure.identity.aio)
        ):
            text = (inspect.getdoc(peer) if peer is not None else None) or ""
            for keyword in re.findall(r":(?:keyword|param) (?:[^:\n]*\s)?(\w+):", text):
                if keyword != "credentials":
                    yield name, keyword


_KEYWORDS = sorted(set(_documented_keywords()))


def test_every_name_is_listed_once_in_each_place() -> None:
    """``__all__``, the table of homes and the imports for type checkers name the same things."""
    tree = ast.parse(Path(entrada.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.name: f"{node.module}".removeprefix("entrada.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == entrada._HOMES
    assert entrada.__all__ == sorted(entrada._HOMES)
    assert set(entrada.__all__) <= set(dir(entrada))
    for name in entrada.__all__:
        assert getattr(entrada, name).__name__ == name


@pytest.mark.parametrize(
    "module",
    [
        entrada.aio,
        entrada.clients,
        entrada.errors,
        entrada.sources,
        entrada.stores,
        entrada.testing,
    ],
)
def test_every_public_module_has_what_it_lists(module: ModuleType) -> None:
    """A name in ``__all__`` is there, and the list is in order."""
    names = list(module.__all__)
    assert sorted(names) == sorted(set(names))
    for name in names:
        assert hasattr(module, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As with any module."""
    assert not hasattr(entrada, "DeviceCodeCredentials")
    assert not hasattr(entrada.testing, "Scripts")


def test_every_name_of_azure_identity_means_the_same() -> None:
    """A name of both packages is of the same kind; few credentials have names of their own."""
    for name in entrada.__all__:
        peer = getattr(azure.identity, name, None)
        if peer is not None:
            assert inspect.isclass(peer) == inspect.isclass(getattr(entrada, name))
    assert set(_CREDENTIALS) - set(azure.identity.__all__) == _OWN


@pytest.mark.parametrize("name", [*_CREDENTIALS, *_FUNCTIONS])
def test_both_faces_have_the_same_signature(name: str) -> None:
    """A credential of ``entrada`` is in ``entrada.aio`` with the same constructor and methods."""
    ours, theirs = getattr(entrada, name), getattr(entrada.aio, name)
    if name in _CREDENTIALS:
        assert inspect.signature(ours) == inspect.signature(theirs)
        for method in ("get_token", "get_token_info", "close"):
            sync, coroutine = getattr(ours, method), getattr(theirs, method)
            assert inspect.signature(sync) == inspect.signature(coroutine)
            assert inspect.iscoroutinefunction(coroutine)
            assert not inspect.iscoroutinefunction(sync)
    else:
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(theirs).parameters
        )


def test_the_async_module_has_nothing_more() -> None:
    """No name is async only."""
    assert set(entrada.aio.__all__) == {*_CREDENTIALS, *_FUNCTIONS}


@pytest.mark.parametrize("module", _FACES, ids=["sync", "async"])
@pytest.mark.parametrize(("name", "keyword"), _KEYWORDS)
def test_azure_identitys_keywords_are_taken_or_refused_with_a_reason(
    name: str, keyword: str, module: ModuleType
) -> None:
    """A change of import is the migration; what cannot be taken says why."""
    value = _VALUES.get(keyword)
    if keyword in _UNSUPPORTED:
        with pytest.raises(TypeError, match=_UNSUPPORTED[keyword]):
            _make(module, name, **{keyword: value})
    else:
        _make(module, name, **({keyword: value} if keyword not in _NEEDED.get(name, {}) else {}))


def test_every_refused_keyword_is_one_that_the_peer_has() -> None:
    """The table of what is not supported holds nothing that nobody would ask for."""
    assert set(_UNSUPPORTED) <= {keyword for _, keyword in _KEYWORDS}


@pytest.mark.parametrize(
    "name", [name for name in _CREDENTIALS if name != "ChainedTokenCredential"]
)
@pytest.mark.parametrize("keyword", _UNDOCUMENTED)
def test_the_keywords_of_azure_cores_pipeline_are_taken(name: str, keyword: str) -> None:
    """Every credential that sends requests takes them."""
    _make(entrada, name, **{keyword: None})


@pytest.mark.parametrize("name", _PEERS)
def test_positional_arguments_stand_in_the_peers_order(name: str) -> None:
    """So that calls without keywords mean the same."""

    def positional(cls: type) -> list[str]:
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        parameters = inspect.signature(cls).parameters.values()
        return [each.name for each in parameters if each.kind in kinds]

    assert positional(getattr(entrada, name)) == positional(getattr(azure.identity, name))


@pytest.mark.parametrize("name", _CREDENTIALS)
def test_credentials_are_what_azure_cores_protocols_describe(name: str) -> None:
    """Clients check for them at run time."""
    sync, coroutine = _make(entrada, name), _make(entrada.aio, name)
    assert isinstance(sync, TokenCredential)
    assert isinstance(sync, SupportsTokenInfo)
    assert isinstance(coroutine, AsyncTokenCredential)
    assert isinstance(coroutine, AsyncSupportsTokenInfo)


def test_tokens_are_azure_cores_types() -> None:
    """With azure-core loaded, whole numbers of seconds and its own classes come back."""
    credential = _make(entrada, "ClientSecretCredential")
    token, info = credential.get_token(_SCOPE), credential.get_token_info(_SCOPE)
    assert isinstance(token, AccessToken)
    assert token == AccessToken("token", 1_800_003_600)
    assert isinstance(info, AccessTokenInfo)
    assert (info.token, info.expires_on, info.token_type) == ("token", 1_800_003_600, "Bearer")
    assert type(info.expires_on) is int


def test_an_async_credential_serves_one_event_loop_after_the_other() -> None:
    """A credential is bound to no loop."""
    credential = _make(entrada.aio, "ClientSecretCredential")
    for tenant in (None, "t"):
        token = asyncio.run(credential.get_token(_SCOPE, tenant_id=tenant))
        assert isinstance(token, AccessToken)
    asyncio.run(credential.close())


def test_errors_are_caught_by_the_peers_names() -> None:
    """``except`` clauses written for azure-core and azure-identity go on working."""
    credential = _make(entrada, "EnvironmentCredential")
    with pytest.raises(ClientAuthenticationError):
        credential.get_token(_SCOPE)
    with pytest.raises(azure.identity.CredentialUnavailableError):
        credential.get_token(_SCOPE)
    with pytest.raises(ValueError, match="tenant_id"):
        entrada.ClientSecretCredential("", "c", "s")


def test_our_error_does_not_stop_the_peers_chain() -> None:
    """azure-identity's own chain goes on after our CredentialUnavailableError."""
    chain = azure.identity.ChainedTokenCredential(
        _make(entrada, "EnvironmentCredential"), _make(entrada, "ClientSecretCredential")
    )
    assert chain.get_token(_SCOPE).token == "token"


_LATE = """
import sys
import entrada
credential = entrada.EnvironmentCredential(world=__import__("entrada.testing").testing.World.fake())

def error():
    try:
        credential.get_token("https://storage.azure.com/.default")
    except entrada.AuthenticationError as raised:
        return raised

first = error()
assert isinstance(first, entrada.CredentialUnavailableError)
assert "azure.core" not in sys.modules
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
assert isinstance(error(), ClientAuthenticationError)
assert isinstance(error(), HttpResponseError)
assert error().status_code is None and error().response is None
assert error().message in str(error())
assert isinstance(first, AzureError)
from azure.identity import CredentialUnavailableError
assert isinstance(error(), CredentialUnavailableError)
"""

_LIGHT = """
import sys
from entrada import ClientSecretCredential
from entrada.testing import Script, token_response
credential = ClientSecretCredential("t", "c", "s", transport=Script(token_response()))
token = credential.get_token("https://storage.azure.com/.default")
text, expires_on = token
assert (token.token, token.expires_on) == (text, expires_on) == ("token", expires_on)
info = credential.get_token_info("https://storage.azure.com/.default")
assert (info.token, info.expires_on, info.token_type) == (text, expires_on, "Bearer")
assert "azure.core" not in sys.modules
from azure.core.credentials import AccessToken, TokenCredential
assert isinstance(credential, TokenCredential)
credential.get_token("https://storage.azure.com/.default", enable_cae=True)
fresh = ClientSecretCredential("t", "c", "s", transport=Script(token_response()))
assert isinstance(fresh.get_token("https://storage.azure.com/.default"), AccessToken)
"""


@pytest.mark.parametrize("program", [_LATE, _LIGHT], ids=["errors", "tokens"])
def test_azure_cores_types_are_joined_whenever_they_are_loaded(program: str) -> None:
    """Before azure-core is loaded ours stand in, from then on they are its own."""
    subprocess.run([sys.executable, "-I", "-c", program], check=True, timeout=60)


def test_versions_agree() -> None:
    """The package says the version that it is installed as."""
    from importlib.metadata import version

    assert entrada.__version__ == version("entrada")
