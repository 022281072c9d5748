"""``az login`` in all the ways there are, to the local cloud; what az then answers names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.azure_cli import AzureCli
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, application_pem, fresh
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

MANAGED = ("imds", "app_service")
SELECTORS = ("client_id", "object_id", "resource_id")


@pytest.mark.parametrize("chain", [False, True], ids=["certificate", "issuer"])
def test_an_application_signs_in_by_its_certificate(
    chain: bool, cloud: LocalCloud, az: AzureCli, tmp_path: Path
) -> None:
    """Named by its thumbprint, or sent along with its issuer's."""
    application = readable(cloud, cloud.service_principal("cli"))
    path = application_pem(cloud, application.client_id, tmp_path)
    az.register(cloud.endpoints.arm)
    issuer = ("--use-cert-sn-issuer",) * chain
    az.login_application(application, "--certificate", str(path), *issuer)
    assert who(cloud, az) == application.object_id


def test_an_application_signs_in_by_a_federated_token(cloud: LocalCloud, az: AzureCli) -> None:
    """The token of a pod is taken for the application that trusts it."""
    pod = cloud.workload(fresh("pod"))
    application = ServicePrincipal(pod.tenant_id, pod.client_id, pod.object_id, "")
    az.register(cloud.endpoints.arm)
    az.login_application(readable(cloud, application), "--federated-token", pod.token)
    assert who(cloud, az) == pod.object_id


def test_a_person_signs_in_by_a_code(cloud: LocalCloud, az: AzureCli) -> None:
    """Az shows a code, and waits until its user has approved it elsewhere."""
    person = cloud.user(fresh("person"))
    cloud.assign(person.object_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    az.register(cloud.endpoints.arm)
    az.login_device(cloud.tenant_id, lambda code: cloud.approve_device_code(code, person.username))
    assert az.run("account", "show")["user"] == {"name": person.username, "type": "user"}
    assert who(cloud, az) == person.object_id


@pytest.mark.parametrize("host", MANAGED)
def test_a_host_signs_in_as_itself(
    host: str, cloud: LocalCloud, az: AzureCli, sign_in: Callable[[str], SignIn]
) -> None:
    """By the variables that the host sets, and no other argument."""
    identity = sign_in(host)
    cloud.assign(identity.principal_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    az.register(cloud.endpoints.arm)
    az.run("login", "--identity")
    assert az.run("account", "show")["user"]["name"] == "systemAssignedIdentity"
    assert who(cloud, az) == identity.principal_id


@pytest.mark.parametrize("by", SELECTORS)
@pytest.mark.parametrize("host", MANAGED)
def test_a_host_signs_in_with_one_of_its_user_assigned_identities(
    host: str, by: str, cloud: LocalCloud, az: AzureCli, sign_in: Callable[[str], SignIn]
) -> None:
    """Named by its client id, its principal's object id or its resource id."""
    identity = sign_in(f"{host}-{by}")
    cloud.assign(identity.principal_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    config = identity.arguments.get("identity_config", identity.arguments)
    az.register(cloud.endpoints.arm)
    az.run("login", "--identity", f"--{by.replace('_', '-')}", config[by])
    assert who(cloud, az) == identity.principal_id


def readable(cloud: LocalCloud, principal: ServicePrincipal) -> ServicePrincipal:
    """Let a principal see the subscription, which az insists on."""
    cloud.assign(principal.object_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    return principal


def who(cloud: LocalCloud, az: AzureCli) -> str:
    """Return the object id of whoever az gets tokens for."""
    token = az.run("account", "get-access-token", "--scope", SCOPE)
    return str(verified(cloud, token["accessToken"])["oid"])
