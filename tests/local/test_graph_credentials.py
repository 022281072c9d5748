"""Secrets, certificates and federated credentials that Graph writes and Entra signs in by."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from test_entra_world import NOW, key_pair
from test_graph_world import NOBODY, GraphWorld, graph

from entrada.local import directory
from entrada.local.entra import cluster_issuer, service_account_token
from entrada.local.keys import iso_time

__all__ = ["graph"]

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _app(graph: GraphWorld, **more: object) -> Any:
    app = graph.ok("POST", "/applications", {"displayName": "app", **more})
    graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]})
    return app


def _certificate(der: bytes) -> dict[str, str]:
    return {
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": base64.encodebytes(der).decode(),
    }


def _signed(graph: GraphWorld, app: Any, pair: tuple[Any, bytes]) -> tuple[int, Any]:
    """Sign in by an assertion of the certificate's key."""
    private, der = pair

    thumbprint = base64.urlsafe_b64encode(hashlib.sha1(der).digest()).rstrip(b"=").decode()
    place = f"{graph.cloud.endpoints.login}/{graph.tenant}/oauth2/v2.0/token"
    claims = {"iss": app["appId"], "sub": app["appId"], "aud": place, "exp": NOW + 60}
    assertion = jwt.encode(claims, private, "RS256", headers={"x5t": thumbprint})
    return graph.sign_in(app["appId"], client_assertion=assertion, client_assertion_type=JWT_BEARER)


def _proof(app: Any, private: Any, **changes: Any) -> str:
    claims = {
        "aud": "00000002-0000-0000-c000-000000000000",
        "iss": app["id"],
        "nbf": NOW,
        "exp": NOW + 600,
        **changes,
    }
    return jwt.encode(claims, private, "RS256")


def test_a_secret_goes_out_once(graph: GraphWorld) -> None:
    app = _app(graph)
    path = f"/applications/{app['id']}"
    made = graph.ok("POST", f"{path}/addPassword", {"passwordCredential": {"displayName": "ci"}})
    secret = made["secretText"]
    assert (made["displayName"], made["hint"]) == ("ci", secret[:3])
    assert made["endDateTime"] == iso_time(NOW + 2 * 365 * 86400)
    kept = directory.application(graph.cloud, app["appId"])
    assert secret not in json.dumps(kept)
    for shown in (graph.ok("GET", path), graph.value("/applications")):
        assert secret not in json.dumps(shown)
        assert "secretHash" not in json.dumps(shown)
    assert graph.ok("GET", path)["passwordCredentials"][0]["secretText"] is None
    graph.ok("POST", f"{path}/removePassword", {"keyId": made["keyId"]})
    assert graph.sign_in(app["appId"], client_secret=secret)[0] == 401
    assert graph.error("POST", f"{path}/removePassword", {"keyId": made["keyId"]})[0] == 400


def test_an_application_can_be_created_with_a_secret(graph: GraphWorld) -> None:
    app = _app(graph, passwordCredentials=[{"displayName": "first"}])
    secret = app["passwordCredentials"][0]["secretText"]
    assert graph.sign_in(app["appId"], client_secret=secret)[0] == 200
    body: dict[str, Any] = {"passwordCredentials": []}
    assert graph.error("PATCH", f"/applications/{app['id']}", body)[0] == 400


def test_a_secret_holds_as_long_as_was_asked(graph: GraphWorld) -> None:
    app = _app(graph)
    path = f"/applications/{app['id']}/addPassword"
    past = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-02-01T00:00:00+01:00"}
    made = graph.ok("POST", path, {"passwordCredential": past})
    assert made["endDateTime"] == "2026-01-31T23:00:00Z"
    status, answer = graph.sign_in(app["appId"], client_secret=made["secretText"])
    assert (status, answer["error_codes"]) == (401, [7000222])


@pytest.mark.parametrize(
    "wanted",
    [
        {"endDateTime": "tomorrow"},
        {"endDateTime": 7},
        {"endDateTime": "2020-01-01T00:00:00Z"},
        {"endDateTime": "2027-99-99T00:00:00Z"},
        {"secretText": "my own"},
        "text",
    ],
)
def test_a_wrong_secret_is_refused(graph: GraphWorld, wanted: object) -> None:
    path = f"/applications/{_app(graph)['id']}/addPassword"
    refused = graph.error("POST", path, {"passwordCredential": wanted})
    assert refused == (400, "Request_BadRequest")


def test_a_certificate_signs_in_and_does_not_go_out(graph: GraphWorld) -> None:
    first, second = key_pair("first"), key_pair("second")
    app = _app(graph, keyCredentials=[_certificate(first[1])])
    path = f"/applications/{app['id']}"
    assert _signed(graph, app, first)[0] == 200
    standing = graph.ok("GET", path)["keyCredentials"]
    assert [each["key"] for each in standing] == [None]
    graph.ok("PATCH", path, {"keyCredentials": [*standing, _certificate(second[1])]})
    assert [_signed(graph, app, pair)[0] for pair in (first, second)] == [200, 200]
    graph.ok("PATCH", path, {"keyCredentials": graph.ok("GET", path)["keyCredentials"][1:]})
    assert [_signed(graph, app, pair)[0] for pair in (first, second)] == [401, 200]


