"""The small world that Graph's tests start in, and one story through all of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from test_entra_world import NOW, entra_key

from entrada._engine.effects import Request, Response
from entrada.local import directory, directory_roles, people, tokens, user_tokens
from entrada.local.cloud import Cloud
from entrada.local.state import Document

AZ = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
NOBODY = "11111111-2222-3333-4444-555555555555"


@dataclass
class GraphWorld:
    """A cloud with a clock that stands, and principals and people that call its Graph."""

    cloud: Cloud = field(default_factory=lambda: Cloud(clock=lambda: NOW))
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cloud.state.put("setting", "signingKey", entra_key())
        self.tenant = directory.default_tenant(self.cloud)
        self.admin = self.principal("admin")
        directory_roles.assign(self.cloud, self.admin, "Global Administrator")

    def principal(self, name: str) -> str:
        """Create an application with a service principal; return its object id."""
        app = directory.create_application(self.cloud, name)
        principal = directory.create_service_principal(self.cloud, app["appId"])
        self.tokens[principal["id"]] = self.token(principal)
        return str(principal["id"])

    def token(self, principal: Document, resource: str = "", lifetime: int = 3600) -> str:
        """Issue a service principal's token, for Graph unless another resource is named."""
        return tokens.issue(
            self.cloud,
            service_principal=principal,
            resource=resource or f"{self.cloud.endpoints.graph}/",
            credential_kind="secret",
            tenant_id=self.tenant,
            lifetime=lifetime,
        )

    def user(self, name: str, *scopes: str, client: str = AZ, cae: bool = False) -> str:
        """Create a user who is signed in to a client; return its object id."""
        body = people.create_user(self.cloud, name, password="p4ssw0rd!")
        moment = people.sign_in_time(self.cloud, body)
        sign_in = user_tokens.SignIn(body, self.tenant, moment, ("pwd",), "s")
        self.tokens[body["id"]] = user_tokens.access_token(
            self.cloud,
            sign_in,
            client_id=client,
            acr="0",
            resource=self.cloud.endpoints.graph,
            scopes=scopes or ("User.Read",),
            lifetime=3600,
            cae=cae,
        )
        return str(body["id"])

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        as_: str | None = None,
        token: str | None = None,
        version: str = "v1.0",
        eventual: bool = False,
        **query: str,
    ) -> Response:
        """Send a request to Graph, by the administrator unless somebody else is named.

        A query option is given without its ``$``.
        """
        headers = {"authorization": f"Bearer {token or self.tokens[as_ or self.admin]}"}
        if eventual:
            headers["ConsistencyLevel"] = "eventual"
        options = urlencode({f"${name}": value for name, value in query.items()}, quote_via=quote)
        url = f"{self.cloud.endpoints.graph}/{version}{path}" + (f"?{options}" if options else "")
        content = b"" if body is None else json.dumps(body).encode()
        return self.cloud.handle(Request(method, url, headers, content))

    def ok(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """Send a request that succeeds; return the JSON of the answer, if there is any."""
        response = self.call(method, path, body, **options)
        assert response.status in (200, 201, 204), response.body
        return json.loads(response.body) if response.body else None

    def value(self, path: str, **options: Any) -> list[Any]:
        """Return the objects that a collection answers with."""
        return list(self.ok("GET", path, **options)["value"])

    def error(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str]:
        """Send a request that fails; return the status and Graph's code."""
        response = self.call(method, path, body, **options)
        return response.status, json.loads(response.body)["error"]["code"]

    def sign_in(self, app_id: str, **proof: str) -> tuple[int, Any]:
        """Ask for a token by client credentials; return status and answer."""
        form = {
            "grant_type": "client_credentials",
            "client_id": app_id,
            "scope": f"{self.cloud.endpoints.graph}//.default",
            **proof,
        }
        url = f"{self.cloud.endpoints.login}/{self.tenant}/oauth2/v2.0/token"
        response = self.cloud.handle(Request("POST", url, {}, urlencode(form).encode()))
        return response.status, json.loads(response.body)


@pytest.fixture
def graph() -> GraphWorld:
    return GraphWorld()


def test_what_az_creates_for_rbac_can_sign_in(graph: GraphWorld) -> None:
    """The requests of ``az ad sp create-for-rbac``, and then the new principal's own."""
    assert graph.value("/servicePrincipals", filter="displayName eq 'ci'") == []
    assert graph.value("/applications", filter="startswith(displayName,'ci')") == []
    app = graph.ok("POST", "/applications", {"displayName": "ci", "keyCredentials": []})
    wanted = {"displayName": "rbac", "endDateTime": "2028-01-01T00:00:00Z"}
    path = f"/applications/{app['id']}/addPassword"
    secret = graph.ok("POST", path, {"passwordCredential": wanted})["secretText"]
    made = graph.ok("POST", "/servicePrincipals", {"appId": app["appId"], "accountEnabled": True})
    assert made["servicePrincipalNames"] == [app["appId"]]
    found = graph.value(
        "/servicePrincipals", filter=f"servicePrincipalNames/any(c:c eq '{app['appId']}')"
    )
    assert [each["id"] for each in found] == [made["id"]]
    status, answer = graph.sign_in(app["appId"], client_secret=secret)
    assert status == 200
    assert graph.ok("GET", f"/servicePrincipals/{made['id']}", token=answer["access_token"])
