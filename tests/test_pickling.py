"""Credentials that hold no secret cross to another process by their settings, others not at all."""

from __future__ import annotations

import copy
import pickle
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada import Identity
from entrada.testing import Script, World, token_response

_FACES = pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])
_TENANTS = {"tenant_id": "contoso.com", "additionally_allowed_tenants": ("fabrikam.com",)}

_BY_REFERENCE: list[tuple[str, dict[str, Any]]] = [
    ("AzureCliCredential", {**_TENANTS, "subscription": "s", "process_timeout": 3}),
    ("AzureDeveloperCliCredential", {**_TENANTS, "process_timeout": 3}),
    ("AzurePowerShellCredential", {**_TENANTS, "process_timeout": 3}),
    (
        "DefaultAzureCredential",
        {"profile": "dev", "expect": Identity(tenant="t"), "deadline": 5.0, "process_timeout": 3},
    ),
    ("EnvironmentCredential", {"authority": "login.microsoftonline.us"}),
    ("ManagedIdentityCredential", {"identity_config": {"object_id": "o"}}),
    ("SharedTokenCacheCredential", {"username": "someone@contoso.com", "tenant_id": "t"}),
    ("VisualStudioCodeCredential", _TENANTS),
    (
        "WorkloadIdentityCredential",
        {"tenant_id": "t", "client_id": "c", "token_file_path": "/token"},
    ),
]


@_FACES
@pytest.mark.parametrize(("name", "keywords"), _BY_REFERENCE)
def test_a_credential_without_secrets_is_pickled_by_its_settings(
    name: str, keywords: dict[str, Any], face: ModuleType
) -> None:
    """The other one is of the same class and settings, and has no token of this one's."""
    credential = getattr(face, name)(**keywords)

    again = pickle.loads(pickle.dumps(credential))

    assert type(again) is type(credential)
    assert repr(again) == repr(credential)
    assert again.reference() == credential.reference()
    assert {keyword: again.reference().get(keyword) for keyword in keywords} == {
        keyword: credential.reference().get(keyword) for keyword in keywords
    }
    assert type(copy.deepcopy(credential)) is type(credential)


def test_what_is_pickled_holds_neither_tokens_nor_the_environments_secrets() -> None:
    """The variables are read anew where it is unpickled."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
            patch.setenv(name, "canary")
        credential = entrada.DefaultAzureCredential(profile="prod")
        credential._chain()
        assert b"canary" not in pickle.dumps(credential)


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("ClientSecretCredential", {"tenant_id": "t", "client_id": "c", "client_secret": "s"}),
        ("CertificateCredential", {"tenant_id": "t", "client_id": "c", "certificate_path": "/c"}),
        ("ClientAssertionCredential", {"tenant_id": "t", "client_id": "c", "func": str}),
        ("DeviceCodeCredential", {}),
    ],
)
@_FACES
def test_a_credential_with_secrets_is_not_pickled(
    name: str, keywords: dict[str, Any], face: ModuleType
) -> None:
    """Its secrets, or a person's refresh token, would stand in the pickle in clear."""
    with pytest.raises(TypeError, match="in clear"):
        pickle.dumps(getattr(face, name)(**keywords))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("world", World.fake()),
        ("transport", Script(token_response())),
        ("proxies", {"https": "http://someone:canary@proxy"}),
        ("headers", {"X-Key": "canary"}),
    ],
)
def test_what_belongs_to_a_process_or_may_be_secret_is_named(keyword: str, value: Any) -> None:
    """The error says which keyword is in the way."""
    credential = entrada.DefaultAzureCredential(**{keyword: value})
    with pytest.raises(TypeError, match=f"with {keyword}"):
        pickle.dumps(credential)