def test_a_pem_file_in_base64_is_taken_too(graph: GraphWorld) -> None:
    _, der = key_pair("pem")
    lines = base64.encodebytes(der).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"
    key = {"key": base64.b64encode(pem.encode()).decode()}
    app = _app(graph, keyCredentials=[key])
    assert len(app["keyCredentials"]) == 1


def test_a_service_principals_own_credentials_sign_in(graph: GraphWorld) -> None:
    app, pair = _app(graph), key_pair("own")
    path = f"/servicePrincipals(appId='{app['appId']}')"
    graph.ok("PATCH", path, {"keyCredentials": [_certificate(pair[1])]})
    secret = graph.ok("POST", f"{path}/addPassword", {})["secretText"]
    assert _signed(graph, app, pair)[0] == 200
    assert graph.sign_in(app["appId"], client_secret=secret)[0] == 200
    assert graph.ok("GET", f"/applications/{app['id']}")["passwordCredentials"] == []


def test_rolling_a_certificate_takes_proof_of_another(graph: GraphWorld) -> None:
    first, second = key_pair("first"), key_pair("second")
    app = _app(graph, keyCredentials=[_certificate(first[1])])
    path = f"/applications/{app['id']}"
    body = {"keyCredential": _certificate(second[1]), "proof": _proof(app, first[0])}
    made = graph.ok("POST", f"{path}/addKey", {**body, "passwordCredential": None})
    assert _signed(graph, app, second)[0] == 200
    old = graph.ok("GET", path)["keyCredentials"][0]["keyId"]
    gone = {"keyId": old, "proof": _proof(app, second[0])}
    assert graph.call("POST", f"{path}/removeKey", gone).status == 204
    assert [each["keyId"] for each in graph.ok("GET", path)["keyCredentials"]] == [made["keyId"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"iss": NOBODY},
        {"exp": NOW - 1},
        {"exp": NOW + 7200},
        {"exp": "soon"},
        {"nbf": NOW + 3600},
    ],
)
def test_a_wrong_proof_is_refused(graph: GraphWorld, changes: dict[str, Any]) -> None:
    pair = key_pair("first")
    app = _app(graph, keyCredentials=[_certificate(pair[1])])
    body = {"keyCredential": _certificate(pair[1]), "proof": _proof(app, pair[0], **changes)}
    path = f"/applications/{app['id']}/addKey"
    assert graph.error("POST", path, body) == (400, "Authentication_Failed")
    body["proof"] = _proof(app, key_pair("stranger")[0])
    assert graph.error("POST", path, body) == (400, "Authentication_Failed")
    assert graph.error("POST", path, {**body, "proof": None}) == (400, "Authentication_Failed")


def _trust(graph: GraphWorld, subject: str, name: str = "pod") -> dict[str, Any]:
    return {
        "name": name,
        "issuer": cluster_issuer(graph.cloud),
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
    }


def test_a_federated_credential_exchanges_tokens(graph: GraphWorld) -> None:
    app = _app(graph)
    path = f"/applications/{app['id']}/federatedIdentityCredentials"
    made = graph.ok("POST", path, _trust(graph, "system:serviceaccount:default:pod"))
    token = service_account_token(graph.cloud, "default", "pod")
    proof = {"client_assertion": token, "client_assertion_type": JWT_BEARER}
    assert graph.sign_in(app["appId"], **proof)[0] == 200
    assert graph.ok("GET", f"{path}/pod")["id"] == made["id"]
    graph.ok("PATCH", f"{path}/{made['id']}", {"subject": "another"})
    assert graph.ok("GET", f"{path}/{made['id']}")["subject"] == "another"
    assert graph.sign_in(app["appId"], **proof)[1]["error_codes"] == [700213]
    assert graph.call("DELETE", f"{path}/pod").status == 204
    assert graph.value(path) == []
    assert graph.error("GET", f"{path}/pod")[0] == 404


def test_federated_credentials_are_unique_and_twenty(graph: GraphWorld) -> None:
    path = f"/applications/{_app(graph)['id']}/federatedIdentityCredentials"
    for number in range(20):
        graph.ok("POST", path, _trust(graph, f"s{number}", f"name{number}"))
    assert graph.call("POST", path, _trust(graph, "s0", "name0")).status == 409
    assert b"same issuer and subject" in graph.call("POST", path, _trust(graph, "s0", "x20")).body
    assert b"at most 20" in graph.call("POST", path, _trust(graph, "s20", "x20")).body


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a"},
        {"name": "no spaces"},
        {"subject": ""},
        {"issuer": None},
        {"audiences": []},
        {"audiences": ["a", "b"]},
        {"subject": " padded"},
        {"colour": "red"},
    ],
)
def test_a_wrong_federated_credential_is_refused(
    graph: GraphWorld, changes: dict[str, Any]
) -> None:
    path = f"/applications/{_app(graph)['id']}/federatedIdentityCredentials"
    body = {**_trust(graph, "s"), **changes}
    assert graph.error("POST", path, body) == (400, "Request_BadRequest")
