"""Entra's objects: what is kept, what is refused, what is found again."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from test_entra_world import NOW, key_pair

from entrada.local import directory
from entrada.local.cloud import Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    made = Cloud(clock=lambda: NOW)
    yield made
    made.state.close()


def test_seeding_twice_changes_nothing(cloud: Cloud) -> None:
    directory.ensure_seed(cloud)
    first = (directory.default_tenant(cloud), directory.default_subscription(cloud))
    directory.ensure_seed(cloud)
    assert (directory.default_tenant(cloud), directory.default_subscription(cloud)) == first
    assert [each["domain"] for _, each in cloud.state.under("tenant")] == [
        "entrada.onmicrosoft.com"
    ]
    assert len(cloud.state.under("subscription")) == 1


def test_a_tenant_that_was_set_before_is_kept(cloud: Cloud) -> None:
    cloud.state.put("tenant", "t", {"id": "t", "displayName": "T", "domain": "t.example"})
    cloud.state.put("setting", "tenant", {"value": "t"})
    assert directory.default_tenant(cloud) == "t"
    assert directory.find_tenant(cloud, "T.EXAMPLE") == cloud.state.get("tenant", "t")


def test_a_secret_is_kept_as_a_hash_only(cloud: Cloud) -> None:
    app_id = directory.create_application(cloud, "a")["appId"]
    secret = directory.add_password(cloud, app_id, display_name="ci")
    document = directory.application(cloud, app_id)
    assert document is not None
    assert secret not in json.dumps(document)
    kept = document["passwordCredentials"][0]
    assert kept["secretHash"] == directory.secret_hash(kept["keyId"], secret)
    assert (kept["hint"], kept["displayName"]) == (secret[:3], "ci")
    assert kept["endDateTime"] == "2028-01-15T08:00:00Z"


def test_a_certificate_is_described_as_graph_does(cloud: Cloud) -> None:
    app_id = directory.create_application(cloud, "a")["appId"]
    credential = directory.add_certificate(cloud, app_id, key_pair("robot")[1])
    assert len(credential["thumbprint"]) == 40
    assert credential["displayName"] == "CN=robot"
    with pytest.raises(ValueError, match="pars"):
        directory.add_certificate(cloud, app_id, b"none")


def test_an_application_has_one_service_principal_in_its_tenant(cloud: Cloud) -> None:
    app_id = directory.create_application(cloud, "a")["appId"]
    principal = directory.create_service_principal(cloud, app_id)
    assert directory.create_service_principal(cloud, app_id) == principal
    assert directory.principal(cloud, principal["id"]) == principal
    assert directory.principal_by_app_id(cloud, app_id.upper()) == principal
    assert directory.delete_principal(cloud, principal["id"])
    assert not directory.delete_principal(cloud, principal["id"])
    assert directory.principal_by_app_id(cloud, app_id) is None


def test_nothing_can_be_added_to_an_application_that_is_not_there(cloud: Cloud) -> None:
    with pytest.raises(LookupError):
        directory.add_password(cloud, "nobody")
    with pytest.raises(LookupError):
        directory.create_service_principal(cloud, "nobody")
    with pytest.raises(LookupError):
        federate(cloud, "nobody")


@pytest.mark.parametrize(
    ("resource_id", "explicit"),
    [
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/w", "False"),
        (
            "/subscriptions/s/resourcegroups/g/providers"
            "/microsoft.managedidentity/userAssignedIdentities/u",
            "True",
        ),
    ],
)
def test_a_managed_identity_says_whether_it_stands_alone(
    cloud: Cloud, resource_id: str, explicit: str
) -> None:
    principal = directory.create_managed_identity_principal(
        cloud, display_name="w", resource_id=resource_id
    )
    assert principal["alternativeNames"] == [f"isExplicit={explicit}", resource_id]
    assert principal["servicePrincipalType"] == "ManagedIdentity"


def federate(cloud: Cloud, owner: str, name: str = "n", subject: str = "s") -> str:
    credential = directory.add_federated_credential(
        cloud, owner, name=name, issuer="https://i", subject=subject, audiences=["a"]
    )
    return str(credential["id"])


def test_a_federated_credential_is_replaced_by_name_and_keeps_its_id(cloud: Cloud) -> None:
    app_id = directory.create_application(cloud, "a")["appId"]
    first = federate(cloud, app_id)
    assert federate(cloud, app_id, subject="other") == first
    with pytest.raises(ValueError, match="same issuer and subject"):
        federate(cloud, app_id, name="m", subject="other")
    assert directory.remove_federated_credential(cloud, app_id, "n")
    assert not directory.remove_federated_credential(cloud, app_id, "n")


def test_an_identity_takes_federated_credentials_by_object_or_client_id(cloud: Cloud) -> None:
    principal = directory.create_managed_identity_principal(
        cloud, display_name="u", resource_id="/x"
    )
    federate(cloud, principal["id"], "one", "1")
    federate(cloud, principal["appId"], "two", "2")
    kept = directory.principal(cloud, principal["id"])
    assert kept is not None
    assert [each["name"] for each in kept["federatedIdentityCredentials"]] == ["one", "two"]


def test_there_are_at_most_twenty_federated_credentials(cloud: Cloud) -> None:
    app_id = directory.create_application(cloud, "a")["appId"]
    for number in range(20):
        federate(cloud, app_id, f"n{number}", f"s{number}")
    with pytest.raises(ValueError, match="at most 20"):
        federate(cloud, app_id, "n20", "s20")
