"""Auth files: both forms, what they lack, who may read them."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

import entrada.aio
from cases.runner.certificates import certificate_file
from entrada import ConfigurationError, from_auth_file
from entrada.testing import Script, World, token_response

CLIENT = "11111111-1111-4111-8111-111111111111"
FIELDS = {
    "clientId": CLIENT,
    "clientSecret": "canary-client-secret",
    "subscriptionId": "22222222-2222-4222-8222-222222222222",
    "tenantId": "contoso.com",
    "activeDirectoryEndpointUrl": "https://login.microsoftonline.us",
    "resourceManagerEndpointUrl": "https://management.usgovcloudapi.net/",
    "activeDirectoryGraphResourceId": "https://graph.windows.net/",
    "sqlManagementEndpointUrl": "https://management.core.usgovcloudapi.net:8443/",
    "galleryEndpointUrl": None,
    "managementEndpointUrl": "https://management.core.usgovcloudapi.net/",
}
PROPERTIES = """\
# a principal for deployments
subscription=22222222-2222-4222-8222-222222222222
client = 11111111-1111-4111-8111-111111111111
key=canary=client\\\\secret
tenant=contoso.com
managementURI=https\\://management.core.windows.net/
baseURL=https\\://management.azure.com/
authURL=https\\://login.microsoftonline.com/
graphURL=https\\://graph.windows.net/
"""
SCOPE = "https://management.usgovcloudapi.net/.default"


def opened(content: str | bytes, script: Script | None = None, **more: bytes) -> Any:
    text = content.encode() if isinstance(content, str) else content
    files = {"/auth": text, **{f"/{name}": data for name, data in more.items()}}
    world = World.fake({"AZURE_AUTH_LOCATION": "/auth"}, files=files)
    return from_auth_file(world=world, transport=script or Script(token_response()))


def sent(script: Script) -> tuple[str, str]:
    request = script.requests[0]
    return request.url, request.body.decode()


def test_the_json_form_signs_in_at_its_own_cloud() -> None:
    script = Script(token_response())
    auth = opened(json.dumps(FIELDS), script)
    assert auth.credential.get_token(SCOPE).token == "token"
    url, body = sent(script)
    assert url == "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token"
    assert f"client_id={CLIENT}&" in body
    assert "client_secret=canary-client-secret" in body
    assert (auth.tenant_id, auth.client_id) == ("contoso.com", CLIENT)
    assert auth.subscription_id == FIELDS["subscriptionId"]
    assert auth.endpoints.resource_manager == "https://management.usgovcloudapi.net"
    assert auth.endpoints.gallery == ""
    assert "canary" not in repr(auth)


def test_the_four_fields_of_a_ci_secret_are_enough() -> None:
    needed = ("clientId", "clientSecret", "subscriptionId", "tenantId")
    auth = opened(json.dumps({name: FIELDS[name] for name in needed}))
    assert auth.endpoints.active_directory == "https://login.microsoftonline.com"
    assert auth.endpoints.resource_manager == "https://management.azure.com"


def test_the_older_form_says_the_same_by_other_names() -> None:
    script = Script(token_response())
    auth = opened(PROPERTIES, script)
    auth.credential.get_token("https://management.azure.com/.default")
    url, body = sent(script)
    assert url == "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token"
    assert "client_secret=canary%3Dclient%5Csecret" in body
    assert auth.endpoints.management == "https://management.core.windows.net"


def test_a_certificate_stands_in_for_the_secret() -> None:
    script = Script(token_response())
    fields = {**FIELDS, "clientSecret": None, "clientCertificate": "/cert.pem"}
    auth = opened(json.dumps(fields), script, **{"cert.pem": certificate_file("pem", "")})
    auth.credential.get_token(SCOPE)
    assert "client_assertion=" in sent(script)[1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_windows_writes_is_read(encoding: str) -> None:
    assert opened(json.dumps(FIELDS).encode(encoding)).client_id == CLIENT


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("tenantId", "lacks tenantId (older form: tenant)"),
        ("clientId", "lacks clientId (older form: client)"),
        ("subscriptionId", "lacks subscriptionId"),
        ("clientSecret", "lacks clientSecret or clientCertificate"),
    ],
)
def test_a_missing_key_is_named_with_the_file(key: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        opened(json.dumps({**FIELDS, key: ""}))
    assert f"The auth file /auth {words}" in caught.value.message
    assert "create-for-rbac" in str(caught.value.hint)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"canary", b"\xff\xfe\x00", b"\x80"])
def test_what_is_no_auth_file_is_refused_without_showing_it(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="/auth is neither") as caught:
        opened(content)
    assert "canary" not in str(caught.value)


def test_no_file_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(ConfigurationError, match="path is missing") as caught:
        from_auth_file(world=World.fake())
    assert "AZURE_AUTH_LOCATION" in str(caught.value.hint)
    with pytest.raises(ConfigurationError, match="/nowhere"):
        from_auth_file("/nowhere", world=World.fake())


def test_a_file_that_everybody_may_read_is_a_warning_and_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "auth.json"
    file.write_text(json.dumps(FIELDS))
    file.chmod(0o644)
    assert from_auth_file(file).client_id == CLIENT
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert record.getMessage() == f"everybody may read the auth file {file}: chmod 600 it"
    caplog.clear()
    file.chmod(0o600)
    from_auth_file(file)
    assert caplog.records == []


def test_the_async_credential_is_one() -> None:
    world = World.fake(files={"/auth": json.dumps(FIELDS).encode()})
    script = Script(token_response())
    auth = entrada.aio.from_auth_file("/auth", world=world, transport=script)
    assert isinstance(auth.credential, entrada.aio.ClientSecretCredential)
    assert asyncio.run(auth.credential.get_token(SCOPE)).token == "token"
