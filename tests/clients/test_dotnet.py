"""A configuration written for .NET's clients means the same here; what does not says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from dotnet_keys import CLASSIC, NEW, ROWS, Row
from services import Parcels

from entrada.clients import Clients, ClientsConfigurationError
from entrada.clients.making import Site, make_credential
from entrada.clients.settings import credential_settings
from entrada.clients.sources import REFUSED_KEYS, REFUSED_SOURCES, SOURCES
from entrada.testing import World

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
WORLD = World.fake(
    {
        "AZURE_TENANT_ID": "t",
        "AZURE_CLIENT_ID": "c",
        "AZURE_FEDERATED_TOKEN_FILE": "/token",
        "SYSTEM_OIDCREQUESTURI": "https://dev.example/oidc",
    }
)


def registry(row: Row) -> Clients:
    """Return the registry of a client with the row's keys."""
    shared = {"Credential": {"CredentialSource": "AzureCli"}} if "$" in row.key else {}
    section = {"Kind": "services.Parcels", "Endpoint": "https://p.example", **row.given}
    return Clients.from_config({"Clients": {"P": section}, "Defaults": shared}, world=WORLD)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_key_of_dotnets_is_taken_or_refused_with_a_reason(row: Row) -> None:
    """Spelt as .NET spells it; the credential is made of it."""
    if row.refused:
        with pytest.raises(ClientsConfigurationError) as raised:
            registry(row)
        assert row.outcome in str(raised.value)
        assert "is not supported: " in str(raised.value)
        return
    made = registry(row)
    assert made.describe()[0].credential == row.outcome
    made.get(Parcels)


def line(row: Row) -> str:
    """Return the row of the page's table."""
    return f"| {row.key} | {'not supported: ' + reason(row) if row.refused else row.here} |"


def reason(row: Row) -> str:
    """Return why a key is refused, as the error says it."""
    with pytest.raises(ClientsConfigurationError) as raised:
        registry(row)
    return raised.value.message.partition("is not supported: ")[2].rstrip(".")


def test_the_page_has_every_row() -> None:
    """In order, in one table for each of .NET's two models."""
    text = PAGE.read_text()
    for rows in (CLASSIC, NEW):
        table = "\n".join(line(row) for row in rows)
        assert table in text, table


def test_every_source_and_every_refusal_is_in_the_table_or_our_own() -> None:
    """So that the table cannot fall behind the code."""
    told = " ".join(row.outcome for row in ROWS if not row.refused)
    ours = {"auto", "github_actions", "device_code", "none", "client_certificate"}
    assert [each.name for each in SOURCES if each.name not in told and each.name not in ours] == []
    keys = " ".join(row.key.lower() for row in ROWS)
    extra = {"visual_studio_tenant_id", "retry", "username_password", "shared_token_cache"}
    for name in {*REFUSED_KEYS, *REFUSED_SOURCES} - extra:
        assert name.replace("_", "") in keys, name


@pytest.mark.parametrize("source", [each for each in SOURCES if each.class_name])
def test_every_source_makes_a_credential_of_both_colours(source: object) -> None:
    """With the keys that it cannot do without."""
    from entrada._config.read import of_mapping
    from entrada.clients.sources import Source

    assert isinstance(source, Source)
    keys = dict.fromkeys(source.required, "v") | {"credential_source": source.name}
    if source.name == "managed_identity_as_federated_identity":
        keys["managed_identity_client_id"] = "m"
    settings = credential_settings(of_mapping(keys), WORLD)
    for asynchronous in (False, True):
        made = make_credential(settings, Site(WORLD), asynchronous=asynchronous)
        assert type(made).__name__ == ("Async" if asynchronous else "") + source.class_name
