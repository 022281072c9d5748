"""FastAPI's dependency: who calls, what is answered, and what OpenAPI says of it.

Annotations are evaluated, since those of views name what a test makes.
"""

from typing import Annotated, Any

import pytest
from bearer_world import API, CLIENT, HOST, TENANT, USER, Bearers, bearers, signed
from fastapi import Depends, FastAPI, Security
from fastapi.testclient import TestClient

from entrada.web.api import AsyncTokenValidator, TokenClaims
from entrada.web.api_fastapi import EntraBearer

__all__ = ["bearers"]

SCOPE = f"api://{API}/Files.Read"


@pytest.fixture
def client(bearers: Bearers) -> TestClient:
    bearer = EntraBearer(AsyncTokenValidator(**bearers.settings()), scopes={SCOPE: "Read files"})
    app = FastAPI(swagger_ui_init_oauth=bearer.swagger_ui(CLIENT))
    reader = bearer.require(scopes=["Files.Read"], app_roles=["Files.Read.All"])

    @app.get("/any")
    async def anybody(caller: Annotated[TokenClaims, Depends(bearer)]) -> str:
        return caller.object_id

    @app.get("/files")
    def files(caller: Annotated[TokenClaims, Depends(reader)]) -> str:
        return caller.object_id

    @app.get("/write")
    async def write(
        caller: Annotated[TokenClaims, Security(bearer, scopes=["Files.Read", "Files.Write"])],
    ) -> str:
        return caller.object_id

    return TestClient(app)


def _get(client: TestClient, path: str, token: str) -> Any:
    return client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("path", ["/any", "/files", "/write"])
def test_a_caller_reaches_the_view(client: TestClient, bearers: Bearers, path: str) -> None:
    answer = _get(client, path, bearers.token())
    assert (answer.status_code, answer.json()) == (200, USER)


def test_an_application_reaches_what_takes_applications(
    client: TestClient, bearers: Bearers
) -> None:
    token = signed(bearers.app_claims())
    statuses = [_get(client, path, token).status_code for path in ("/any", "/files", "/write")]
    assert statuses == [200, 200, 403]


def test_a_scope_that_lacks_is_named(client: TestClient, bearers: Bearers) -> None:
    """All of FastAPI's own ``Security`` scopes are needed."""
    answer = _get(client, "/write", bearers.token(scp="Files.Read"))
    assert answer.status_code == 403
    assert answer.json()["detail"]["error"] == "insufficient_scope"
    assert 'scope="Files.Read Files.Write"' in answer.headers["www-authenticate"]


def test_a_call_without_a_token_learns_where_to_get_one(client: TestClient) -> None:
    answer = client.get("/any")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="", authorization_uri="{HOST}/{TENANT}/oauth2/v2.0/authorize"'
    )


def test_a_bad_token_is_answered_without_hints(client: TestClient, bearers: Bearers) -> None:
    """Hints are for the developer of the API, not for whoever sends it tokens."""
    answer = _get(client, "/any", bearers.token(aud="api://another"))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "requestedAccessTokenVersion" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_an_outage_is_not_the_callers_fault(client: TestClient, bearers: Bearers) -> None:
    bearers.authority.down = True
    answer = _get(client, "/any", bearers.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert HOST not in answer.text


def test_openapi_describes_the_sign_in(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "Entra": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{HOST}/{TENANT}/oauth2/v2.0/authorize",
                    "tokenUrl": f"{HOST}/{TENANT}/oauth2/v2.0/token",
                    "scopes": {SCOPE: "Read files"},
                }
            },
        }
    }
    assert document["paths"]["/any"]["get"]["security"] == [{"Entra": []}]
    assert document["paths"]["/files"]["get"]["security"] == [{"Entra": []}]
    assert document["paths"]["/write"]["get"]["security"] == [
        {"Entra": ["Files.Read", "Files.Write"]}
    ]


def test_swagger_uis_button_signs_in_with_pkce(client: TestClient) -> None:
    page = client.get("/docs").text
    assert f'"clientId": "{CLIENT}"' in page
    assert '"usePkceWithAuthorizationCodeGrant": true' in page


def test_a_whole_app_may_need_something(bearers: Bearers) -> None:
    bearer = EntraBearer(AsyncTokenValidator(**bearers.settings()))
    app = FastAPI(dependencies=[Depends(bearer.require(user_roles=["Admin"]))])

    @app.get("/")
    def view(caller: Annotated[TokenClaims, Depends(bearer)]) -> list[str]:
        return sorted(caller.user_roles)

    client = TestClient(app)
    assert _get(client, "/", bearers.token(roles=["Admin"])).json() == ["Admin"]
    assert _get(client, "/", bearers.token()).status_code == 403
