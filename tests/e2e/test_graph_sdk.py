"""Microsoft Graph of the local cloud through Microsoft's own SDK for Python."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
    AddPasswordPostRequestBody,
)
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.group import Group
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.models.user import User
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core.authentication import AzureIdentityAuthenticationProvider

from e2e.ways import fresh
from entrada.aio import ClientSecretCredential
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]


def call(
    cloud: LocalCloud, use: Callable[[GraphServiceClient], Awaitable[None]], role: str = ""
) -> None:
    """Use Graph as a new service principal, with a directory role where one is named."""
    principal = cloud.service_principal("sdk")
    if role:
        cloud.assign_directory_role(principal.object_id, role)

    async def run() -> None:
        identity = (principal.tenant_id, principal.client_id, principal.client_secret)
        async with (
            ClientSecretCredential(*identity) as credential,
            client(cloud, credential) as graph,
        ):
            await use(graph)

    asyncio.run(run())


@asynccontextmanager
async def client(
    cloud: LocalCloud, credential: ClientSecretCredential
) -> AsyncIterator[GraphServiceClient]:
    """Point the SDK at the local cloud, and let it send tokens there."""
    graph = cloud.endpoints.graph
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=[f"{graph}/.default"], allowed_hosts=[str(urlsplit(graph).hostname)]
    )
    # The SDK's own client never closes its connections.
    async with httpx.AsyncClient() as http:
        adapter = GraphRequestAdapter(provider, http)
        adapter.base_url = f"{graph}/v1.0"
        yield GraphServiceClient(request_adapter=adapter)


def test_the_sdk_makes_an_application_that_signs_in(cloud: LocalCloud) -> None:
    """Application, service principal, secret: what they answer gets a token."""

    async def use(graph: GraphServiceClient) -> None:
        app = await graph.applications.post(Application(display_name=fresh("sdk-app")))
        assert app is not None
        principal = await graph.service_principals.post(ServicePrincipal(app_id=app.app_id))
        assert principal is not None
        secret = await graph.applications.by_application_id(str(app.id)).add_password.post(
            AddPasswordPostRequestBody()
        )
        assert secret is not None
        identity = (cloud.tenant_id, str(app.app_id), str(secret.secret_text))
        async with (
            ClientSecretCredential(*identity) as credential,
            client(cloud, credential) as own,
        ):
            seen = await own.service_principals_with_app_id(str(app.app_id)).get()
        assert seen is not None
        assert seen.id == principal.id

    call(cloud, use, "Application Administrator")


def test_the_sdk_manages_federated_credentials(cloud: LocalCloud) -> None:
    """One is created and listed; a second with the same subject is refused."""

    async def use(graph: GraphServiceClient) -> None:
        app = await graph.applications.post(Application(display_name=fresh("sdk-app")))
        assert app is not None
        credentials = graph.applications.by_application_id(
            str(app.id)
        ).federated_identity_credentials
        wanted = FederatedIdentityCredential(
            name="pod",
            issuer="https://issuer.example",
            subject="system:serviceaccount:default:pod",
            audiences=["api://AzureADTokenExchange"],
        )
        made = await credentials.post(wanted)
        listed = await credentials.get()
        assert made is not None
        assert listed is not None
        assert [each.id for each in listed.value or []] == [made.id]
        wanted.name = "other"
        with pytest.raises(APIError, match="same issuer and subject"):
            await credentials.post(wanted)

    call(cloud, use, "Application Administrator")


def test_the_sdk_pages_through_people_and_fills_a_group(cloud: LocalCloud) -> None:
    """Every user is found over pages; a member added by reference is listed as a user."""

    async def use(graph: GraphServiceClient) -> None:
        prefix = fresh("many")
        made = [await graph.users.post(new_user(f"{prefix}-{number}")) for number in range(3)]
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
            filter=f"startswith(displayName,'{prefix}')", top=2, select=["id", "accountEnabled"]
        )
        page = await graph.users.get(RequestConfiguration(query_parameters=query))
        found = []
        while page is not None:
            found += [each.id for each in page.value or [] if each.account_enabled]
            link = page.odata_next_link
            page = await graph.users.with_url(link).get() if link else None
        assert set(found) == {each.id for each in made if each}
        group = await graph.groups.post(
            Group(
                display_name=prefix, mail_nickname=prefix, mail_enabled=False, security_enabled=True
            )
        )
        assert group is not None
        members = graph.groups.by_group_id(str(group.id)).members
        address = f"{cloud.endpoints.graph}/v1.0/directoryObjects/{found[0]}"
        await members.ref.post(ReferenceCreate(odata_id=address))
        listed = await members.get()
        assert listed is not None
        assert [type(each) for each in listed.value or []] == [User]

    call(cloud, use, "User Administrator")


def test_the_sdk_is_told_what_is_missing(cloud: LocalCloud) -> None:
    """Without a role a service principal may read, but not write."""

    async def use(graph: GraphServiceClient) -> None:
        assert await graph.organization.get() is not None
        with pytest.raises(APIError, match="Application Developer") as refused:
            await graph.applications.post(Application(display_name="none"))
        assert refused.value.response_status_code == 403

    call(cloud, use)


def new_user(name: str) -> User:
    """Describe a user of the local tenant."""
    return User(
        account_enabled=True,
        display_name=name,
        mail_nickname=name,
        user_principal_name=f"{name}@entrada.onmicrosoft.com",
        password_profile=PasswordProfile(password="Str0ng-p4ssw0rd"),
    )
