"""EnvironmentCredential with a person's name and password."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from entrada import CredentialUnavailableError, EnvironmentCredential
from entrada.testing import Script, World, token_response

SCOPE = "https://storage.azure.com/.default"
PERSON = {"AZURE_CLIENT_ID": "app", "AZURE_USERNAME": "ana@contoso.example", "AZURE_PASSWORD": "p"}


def test_a_persons_name_and_password_sign_in_with_a_warning() -> None:
    """Without a tenant the person's own is found by their name."""
    script = Script(token_response("t"))
    credential = EnvironmentCredential(world=World.fake(PERSON), transport=script)
    with pytest.warns(DeprecationWarning, match="multifactor"):
        assert credential.get_token(SCOPE).token == "t"
    form = parse_qs(script.requests[0].body.decode())
    assert "/organizations/" in script.requests[0].url
    assert (form["grant_type"], form["username"]) == (["password"], ["ana@contoso.example"])


def test_a_service_principal_comes_before_a_person() -> None:
    """The order of the ways is azure-identity's."""
    env = {**PERSON, "AZURE_TENANT_ID": "contoso.example", "AZURE_CLIENT_SECRET": "s"}
    script = Script(token_response("t"))
    EnvironmentCredential(world=World.fake(env), transport=script).get_token(SCOPE)
    assert parse_qs(script.requests[0].body.decode())["grant_type"] == ["client_credentials"]


def test_a_name_without_a_password_is_named_as_what_is_missing() -> None:
    """Half-set variables are an error before any request."""
    env = {name: value for name, value in PERSON.items() if name != "AZURE_PASSWORD"}
    credential = EnvironmentCredential(world=World.fake(env))
    with pytest.raises(CredentialUnavailableError, match="AZURE_PASSWORD missing") as raised:
        credential.get_token(SCOPE)
    assert raised.value.code == "environment_incomplete"
