"""Every refusal of the token endpoint: its code, status, OAuth error and shape."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_entra_world import (
    ARM,
    NOW,
    SECRET,
    World,
    base64url,
    body,
    key_pair,
    world,
)

from entrada._engine.effects import Request, Response
from entrada.local import directory

__all__ = ["world"]

NOBODY = "11111111-2222-3333-4444-555555555555"


def _expired_secret(world: World) -> Response:
    world.clock.now += 86400
    return world.post(world.form())


def _no_principal(world: World) -> Response:
    app_id = directory.create_application(world.cloud, "lonely")["appId"]
    return world.post(world.form(client_id=app_id))


def _disabled(world: World) -> Response:
    world.principal["accountEnabled"] = False
    world.cloud.state.put("servicePrincipal", world.principal["id"], world.principal)
    return world.post(world.form())


def _expired_certificate(world: World) -> Response:
    world.clock.now += 30 * 86400
    return world.post(world.assertion_form(world.signed(world.claims())))


def _assert(**changes: object) -> Callable[[World], Response]:
    return lambda world: world.post(world.assertion_form(world.signed(world.claims(**changes))))


def _raw(assertion: str) -> Callable[[World], Response]:
    return lambda world: world.post(world.assertion_form(assertion))


def _changed(**changes: str) -> Callable[[World], Response]:
    return lambda world: world.post(world.form(**changes))


def _at(tenant: str) -> Callable[[World], Response]:
    return lambda world: world.post(world.form(), f"/{tenant}/oauth2/v2.0/token")


def _other_key(world: World) -> Response:
    registered = base64url(bytes.fromhex(_thumbprint(world)))
    assertion = world.signed(world.claims(), key="stranger", x5t=registered)
    return world.post(world.assertion_form(assertion))


def _thumbprint(world: World) -> str:
    application = directory.application(world.cloud, world.app_id)
    assert application is not None
    return str(application["keyCredentials"][0]["thumbprint"])


def _unregistered(world: World) -> Response:
    return world.post(world.assertion_form(world.signed(world.claims(), key="stranger")))


def _unregistered_leaf(world: World) -> Response:
    registered = base64url(bytes.fromhex(_thumbprint(world)))
    leaf = base64url(key_pair("stranger")[1])
    assertion = world.signed(world.claims(), x5t=registered, x5c=[leaf])
    return world.post(world.assertion_form(assertion))


def _secret_signed(world: World) -> Response:
    assertion = jwt.encode(world.claims(), SECRET * 2, algorithm="HS256")
    return world.post(world.assertion_form(assertion))


CASES: dict[str, tuple[Callable[[World], Response], int, int, str]] = {
    "wrong secret": (_changed(client_secret="no"), 7000215, 401, "invalid_client"),
    "expired secret": (_expired_secret, 7000222, 401, "invalid_client"),
    "no credential": (_changed(client_secret=""), 7000218, 401, "invalid_client"),
    "unknown app": (_changed(client_id=NOBODY), 700016, 400, "unauthorized_client"),
    "app id that is none": (_changed(client_id="x"), 700016, 400, "unauthorized_client"),
    "no service principal": (_no_principal, 7000229, 401, "unauthorized_client"),
    "disabled app": (_disabled, 7000112, 400, "unauthorized_client"),
    "unknown tenant": (_at(NOBODY), 90002, 400, "invalid_request"),
    "unknown domain": (_at("nobody.example"), 90002, 400, "invalid_request"),
    "malformed tenant": (_at("no_tenant"), 900023, 400, "invalid_request"),
    "common": (_at("common"), 9001023, 400, "invalid_request"),
    "consumers": (_at("consumers"), 9001023, 400, "invalid_request"),
    "no grant type": (_changed(grant_type=""), 900144, 400, "invalid_request"),
    "no client id": (_changed(client_id=""), 900144, 400, "invalid_request"),
    "no scope": (_changed(scope=""), 900144, 400, "invalid_request"),
    "unknown grant": (_changed(grant_type="x"), 70003, 400, "unsupported_grant_type"),
    "scope not default": (_changed(scope=ARM), 1002012, 400, "invalid_scope"),
    "two scopes": (_changed(scope="a/.default b/.default"), 70011, 400, "invalid_scope"),
    "empty resource in scope": (_changed(scope="/.default"), 70011, 400, "invalid_scope"),
    "resource in v2": (_changed(resource=ARM), 901002, 400, "invalid_request"),
    "unknown resource": (_changed(scope="api://x/.default"), 500011, 400, "invalid_resource"),
    "too many slashes": (_changed(scope=f"{ARM}///.default"), 500011, 400, "invalid_resource"),
    "malformed assertion": (_raw("a.b.c"), 50027, 400, "invalid_request"),
    "assertion without dots": (_raw("abc"), 50027, 400, "invalid_request"),
    "deeply nested assertion": (
        _raw(f"{base64url(b'[' * 100_000)}.e30.e30"),
        50027,
        400,
        "invalid_request",
    ),
    "assertion without issuer": (_assert(iss=None), 50027, 400, "invalid_request"),
    "assertion without end": (_assert(exp=None), 50027, 400, "invalid_request"),
    "assertion that ends at infinity": (_assert(exp=float("inf")), 50027, 400, "invalid_request"),
    "assertion that ends beyond numbers": (_assert(exp=10**400), 50027, 400, "invalid_request"),
    "list of audiences": (_assert(aud=["x"]), 50027, 400, "invalid_request"),
    "secret as signing key": (_secret_signed, 5002730, 400, "invalid_request"),
    "unknown thumbprint": (_unregistered, 700027, 401, "invalid_client"),
    "signature of another key": (_other_key, 700027, 401, "invalid_client"),
    "leaf that is not registered": (_unregistered_leaf, 700027, 401, "invalid_client"),
    "expired certificate": (_expired_certificate, 700027, 401, "invalid_client"),
    "assertion that ends now": (_assert(exp=NOW), 700024, 401, "invalid_client"),
    "assertion of the past": (_assert(exp=1), 700024, 401, "invalid_client"),
    "assertion before the ages": (_assert(exp=-1e300), 700024, 401, "invalid_client"),
    "assertion of the future": (_assert(nbf=NOW + 301), 700024, 401, "invalid_client"),
    "assertion for another place": (_assert(aud="https://x"), 700023, 401, "invalid_client"),
    "assertion of another app": (_assert(iss=NOBODY, sub=NOBODY), 700021, 401, "invalid_client"),
    "another subject": (_assert(sub="x"), 50048, 401, "invalid_client"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_refusal_has_its_code_and_entras_shape(world: World, name: str) -> None:
    ask, code, status, error = CASES[name]
    response = ask(world)
    answer = body(response)
    assert (response.status, answer["error"], answer["error_codes"]) == (status, error, [code])
    assert set(answer) == {
        "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id",
        "error_uri",
    }  # fmt: skip
    description = re.fullmatch(
        rf"AADSTS{code}: .+ Trace ID: (\S{{36}}) Correlation ID: (\S{{36}}) Timestamp: (.+)",
        answer["error_description"],
    )
    assert description is not None
    assert description.groups() == (
        answer["trace_id"],
        answer["correlation_id"],
        answer["timestamp"],
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", answer["timestamp"])
    assert answer["error_uri"] == f"{world.cloud.endpoints.login}/error?code={code}"
    assert world.cloud.decisions[-1].reason.startswith(f"AADSTS{code}: ")
    assert SECRET not in response.body.decode()


def test_the_timestamp_is_the_clouds(world: World) -> None:
    assert body(world.post({}))["timestamp"] == "2027-01-15 08:00:00Z"


@pytest.mark.parametrize("place", ["header", "body", "query"])
def test_the_clients_request_id_comes_back_as_correlation_id(world: World, place: str) -> None:
    sent = str(uuid.uuid4())
    path = f"/{world.tenant}/oauth2/v2.0/token"
    response = world.post(
        world.form(client_secret="no", **({"client-request-id": sent} if place == "body" else {})),
        f"{path}?client-request-id={sent}" if place == "query" else path,
        {"client-request-id": sent} if place == "header" else {},
    )
    assert body(response)["correlation_id"] == sent


def test_a_request_id_that_is_no_guid_is_not_echoed(world: World) -> None:
    response = world.post({}, headers={"client-request-id": "<script>"})
    assert "<script>" not in response.body.decode()


def test_version_1_names_the_resource_it_lacks(world: World) -> None:
    answer = body(world.post(world.form(), f"/{world.tenant}/oauth2/token"))
    assert "'resource'" in answer["error_description"]


FIELDS = st.sampled_from(
    ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type",
     "scope", "resource", "client-request-id", "claims"]
)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """One world for all examples: nothing that is refused changes it."""
    made = World()
    yield made
    made.cloud.state.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.dictionaries(FIELDS, st.text(max_size=60), max_size=6),
    ),
    st.sampled_from(["v2.0/token", "token"]),
    st.text(max_size=40),
)
def test_no_body_makes_the_token_endpoint_raise(
    shared: World, sent: bytes | dict[str, str], endpoint: str, authorization: str
) -> None:
    url = f"{shared.cloud.endpoints.login}/{shared.tenant}/oauth2/{endpoint}"
    if isinstance(sent, dict):
        form = {**shared.form(client_secret="no"), **sent}
        sent = urlencode(form, errors="replace").encode()
    headers = {"authorization": f"Basic {authorization}"}
    assert 400 <= shared.cloud.handle(Request("POST", url, headers, sent)).status < 500


HEADERS = st.dictionaries(
    st.sampled_from(["kid", "x5t", "x5t#S256", "x5c", "crit", "b64", "typ", "alg"]),
    st.one_of(st.none(), st.text(max_size=8), st.integers(), st.lists(st.text(max_size=4))),
)
CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]),
    st.one_of(
        st.none(), st.booleans(), st.text(max_size=8), st.floats(), st.integers(),
        st.lists(st.text(max_size=4)),
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(HEADERS, CLAIMS, st.booleans())
def test_no_assertion_makes_the_token_endpoint_raise(
    shared: World, header: dict[str, object], claims: dict[str, object], own: bool
) -> None:
    who = {"iss": shared.app_id, "sub": shared.app_id} if own else {}
    parts = ({"alg": "RS256", **header}, {**claims, **who})
    segments = [base64url(json.dumps(part).encode()) for part in parts]
    response = shared.post(shared.assertion_form(".".join([*segments, "AAAA"])))
    assert 400 <= response.status < 500
