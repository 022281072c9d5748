"""Service Fabric, Azure Machine Learning, Cloud Shell and the token proxy of AKS."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from entrada import (
    AuthenticationRejectedError,
    ChainedTokenCredential,
    ConfigurationError,
    CredentialUnavailableError,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from entrada._engine.effects import Trust
from entrada.testing import Request, Script, TransportFailure, World, json_response, token_response

SCOPE = "https://storage.azure.com/.default"
FABRIC = {
    "IDENTITY_ENDPOINT": "https://10.0.0.4:2377/t",
    "IDENTITY_HEADER": "canary",
    "IDENTITY_SERVER_THUMBPRINT": "AA:" * 19 + "aa",
}
ML = {"MSI_ENDPOINT": "http://127.0.0.1:46808/msi", "MSI_SECRET": "canary"}
SHELL = {"MSI_ENDPOINT": "http://localhost:50342/oauth2/token"}
POD = {
    "AZURE_TENANT_ID": "tenant",
    "AZURE_CLIENT_ID": "client",
    "AZURE_FEDERATED_TOKEN_FILE": "/token",
    "AZURE_KUBERNETES_TOKEN_PROXY": "https://10.0.0.1:6443/proxy/",
    "AZURE_KUBERNETES_SNI_NAME": "proxy.aks",
    "AZURE_KUBERNETES_CA_FILE": "/ca.pem",
}


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def managed(env: dict[str, str], script: Script, **options: object) -> ManagedIdentityCredential:
    return ManagedIdentityCredential(world=World.fake(env), transport=script, **options)  # type: ignore[arg-type]


def test_service_fabrics_certificate_is_pinned_in_any_spelling() -> None:
    script = Script(token_response(expires_on="1800003600"))
    managed(FABRIC, script).get_token(SCOPE)
    request = script.requests[0]
    assert request.trust == Trust(thumbprint="a" * 40)
    assert request.headers == {"Secret": "canary"}
    assert query(request) == {
        "api-version": "2019-07-01-preview",
        "resource": "https://storage.azure.com",
    }


def test_a_refused_token_of_service_fabric_is_named_by_its_hash() -> None:
    script = Script(token_response("first"), token_response("second"))
    credential = managed(FABRIC, script)
    credential.get_token(SCOPE)
    assert credential.get_token(SCOPE, claims="{}").token == "second"
    wanted = hashlib.sha256(b"first").hexdigest()
    assert query(script.requests[1])["token_sha256_to_refresh"] == wanted


@pytest.mark.parametrize(
    "change", [{"IDENTITY_SERVER_THUMBPRINT": "zz"}, {"IDENTITY_ENDPOINT": "http://10.0.0.4/t"}]
)
def test_service_fabric_is_not_asked_where_it_cannot_be_known(change: dict[str, str]) -> None:
    script = Script(token_response())
    with pytest.raises(ConfigurationError):
        managed({**FABRIC, **change}, script).get_token(SCOPE)
    assert script.requests == []


def test_a_wrong_certificate_ends_the_matter() -> None:
    script = Script(TransportFailure("tls", "the certificate is another"))
    credential = managed(FABRIC, script)
    with pytest.raises(AuthenticationRejectedError) as caught:
        credential.get_token(SCOPE)
    assert caught.value.code == "wrong_certificate"
    assert len(script.requests) == 1


def test_an_application_without_identity_is_told_so() -> None:
    error = {"code": "ManagedIdentityNotFound", "message": "none here"}
    script = Script(json_response({"error": error}, 404))
    with pytest.raises(CredentialUnavailableError, match="none here") as caught:
        managed(FABRIC, script).get_token(SCOPE)
    assert caught.value.code == "identity_not_found"


@pytest.mark.parametrize("env", [FABRIC, SHELL])
def test_a_host_with_one_identity_lets_nobody_choose(env: dict[str, str]) -> None:
    script = Script(token_response())
    credential = managed(env, script, client_id="x")
    with pytest.raises(ConfigurationError, match="client_id"):
        credential.get_token(SCOPE)
    with pytest.raises(CredentialUnavailableError, match="client_id"):
        ChainedTokenCredential(credential, world=World.fake(env)).get_token(SCOPE)
    assert script.requests == []


def test_cloud_shell_is_sent_a_form() -> None:
    script = Script(token_response())
    managed(SHELL, script).get_token(SCOPE)
    request = script.requests[0]
    assert (request.method, request.url) == ("POST", SHELL["MSI_ENDPOINT"])
    assert request.body == b"resource=https%3A%2F%2Fstorage.azure.com"
    assert request.headers["Metadata"] == "true"


@pytest.mark.parametrize(
    ("expires_on", "epoch"),
    [
        ("1800086400", 1800086400),
        (1800086400, 1800086400),
        ("01/16/2027 8:00:00 AM +00:00", 1800086400),
        ("01/16/2027 08:00:00 +00:00", 1800086400),
        ("1/16/2027 12:00:00 AM +00:00", 1800057600),
        ("1/16/2027 12:00:00 PM +00:00", 1800100800),
        ("1/16/2027 1:00:00 PM +00:00", 1800104400),
    ],
)
def test_azure_ml_says_in_several_ways_when_a_token_expires(expires_on: object, epoch: int) -> None:
    script = Script(json_response({"access_token": "t", "expires_on": expires_on}))
    assert managed(ML, script).get_token(SCOPE).expires_on == epoch
    assert script.requests[0].headers == {"secret": "canary", "Metadata": "true"}


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        ({}, "clientid", "default"),
        ({"client_id": "x"}, "clientid", "x"),
        ({"identity_config": {"resource_id": "/r"}}, "msi_res_id", "/r"),
    ],
)
def test_azure_ml_has_a_default_identity(options: dict[str, object], name: str, value: str) -> None:
    script = Script(token_response())
    managed({**ML, "DEFAULT_IDENTITY_CLIENT_ID": "default"}, script, **options).get_token(SCOPE)
    asked = query(script.requests[0])
    assert {key: asked[key] for key in asked if key not in ("api-version", "resource")} == {
        name: value
    }


def pod(
    files: dict[str, bytes], script: Script, env: dict[str, str] | None = None
) -> WorkloadIdentityCredential:
    files.setdefault("/token", b"federated")
    world = World.fake(POD if env is None else env, files=files)
    return WorkloadIdentityCredential(enable_azure_proxy=True, world=world, transport=script)


def test_a_binding_sends_the_exchange_to_the_clusters_proxy_on_every_try() -> None:
    script = Script(json_response({}, 503), token_response())
    assert pod({"/ca.pem": b"one"}, script).get_token(SCOPE).token == "token"
    for request in script.requests:
        assert request.url == "https://10.0.0.1:6443/proxy/tenant/oauth2/v2.0/token"
        assert request.trust == Trust(authorities="one", server_name="proxy.aks")


def test_the_proxys_authorities_are_read_again_when_they_change() -> None:
    script = Script(token_response())
    files = {"/ca.pem": b"one"}
    credential = pod(files, script)
    for content, used in ((b"one", "one"), (b"two", "two"), (b"", "two"), (None, "two")):
        if content is None:
            del files["/ca.pem"]
        else:
            files["/ca.pem"] = content
        credential.get_token(SCOPE, claims="{}")
        trust = script.requests[-1].trust
        assert trust is not None
        assert trust.authorities == used


@pytest.mark.parametrize("files", [{}, {"/ca.pem": b" \n"}])
def test_authorities_that_were_never_there_are_a_mistake(files: dict[str, bytes]) -> None:
    with pytest.raises(ConfigurationError, match="AZURE_KUBERNETES_CA_FILE"):
        pod(dict(files), Script(token_response())).get_token(SCOPE)


@pytest.mark.parametrize(
    "change",
    [
        {"AZURE_KUBERNETES_TOKEN_PROXY": ""},
        {"AZURE_KUBERNETES_CA_DATA": "pem"},
        {"AZURE_KUBERNETES_TOKEN_PROXY": "http://10.0.0.1"},
        {"AZURE_KUBERNETES_TOKEN_PROXY": "https://user@10.0.0.1"},
        {"AZURE_KUBERNETES_TOKEN_PROXY": "https://10.0.0.1?x"},
        {"AZURE_KUBERNETES_TOKEN_PROXY": "https://10.0.0.1#x"},
        {"AZURE_KUBERNETES_TOKEN_PROXY": "https://10.0.0.1:x"},
        {"AZURE_KUBERNETES_TOKEN_PROXY": "https://"},
    ],
)
def test_a_proxy_that_is_described_wrongly_is_a_mistake(change: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        pod({}, Script(token_response()), {**POD, **change})


def test_without_its_variables_or_its_keyword_there_is_no_proxy() -> None:
    script = Script(token_response())
    plain = {name: value for name, value in POD.items() if "KUBERNETES" not in name}
    pod({}, script, plain).get_token(SCOPE)
    world = World.fake(POD, files={"/token": b"federated"})
    WorkloadIdentityCredential(world=world, transport=script).get_token(SCOPE)
    for request in script.requests:
        assert request.url.startswith("https://login.microsoftonline.com/")
        assert request.trust is None
