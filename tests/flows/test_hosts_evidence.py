"""Which host is asked, and when a machine's own look saves it the packets."""

from __future__ import annotations

from typing import Any

import pytest

from entrada import (
    ChainedTokenCredential,
    ConfigurationError,
    CredentialUnavailableError,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)
from entrada._drivers.proxy import proxy_for
from entrada._hosts import HOSTS
from entrada._hosts.evidence import AZURE_TAG, imds_ruled_out
from entrada.testing import FakeClock, Script, TransportFailure, World, token_response

SCOPE = "https://storage.azure.com/.default"
TAG = "/sys/class/dmi/id/chassis_asset_tag"
VENDOR = "/sys/class/dmi/id/sys_vendor"
HIMDS = "/opt/azcmagent/bin/himds"
FEDERATED = {
    "AZURE_AUTHORITY_HOST": "https://login.example",
    "AZURE_TENANT_ID": "tenant",
    "AZURE_FEDERATED_TOKEN_FILE": "/token",
}
IDENTITY = {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/x"}
MSI = {"MSI_ENDPOINT": "http://127.0.0.1:2/x"}

ORDER: list[tuple[dict[str, str], list[str], str]] = [
    (
        {**IDENTITY, "IDENTITY_HEADER": "h", "IDENTITY_SERVER_THUMBPRINT": "t"},
        [],
        "service_fabric",
    ),
    ({**IDENTITY, "IDENTITY_HEADER": "h", "IMDS_ENDPOINT": "i", **MSI}, [], "app_service"),
    ({**IDENTITY, "IMDS_ENDPOINT": "i", **MSI}, [], "azure_arc"),
    ({**IDENTITY, "IDENTITY_HEADER": "", **MSI}, [HIMDS], "incomplete"),
    ({**MSI, "MSI_SECRET": "s", **FEDERATED}, [HIMDS], "azure_ml"),
    ({**MSI, **FEDERATED}, [HIMDS], "cloud_shell"),
    (FEDERATED, [HIMDS], "workload_identity"),
    ({**FEDERATED, "AZURE_AUTHORITY_HOST": ""}, [HIMDS], "azure_arc"),
    ({"IDENTITY_HEADER": "h", "MSI_SECRET": "s"}, [], "imds"),
    ({}, [], "imds"),
]


@pytest.mark.parametrize(("env", "files", "name"), ORDER)
def test_the_first_host_whose_variables_are_all_set_is_asked(
    env: dict[str, str], files: list[str], name: str
) -> None:
    world = World.fake(env, files=dict.fromkeys(files, b""))
    assert next(host for host in HOSTS if host.is_here(world)).name == name


def test_half_of_a_hosts_variables_are_named_and_nobody_is_asked() -> None:
    script = Script(token_response())
    world = World.fake({**IDENTITY, "IDENTITY_SERVER_THUMBPRINT": "t"})
    with pytest.raises(CredentialUnavailableError) as caught:
        ManagedIdentityCredential(world=world, transport=script).get_token(SCOPE)
    assert caught.value.code == "host_incomplete"
    for name in ("IDENTITY_ENDPOINT and IDENTITY_SERVER_THUMBPRINT", "IDENTITY_HEADER"):
        assert name in caught.value.message
    assert script.requests == []


EVIDENCE: list[tuple[dict[str, Any], bool]] = [
    ({"files": {TAG: AZURE_TAG.encode() + b"\n"}}, False),
    ({"files": {TAG: b"No Asset Tag\n"}}, True),
    ({"files": {TAG: b"\n"}}, True),
    ({"files": {}}, False),
    ({"files": {TAG: b"other", "/.dockerenv": b""}}, False),
    ({"files": {TAG: b"other", "/run/.containerenv": b""}}, False),
    ({"files": {TAG: b"other", "/var/lib/waagent": b""}}, False),
    ({"files": {TAG: b"other", VENDOR: b"Microsoft Corporation\n"}}, False),
    ({"files": {TAG: b"other", VENDOR: b"LENOVO\n"}}, True),
    ({"files": {TAG: b"other"}, "env": {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}}, False),
    ({"files": {TAG: b"other"}, "platform": "win32"}, False),
    ({"platform": "darwin"}, True),
]


@pytest.mark.parametrize(("around", "excluded"), EVIDENCE)
def test_only_certain_evidence_rules_the_metadata_service_out(
    around: dict[str, Any], excluded: bool
) -> None:
    assert bool(imds_ruled_out(World.fake(**around))) is excluded


def test_a_chain_on_a_laptop_sends_no_packet_and_a_credential_alone_asks() -> None:
    script = Script(token_response())
    world = World.fake(files={TAG: b"No Asset Tag"})
    alone = ManagedIdentityCredential(world=world, transport=script)
    with pytest.raises(CredentialUnavailableError) as caught:
        ChainedTokenCredential(alone, world=world).get_token(SCOPE)
    assert "asset tag" in str(caught.value)
    assert script.requests == []
    assert alone.get_token(SCOPE).token == "token"


def test_an_endpoint_of_ones_own_is_asked_whatever_the_machine_is() -> None:
    script = Script(token_response())
    env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:3"}
    world = World.fake(env, platform="darwin")
    DefaultAzureCredential(world=world, transport=script).get_token(SCOPE)
    assert len(script.requests) == 1


def test_what_was_found_out_is_forgotten_after_a_minute() -> None:
    clock = FakeClock()
    script = Script(TransportFailure("connect", "no"), token_response())
    world = World.fake(clock=clock)
    credential = ChainedTokenCredential(
        ManagedIdentityCredential(world=world, transport=script), world=world
    )
    for expected in (1, 1):
        with pytest.raises(CredentialUnavailableError):
            credential.get_token(SCOPE)
        assert len(script.requests) == expected
        clock.advance(30)
    clock.advance(1)
    assert credential.get_token(SCOPE).token == "token"


@pytest.mark.parametrize("env", [env for env, _, name in ORDER if name != "incomplete"])
def test_no_host_is_ever_sent_a_header_of_proxies(env: dict[str, str]) -> None:
    script = Script(token_response(expires_on="1800003600"))
    around = {**env, "AZURE_CLIENT_ID": "client"}
    if "IDENTITY_SERVER_THUMBPRINT" in env:
        around["IDENTITY_SERVER_THUMBPRINT"] = "a" * 40
        around["IDENTITY_ENDPOINT"] = "https://127.0.0.1:1/x"
    world = World.fake(around, files={"/token": b"federated"})
    ManagedIdentityCredential(world=world, transport=script).get_token(SCOPE)
    for request in script.requests:
        sent = {name.lower() for name in request.headers}
        assert not sent & {"x-forwarded-for", "forwarded", "via"}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "localhost", "::1"])
