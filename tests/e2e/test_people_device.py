"""People sign in to the local cloud by device code through entrada, azure-identity and MSAL."""

from __future__ import annotations

import asyncio

import azure.identity
import pytest

import entrada
from e2e.browser import Browser
from e2e.msal_client import msal_app
from e2e.peers import settle
from e2e.people import PEOPLE, WITH_A_PERSON, ana, check, made, no_wait, token_of
from e2e.verify import RESOURCE, SCOPE, verified
from e2e.ways import fresh
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE

_MANAGEMENT = "https://management.azure.com"


@pytest.mark.parametrize("library", WITH_A_PERSON)
def test_a_device_code_signs_its_person_in(library: str, cloud: LocalCloud, ana: User) -> None:
    """The code is approved while the program waits."""
    client = cloud.public_client(fresh("desktop"))
    more = {"world": no_wait()} if library.startswith("entrada") else {}
    credential = made(
        cloud,
        library,
        "DeviceCodeCredential",
        client_id=client,
        tenant_id=cloud.tenant_id,
        prompt_callback=lambda _uri, code, _end: cloud.approve_device_code(code, ana.username),
        **more,
    )
    check(cloud, token_of(credential), ana, client)


def test_msal_signs_in_by_device_code(cloud: LocalCloud, ana: User) -> None:
    """The same codes serve the library below azure-identity."""
    client = cloud.public_client(fresh("desktop"))
    app = msal_app(cloud, client)
    flow = app.initiate_device_flow([SCOPE])
    cloud.approve_device_code(flow["user_code"], ana.username)
    check(cloud, app.acquire_token_by_device_flow(flow)["access_token"], ana, client)


def test_a_person_enters_the_device_code_on_its_page(cloud: LocalCloud, ana: User) -> None:
    """The page asks for the code, then for the person, then for consent."""
    client = cloud.public_client(fresh("desktop"), consented=False)
    browser = Browser(cloud, ana)

    def enter(uri: str, code: str, _end: object) -> None:
        browser.device_code = code
        browser.go(uri)

    credential = entrada.DeviceCodeCredential(
        client,
        tenant_id=cloud.tenant_id,
        authority=cloud.endpoints.login,
        prompt_callback=enter,
        world=no_wait(),
    )
    check(cloud, token_of(credential), ana, client)
    assert "Sign in" in browser.seen


@pytest.mark.parametrize("library", WITH_A_PERSON)
def test_one_device_code_serves_every_scope(library: str, cloud: LocalCloud, ana: User) -> None:
    """The second token comes with the refresh token of the first."""
    client = cloud.public_client(fresh("desktop"))
    asked: list[str] = []

    def approve(_uri: str, code: str, _end: object) -> None:
        asked.append(code)
        cloud.approve_device_code(code, ana.username)

    more = {"world": no_wait()} if library.startswith("entrada") else {}
    credential = made(
        cloud,
        library,
        "DeviceCodeCredential",
        client_id=client,
        tenant_id=cloud.tenant_id,
        prompt_callback=approve,
        **more,
    )

    async def tokens() -> list[str]:
        try:
            return [
                str((await settle(credential.get_token(f"{resource}/.default"))).token)
                for resource in (RESOURCE, _MANAGEMENT)
            ]
        finally:
            await settle(credential.close())

    storage, management = asyncio.run(tokens())
    check(cloud, storage, ana, client)
    assert verified(cloud, management, _MANAGEMENT)["oid"] == ana.object_id
    assert len(asked) == 1


def test_azure_identity_asks_first_and_its_record_is_one_of_ours(
    cloud: LocalCloud, ana: User
) -> None:
    """It may be kept where azure-identity left it."""
    client = cloud.public_client(fresh("desktop"))
    credential = made(
        cloud,
        "azure.identity",
        "DeviceCodeCredential",
        client_id=client,
        tenant_id=cloud.tenant_id,
        disable_automatic_authentication=True,
        prompt_callback=lambda _uri, code, _end: cloud.approve_device_code(code, ana.username),
    )
    with pytest.raises(azure.identity.AuthenticationRequiredError):
        credential.get_token(SCOPE)
    text = credential.authenticate(scopes=[SCOPE]).serialize()
    check(cloud, token_of(credential), ana, client)
    record = entrada.AuthenticationRecord.deserialize(text)
    assert (record.username, record.client_id) == (ana.username, client)
    assert record.home_account_id == f"{ana.object_id}.{cloud.tenant_id}"
    assert azure.identity.AuthenticationRecord.deserialize(record.serialize()).username
