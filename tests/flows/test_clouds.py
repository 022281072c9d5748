from __future__ import annotations

import pytest

from entrada._wire.clouds import (
    CLOUDS,
    AzureAuthorityHosts,
    KnownAuthorities,
    cloud_of,
)


def test_every_host_and_alias_finds_its_own_cloud() -> None:
    for cloud in CLOUDS:
        for host in (cloud.authority_host, *cloud.aliases):
            assert cloud_of(host) is cloud


def test_no_host_belongs_to_two_clouds() -> None:
    hosts = [host for cloud in CLOUDS for host in (cloud.authority_host, *cloud.aliases)]

    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(
    "written",
    [
        "https://login.microsoftonline.us",
        "https://login.microsoftonline.us/contoso.onmicrosoft.us/",
        "Login.MicrosoftOnline.US",
        "HTTPS://login.microsoftonline.us:443/",
        " login.microsoftonline.us/ ",
    ],
)
def test_an_authority_is_found_however_it_is_written(written: str) -> None:
    cloud = cloud_of(written)

    assert cloud is not None
    assert cloud.name == "AzureUSGovernment"


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "localhost",
        "adfs.contoso.com",
        "login.microsoftonline.com.evil.example",
        "evil.example/login.microsoftonline.com",
        "login.microsoftonline.com:8443",
        "http://login.microsoftonline.com",
        "login.microsoftonline.com@evil.example",
    ],
)
def test_a_host_that_only_looks_like_microsofts_is_no_cloud(foreign: str) -> None:
    assert cloud_of(foreign) is None


def test_each_cloud_has_services_and_an_audience_of_its_own() -> None:
    for field in ("name", "arm", "graph", "token_exchange_audience"):
        values = [getattr(cloud, field) for cloud in CLOUDS]
        assert len(values) == len(set(values)), field
    for cloud in CLOUDS:
        assert cloud.arm.startswith("https://management.")
        assert cloud.graph.startswith("https://")
        assert not (cloud.arm + cloud.graph).endswith("/")
        assert cloud.token_exchange_audience.startswith("api://AzureADTokenExchange")


def test_the_named_authorities_are_the_hosts_of_the_clouds() -> None:
    named = [
        AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
        AzureAuthorityHosts.AZURE_GOVERNMENT,
        AzureAuthorityHosts.AZURE_CHINA,
    ]

    assert named == [cloud.authority_host for cloud in CLOUDS]
    assert KnownAuthorities.AZURE_CHINA == AzureAuthorityHosts.AZURE_CHINA


def test_the_closed_german_cloud_still_has_a_constant_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="AZURE_GERMANY"):
        assert AzureAuthorityHosts.AZURE_GERMANY == "login.microsoftonline.de"
    with pytest.warns(DeprecationWarning):
        assert KnownAuthorities.AZURE_GERMANY == "login.microsoftonline.de"


def test_an_authority_that_never_was_has_no_constant() -> None:
    with pytest.raises(AttributeError, match="AZURE_MOON"):
        AzureAuthorityHosts.AZURE_MOON  # noqa: B018


def test_the_constants_equal_those_of_azure_identity() -> None:
    azure = pytest.importorskip("azure.identity")

    for name in ("AZURE_CHINA", "AZURE_GOVERNMENT", "AZURE_PUBLIC_CLOUD"):
        assert getattr(AzureAuthorityHosts, name) == getattr(azure.AzureAuthorityHosts, name)
