"""azure-mgmt-authorization against the local Resource Manager: who may what, changed by a peer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from e2e import story
from e2e.peers import LIBRARIES, blob_service, credential_of, each, settle, trust
from e2e.ways import SignIn, fresh
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e

ROLE = "Storage Blob Data Reader"


def management(library: str, cloud: LocalCloud, credential: Any) -> Any:
    """Return the authorization client of a library's colour."""
    module = import_module("azure.mgmt.authorization" + ".aio" * library.endswith(".aio"))
    return module.AuthorizationManagementClient(
        credential,
        cloud.subscription_id,
        base_url=cloud.endpoints.arm,
        credential_scopes=[f"{cloud.endpoints.arm}/.default"],
        retry_total=0,
        **trust(cloud),
    )


async def role_id(client: Any, scope: str) -> str:
    """Look a role up by its name, as everybody does."""
    found = client.role_definitions.list(scope, filter=f"roleName eq '{ROLE}'")
    definitions = [definition async for definition in each(found)]
    assert [definition.role_name for definition in definitions] == [ROLE]
    return str(definitions[0].id)


async def assign(client: Any, scope: str, principal_id: str) -> Any:
    """Create a role assignment and find it in the list of the principal's."""
    parameters = {
        "role_definition_id": await role_id(client, scope),
        "principal_id": principal_id,
        "principal_type": "ServicePrincipal",
    }
    made = await settle(client.role_assignments.create(scope, str(uuid.uuid4()), parameters))
    assert (made.principal_id, made.scope) == (principal_id, scope)
    listed = client.role_assignments.list_for_scope(
        scope, filter=f"principalId eq '{principal_id}'"
    )
    assert [assignment.id async for assignment in each(listed)] == [made.id]
    return made


async def listed(service: Any) -> int:
    """Return the status of a listing of containers."""
    try:
        assert [container.name async for container in each(service.list_containers())] == []
    except HttpResponseError as error:
        return int(error.status_code or 0)
    return 200


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_role_assigned_by_the_management_client_opens_storage_at_once(
    library: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """An owner assigns a role: the app's next answer is 200; without it again, 403."""
    app, owner = sign_in("client_secret"), sign_in("client_secret")
    subscription = f"/subscriptions/{cloud.subscription_id}"
    cloud.assign(owner.principal_id, "Owner", subscription)
    account_url = cloud.storage_account(fresh("account"))

    async def told() -> list[int]:
        options = trust(cloud) | story.LIMITS
        administrator = credential_of(library, owner, cloud)
        client = management(library, cloud, administrator)
        user = credential_of(library, app, cloud)
        async with blob_service(library, user, account_url, **options) as service:
            statuses = [await listed(service)]
            made = await assign(client, cloud.resource_group(), app.principal_id)
            statuses.append(await listed(service))
            await settle(client.role_assignments.delete_by_id(made.id))
            with pytest.raises(ResourceNotFoundError):
                await settle(client.role_assignments.get_by_id(made.id))
            statuses.append(await listed(service))
        await settle(client.close())
        await settle(administrator.close())
        return statuses

    assert asyncio.run(told()) == [403, 200, 403]


@pytest.mark.parametrize("library", LIBRARIES)
def test_who_has_no_right_to_assign_roles_is_told_which_role_has(
    library: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The refusal is AuthorizationFailed and ends with the command that would help."""
    nobody = sign_in("client_secret")

    async def told() -> HttpResponseError:
        credential = credential_of(library, nobody, cloud)
        client = management(library, cloud, credential)
        with pytest.raises(HttpResponseError) as refused:
            await role_id(client, cloud.resource_group())
        await settle(client.close())
        await settle(credential.close())
        return refused.value

    refusal = asyncio.run(told())
    assert refusal.status_code == 403
    assert refusal.error is not None
    assert refusal.error.code == "AuthorizationFailed"
    assert f"entrada role assign --assignee {nobody.principal_id}" in str(refusal)
