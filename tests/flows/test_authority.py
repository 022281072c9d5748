from __future__ import annotations

import pytest

from entrada._engine.world import World
from entrada._wire.authority import authority_of, token_endpoint
from entrada.errors import ConfigurationError


def _authority(given: str | None, variable: str = "") -> str:
    return authority_of(given, World.fake({"AZURE_AUTHORITY_HOST": variable} if variable else {}))


@pytest.mark.parametrize(
    ("given", "variable", "authority"),
    [
        (None, "", "https://login.microsoftonline.com"),
        ("", "", "https://login.microsoftonline.com"),
        (None, "https://login.example/", "https://login.example"),
        (None, "login.example", "https://login.example"),
        ("given.example", "https://login.example", "https://given.example"),
        ("https://given.example:8443", "", "https://given.example:8443"),
        (" https://given.example/ ", "", "https://given.example"),
        ("https://given.example/prefix/", "", "https://given.example/prefix"),
        ("HTTPS://given.example", "", "https://given.example"),
        ("localhost:8443", "", "https://localhost:8443"),
        ("https://[::1]:8443", "", "https://[::1]:8443"),
    ],
)
def test_the_argument_comes_before_the_environment_and_that_before_the_public_cloud(
    given: str | None, variable: str, authority: str
) -> None:
    assert _authority(given, variable) == authority


@pytest.mark.parametrize(
    "authority",
    ["http://login.example", "ftp://login.example", "https://", "https:///x", "https://[::1"],
)
def test_an_authority_that_is_no_https_host_is_refused(authority: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^authority has to be an https host") as caught:
        _authority(authority)
    assert caught.value.code == "bad_authority"


def test_what_the_environment_has_wrong_is_named_by_its_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"^AZURE_AUTHORITY_HOST has to be"):
        _authority(None, "http://login.example")


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        _authority("https://login.example:port")


@pytest.mark.parametrize(
    ("tenant", "path"),
    [("contoso.example", "/contoso.example/oauth2/v2.0/token"), ("adfs", "/adfs/oauth2/token")],
)
def test_a_token_endpoint_follows_from_the_authority_by_rule(tenant: str, path: str) -> None:
    assert token_endpoint("https://login.example", tenant) == f"https://login.example{path}"
