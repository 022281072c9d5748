"""MSAL for Python signs people in against the local Entra, with its HTTP led into memory."""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from typing import Any
from urllib.parse import urlencode

import pytest
from test_people_world import ARM, AZURE_CLI, Page, People, people, unread

from entrada._engine.effects import Request, Response

msal: Any = pytest.importorskip("msal")

__all__ = ["people"]

ROPC_IS_DEPRECATED = "ignore:This API has been deprecated:DeprecationWarning"
SCOPES = [f"{ARM}/.default"]


class Answer:
    """A response as MSAL reads one."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.text = response.body.decode()
        self.headers = dict(response.headers)

    def raise_for_status(self) -> None:
        assert self.status_code < 400, self.text


class Http:
    """An HTTP client without a network."""

    def __init__(self, people: People) -> None:
        self._people = people

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> Answer:
        return self._send("GET", url, params, headers, b"")

    def post(
        self,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        **_: Any,
    ) -> Answer:
        return self._send("POST", url, params, headers, urlencode(data or {}).encode())

    def close(self) -> None:
        """MSAL closes what it uses."""

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes,
    ) -> Answer:
        place = f"{url}?{urlencode(params)}" if params else url
        return Answer(self._people.cloud.handle(Request(method, place, headers or {}, body)))


def application(people: People, kind: str, client_id: str, **options: Any) -> Any:
    return getattr(msal, kind)(
        client_id,
        authority=f"{people.cloud.endpoints.login}/{people.tenant}",
        instance_discovery=False,
        http_client=Http(people),
        **options,
    )


def cli(people: People) -> Any:
    return application(people, "PublicClientApplication", AZURE_CLI)


@pytest.fixture
def now(people: People) -> None:
    """MSAL reads the real clock."""
    people.clock.now = time()


@pytest.mark.usefixtures("now")
def test_the_device_flow_then_silence_then_a_refresh_for_another_resource(people: People) -> None:
    app = cli(people)
    flow = app.initiate_device_flow(SCOPES)
    people.provision.approve_device_code(flow["user_code"], people.ana.username)
    first = app.acquire_token_by_device_flow(flow)
    assert unread(first["access_token"])["upn"] == people.ana.username
    (account,) = app.get_accounts()
    assert account["home_account_id"] == f"{people.ana.object_id}.{people.tenant}"
    before = len(people.cloud.requests)
    again = app.acquire_token_silent(SCOPES, account)
    assert again["access_token"] == first["access_token"]
    assert len(people.cloud.requests) == before
    other = app.acquire_token_silent(["https://storage.azure.com/.default"], account)
    assert unread(other["access_token"])["aud"] == "https://storage.azure.com"


@pytest.mark.filterwarnings(ROPC_IS_DEPRECATED)
@pytest.mark.usefixtures("now")
def test_a_user_name_and_password(people: People) -> None:
    app = cli(people)
    good = app.acquire_token_by_username_password(people.ana.username, people.ana.password, SCOPES)
    assert good["token_type"] == "Bearer"
    bad = app.acquire_token_by_username_password(people.ana.username, "wrong", SCOPES)
    assert bad["error_codes"] == [50126]


@pytest.mark.usefixtures("now")
def test_the_browser_flow_with_a_posted_form_and_a_nonce(people: People) -> None:
    app = cli(people)
    flow = app.initiate_auth_code_flow(
        SCOPES,
        redirect_uri="http://localhost:8400",
        response_mode="form_post",
        prompt="select_account",
    )
    path = flow["auth_uri"].removeprefix(people.cloud.endpoints.login)
    page = Page(people.sign_in(people.browser(), path))
    assert page.form is not None
    found = app.acquire_token_by_auth_code_flow(flow, page.form.fields)
    assert found["id_token_claims"]["preferred_username"] == people.ana.username


@pytest.mark.filterwarnings(ROPC_IS_DEPRECATED)
@pytest.mark.usefixtures("now")
def test_on_behalf_of(people: People) -> None:
    api = people.provision.api("middle")
    user = application(people, "PublicClientApplication", people.provision.public_client())
    token = user.acquire_token_by_username_password(
        people.ana.username, people.ana.password, [f"api://{api.client_id}/access_as_user"]
    )
    middle = application(
        people,
        "ConfidentialClientApplication",
        api.client_id,
        client_credential=api.client_secret,
    )
    found = middle.acquire_token_on_behalf_of(
        token["access_token"], ["https://graph.microsoft.com/User.Read"]
    )
    assert unread(found["access_token"])["oid"] == people.ana.object_id