def test_a_host_nearby_is_never_asked_through_a_proxy(scheme: str, host: str) -> None:
    env = {"HTTP_PROXY": "http://proxy:1", "HTTPS_PROXY": "http://proxy:1", "ALL_PROXY": "proxy:1"}
    assert proxy_for(scheme, host, env) is None


def test_a_pods_federated_token_is_used_for_the_client_id_given() -> None:
    script = Script(token_response())
    world = World.fake({**FEDERATED, "AZURE_CLIENT_ID": "other"}, files={"/token": b"federated"})
    credential = ManagedIdentityCredential(client_id="mine", world=world, transport=script)
    assert credential.get_token(SCOPE).token == "token"
    assert script.requests[0].url == "https://login.example/tenant/oauth2/v2.0/token"
    assert b"client_id=mine" in script.requests[0].body


def test_a_pods_federated_token_has_no_object_id() -> None:
    world = World.fake(FEDERATED, files={"/token": b"federated"})
    credential = ManagedIdentityCredential(identity_config={"object_id": "x"}, world=world)
    with pytest.raises(ConfigurationError, match="client_id"):
        credential.get_token(SCOPE)


def test_a_chain_without_workload_identity_leaves_it_out_of_managed_identity_too() -> None:
    script = Script(token_response())
    env = {**FEDERATED, "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:3"}
    world = World.fake(env, files={"/token": b"federated"})
    DefaultAzureCredential(
        exclude_workload_identity_credential=True, world=world, transport=script
    ).get_token(SCOPE)
    assert script.requests[0].url.startswith("http://127.0.0.1:3/metadata/")
