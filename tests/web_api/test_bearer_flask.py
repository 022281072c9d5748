"""Flask's decorator and guard: who calls, and what is answered."""

from __future__ import annotations

import pytest
from bearer_world import API, HOST, TENANT, USER, Bearers, bearers, signed
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from entrada.web.api_flask import EntraBearer

__all__ = ["bearers"]


@pytest.fixture
def bearer(bearers: Bearers) -> EntraBearer:
    return EntraBearer(bearers.validator())


@pytest.fixture
def client(bearer: EntraBearer) -> FlaskClient:
    app = Flask(__name__)
    private = Blueprint("private", __name__, url_prefix="/private")

    @app.get("/files")
    @bearer.require(scopes=["Files.Read"], app_roles=["Files.Read.All"])
    def files() -> str:
        return bearer.caller.object_id

    @app.get("/open")
    def unguarded() -> str:
        return bearer.caller.object_id

    @private.get("/view")
    def inner() -> str:
        return bearer.caller.object_id

    bearer.guard(private)
    app.register_blueprint(private)
    app.testing = True
    return app.test_client()


def _bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", ["/files", "/private/view"])
def test_a_caller_reaches_the_view(client: FlaskClient, bearers: Bearers, path: str) -> None:
    answer = client.get(path, headers=_bearing(bearers.token()))
    assert (answer.status_code, answer.text) == (200, USER)
    app = client.get(path, headers=_bearing(signed(bearers.app_claims())))
    assert app.status_code == 200


@pytest.mark.parametrize("path", ["/files", "/private/view"])
def test_nobody_else_does(client: FlaskClient, bearers: Bearers, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer realm="", authorization_uri="{HOST}/{TENANT}/oauth2/v2.0/authorize"'
    )
    bad = client.get(path, headers=_bearing(bearers.token(aud=HOST)))
    assert bad.status_code == 401
    assert bad.get_json()["error"] == "invalid_token"


def test_a_scope_that_lacks_is_named(client: FlaskClient, bearers: Bearers) -> None:
    answer = client.get("/files", headers=_bearing(bearers.token(scp="Other")))
    assert answer.status_code == 403
    assert 'scope="Files.Read"' in answer.headers["WWW-Authenticate"]


def test_an_outage_is_not_the_callers_fault(client: FlaskClient, bearers: Bearers) -> None:
    bearers.authority.down = True
    answer = client.get("/files", headers=_bearing(bearers.token()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_preflights_carry_no_token(client: FlaskClient) -> None:
    assert client.options("/private/view").status_code == 200


def test_a_view_without_a_guard_has_no_caller(client: FlaskClient) -> None:
    with pytest.raises(RuntimeError, match="require"):
        client.get("/open")


def test_the_scheme_for_openapi(bearer: EntraBearer) -> None:
    scheme = bearer.security_scheme({f"api://{API}/Files.Read": "Read files"})
    assert scheme["type"] == "oauth2"
    flow = scheme["flows"]["authorizationCode"]
    assert flow["tokenUrl"] == f"{HOST}/{TENANT}/oauth2/v2.0/token"
