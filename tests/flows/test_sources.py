"""Assertions of other issuers against the local cloud's Entra, on a clock of the test's own."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from entrada import ConfigurationError, FederatedCredential, GitHubActionsCredential, sources
from entrada._drivers.proxy import proxy_for
from entrada._engine.drive import run
from entrada._engine.effects import Call, Effect, Request, Response, Sleep, Spawn
from entrada.local import directory
from entrada.local.cloud import Cloud
from entrada.local.entra import register_issuer
from entrada.local.provision import Provision
from entrada.local.state import State
from entrada.testing import FakeClock, World, json_response
from entrada.types import Ask

ARM = "https://management.azure.com/.default"
AUDIENCE = "api://AzureADTokenExchange"
GITHUB = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:octo/app:ref:refs/heads/main"
KEY = rsa.generate_private_key(65537, 2048)
ENV = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipelines.example/idtoken?api-version=2.0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
}


class Surroundings:
    """The local cloud, and GitHub's issuer beside it, on one clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cloud = Cloud(State(None), self.clock.now)
        self.provision = Provision(self.cloud)
        self.assertions = self.exchanges = 0
        jwk = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        register_issuer(self.cloud, GITHUB, {"keys": [{**jwk, "kid": "one"}]})

    def transport(self, request: Request) -> Response:
        """Answer for GitHub's issuer, leave all else to the cloud."""
        if request.url.startswith("https://pipelines.example/"):
            self.assertions += 1
            return json_response({"value": self.assertion(300)})
        self.exchanges += "/oauth2/v2.0/token" in request.url
        return self.cloud.handle(request)

    def assertion(self, seconds: int) -> str:
        """Return an ID token of the job that lives that long."""
        now = int(self.clock.now())
        claims = {"iss": GITHUB, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "exp": now + seconds}
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "one"})

    def trusting(self, issuer: str, subject: str, tenant: str | None = None) -> str:
        """Return the client id of a new application that trusts a subject of an issuer."""
        client: str = directory.create_application(self.cloud, "app", tenant_id=tenant)["appId"]
        directory.create_service_principal(self.cloud, client)
        directory.add_federated_credential(
            self.cloud, client, name="f", issuer=issuer, subject=subject, audiences=[AUDIENCE]
        )
        return client

    def options(self, env: dict[str, str]) -> dict[str, Any]:
        """Return what a credential needs to live here."""
        return {
            "authority": self.cloud.endpoints.login,
            "world": World.fake(env, clock=self.clock),
            "transport": self.transport,
        }

    def perform(self, effect: Effect) -> object:
        """Do what an effect asks for, background work at once."""
        match effect:
            case Request(via=transport):
                assert transport is not None
                return transport(effect)
            case Spawn(start):
                return run(start(), self.perform)
            case Sleep(seconds):
                self.clock.advance(seconds)
                return None
            case Call(function):
                return function()
            case _:
                raise AssertionError(effect)


@pytest.fixture
def around() -> Surroundings:
    """A new cloud."""
    return Surroundings()


def test_a_job_of_six_hours_outlives_its_assertions_of_five_minutes(around: Surroundings) -> None:
    """Each renewal gets an assertion of its own, so no call fails and few requests are made."""
    credential = GitHubActionsCredential(
        tenant_id=around.provision.tenant_id,
        client_id=around.trusting(GITHUB, SUBJECT),
        **around.options(ENV),
    )
    for _ in range(6 * 60):
        token = credential.ready((ARM,), None, False) or run(
            credential.acquire(Ask((ARM,))), around.perform
        )
        assert token.token.expires_on > around.clock.now()
        around.clock.advance(60)
    assert around.assertions == around.exchanges
    assert 6 <= around.exchanges <= 12


def test_an_assertion_kept_in_a_variable_ends_with_the_gap(around: Surroundings) -> None:
    """What cannot be renewed is told apart before anything is sent: one exchange, one error."""
    env = {"GITLAB_OIDC_TOKEN": around.assertion(300)}
    credential = FederatedCredential(
        around.provision.tenant_id,
        around.trusting(GITHUB, SUBJECT),
        source=sources.GitLab(),
        **around.options(env),
    )
    credential.get_token(ARM)
    around.clock.advance(7000)
    with pytest.raises(Exception, match="GITLAB_OIDC_TOKEN expired 6700 s ago"):
        credential.get_token(ARM)
    assert around.exchanges == 1


def test_a_managed_identity_signs_in_as_an_application_of_another_tenant(
    around: Surroundings,
) -> None:
    """The identity's tenant issues the assertion, the application's tenant the token."""
    tenant = "77777777-7777-4777-8777-777777777777"
    other = {"id": tenant, "displayName": "Fabrikam", "domain": "fabrikam.onmicrosoft.com"}
    around.cloud.state.put("tenant", tenant, other)
    identity = around.provision.user_assigned_identity("deployer")
    app = around.provision.web_app("web", user_assigned=[identity["id"]])
    home = f"{around.cloud.endpoints.login}/{around.provision.tenant_id}/v2.0"
    client = around.trusting(home, identity["properties"]["principalId"], tenant)
    source = sources.ManagedIdentity(client_id=identity["properties"]["clientId"])
    credential = FederatedCredential(
        tenant, client, source=source, **around.options(app.environment)
    )
    claims = jwt.decode(credential.get_token(ARM).token, options={"verify_signature": False})
    assert (claims["tid"], claims["appid"]) == (tenant, client)


@pytest.mark.parametrize("source", [sources.GitHub, None, "token", len])
def test_what_is_no_source_is_refused_at_once(source: Any) -> None:
    """A class without its parentheses looks much like a source, and is none."""
    with pytest.raises(ConfigurationError, match="source has to be a source"):
        FederatedCredential("contoso.com", "app", source=source, world=World.fake())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: sources.File(""), "path"),
        (lambda: sources.GitLab(""), "variable"),
        (lambda: sources.Callable("token"), "func"),  # type: ignore[arg-type]
        (lambda: sources.AzurePipelines("", "token"), "service_connection_id"),
        (lambda: sources.ManagedIdentity(client_id=""), "client_id"),
    ],
)
def test_a_source_refuses_what_cannot_be_right(make: Any, words: str) -> None:
    """The error names the argument."""
    with pytest.raises(ConfigurationError, match=words):
        make()


def test_googles_metadata_server_is_never_asked_through_a_proxy() -> None:
    """The proxy would answer with a token of its own machine, or with nothing."""
    env = {"http_proxy": "http://proxy.example:8080"}
    assert proxy_for("http", "metadata.google.internal", env) is None
    assert proxy_for("http", "metadata.example", env) == "http://proxy.example:8080"
