"""Which token goes where, and what a challenge asks for."""

from __future__ import annotations

import base64
import subprocess
import sys

import pytest

from entrada.errors import ConfigurationError
from entrada.integrations.targets import check_secure, claims_of, same_origin, scope_for


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://management.azure.com/subscriptions", "https://management.azure.com/.default"),
        ("https://x.blob.core.windows.net/c", "https://storage.azure.com/.default"),
        ("https://X.DFS.core.windows.net:443/c", "https://storage.azure.com/.default"),
        ("https://kv.vault.azure.net./secrets", "https://vault.azure.net/.default"),
        ("https://kv.vault.azure.cn/secrets", "https://vault.azure.cn/.default"),
        ("https://graph.microsoft.us/v1.0/me", "https://graph.microsoft.us/.default"),
        ("https://a.documents.azure.com/", "https://a.documents.azure.com/.default"),
        ("https://c.eu.kusto.windows.net/", "https://c.eu.kusto.windows.net/.default"),
        ("https://dev.azure.com/o", "499b84ac-1321-427f-aa17-267ca6975798/.default"),
    ],
)
def test_a_host_of_azure_has_a_scope(url: str, scope: str) -> None:
    assert scope_for(url) == scope


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example/x",
        "https://evilvault.azure.net.example/",
        "https://notvault-azure.net/",
        "https://xgraph.microsoft.com.evil.test/",
        "https://graph.microsoft.com@evil.test/",
        "https://evilgraph.microsoft.com.",
        "https://documents.azure.com/",
        "https:///x",
    ],
)
def test_another_host_has_none(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scope_for(url)
    assert caught.value.code == "no_scope_for_host"


def test_plain_http_is_refused() -> None:
    check_secure("https://x")
    with pytest.raises(ConfigurationError, match="plain HTTP"):
        check_secure("http://localhost")


def test_an_origin_is_scheme_host_and_port() -> None:
    assert same_origin("https://A/x?y", "https://a:443/")
    assert not same_origin("https://a", "http://a")
    assert not same_origin("https://a", "https://a:444")
    assert not same_origin("https://a", "https://b.a")


@pytest.mark.parametrize(
    ("challenge", "claims"),
    [
        (f'Bearer error="insufficient_claims", claims="{_encoded("{}")}"', "{}"),
        (f'bearer claims="{_encoded("{}")}",error=insufficient_claims', "{}"),
        (f'PoP nonce="x", Bearer error="insufficient_claims", claims="{_encoded("{}")}"', "{}"),
        (f'Bearer error="insufficient_claims", claims="{_encoded("{}")}", Basic claims="x"', "{}"),
        ('Bearer error="insufficient_claims", claims="e30"', "{}"),
        (f'Bearer error="invalid_token", claims="{_encoded("{}")}"', None),
        (f'Basic error="insufficient_claims", claims="{_encoded("{}")}"', None),
        (f'Bearer error="insufficient_claims", claims="{_encoded("[]")}"', None),
        (f'Bearer error="insufficient_claims", claims="{_encoded("{")}"', None),
        ('Bearer error="insufficient_claims", claims="é"', None),
        ('Bearer error="insufficient_claims"', None),
        ("", None),
    ],
)
def test_a_challenge_asks_for_claims(challenge: str, claims: str | None) -> None:
    assert claims_of(challenge) == claims


def test_integrations_load_nobody_elses_library() -> None:
    """The package itself, and what the modules have in common."""
    program = """
import sys, entrada.integrations, entrada.integrations.targets, entrada.integrations._bearer
others = {"httpx", "httpx2", "requests", "aiohttp", "redis", "sqlalchemy", "asyncio"}
print(*others & set(sys.modules))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.split() == []
