"""Whatever a client sends, a service answers: never with a 500, an exception or a broken answer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from odd_requests import Known, requests
from test_entra_world import NOW, entra_key

from entrada._engine.effects import Request, Response
from entrada.local import tokens
from entrada.local.cloud import SERVICE_NAMES, Cloud, ServiceName, routes
from entrada.local.provision import Provision
from entrada.local.resources.keyvault.operations import OPERATIONS
from entrada.local.seed import seed_operator

IN_ALL = 5000
LONGEST = 5.0
"""Seconds that an answer may take on a busy machine; a hang is longer."""

_RESOURCES: dict[ServiceName, str] = {
    "arm": "https://management.azure.com",
    "blob": "https://storage.azure.com",
    "graph": "https://graph.microsoft.com",
    "vault": "https://vault.azure.net",
    "iothub": "https://iothubs.azure.net",
}
_HOST_QUERY = {"api-version": "2018-02-01", "resource": "https://vault.azure.net"}
_QUERIES: dict[ServiceName, dict[str, str]] = {
    "arm": {"api-version": "2022-09-01"},
    "vault": {"api-version": "7.4"},
    "iothub": {"api-version": "2021-04-12"},
    "hosts": _HOST_QUERY,
    "fabric": _HOST_QUERY,
}
_ROLES = ("Key Vault Administrator", "IoT Hub Data Contributor")


class _Undo(Exception):
    pass


@dataclass
class _World:
    """A cloud with something of everything, which forgets what a request did to it."""

    cloud: Cloud
    variables: dict[str, tuple[str, ...]]
    principal: dict[str, str]
    form: dict[str, str]

    def known(self, service: ServiceName) -> Known:
        resource = _RESOURCES.get(service, "https://graph.microsoft.com")
        token = tokens.issue(
            self.cloud,
            service_principal=self.principal,
            resource=resource,
            credential_kind="secret",
            tenant_id=self.variables["tenant"][0],
            lifetime=3599,
        )
        query = _QUERIES.get(service, {})
        return Known(self.variables, token, query, self.form if service == "login" else {})

    def answer(self, request: Request) -> Response:
        try:
            with self.cloud.state.transaction():
                response = self.cloud.handle(request)
                raise _Undo
        except _Undo:
            return response


def _world() -> _World:
    cloud = Cloud(clock=lambda: NOW)
    cloud.state.put("setting", "signingKey", entra_key())
    make = Provision(cloud)
    operator = seed_operator(make)
    user = make.user("ana", password="pass word")
    site, machine = make.web_app("site"), make.virtual_machine("machine")
    arc, shell = make.arc_machine("arc"), make.cloud_shell()
    make.storage_account("records")
    make.key_vault("safe")
    make.iot_hub("plant")
    for role in _ROLES:
        make.assign(operator.object_id, role)
    identity = make.user_assigned_identity("robot")
    desktop = make.public_client("desktop", "https://example.test/back")
    environments = (each.environment for each in (site, machine, arc, shell))
    variables = {
        "tenant": (make.tenant_id, "common", "organizations"),
        "subscription": (make.subscription_id,),
        "group": ("rg-local",),
        "account": ("records",),
        "container": ("photos", "photos", "$root"),
        "blob": ("a/b", "c"),
        "identity": ("robot",),
        "scope": (
            f"subscriptions/{make.subscription_id}",
            site.resource_id.lstrip("/"),
        ),
        "resource": (
            site.resource_id.partition("/providers/")[2],
            "Microsoft.Storage/storageAccounts/records",
            "Microsoft.Storage/storageAccounts/records/listKeys",
            "Microsoft.ManagedIdentity/userAssignedIdentities/robot",
        ),
        "version": ("v1.0", "beta"),
        "app_id": (operator.client_id, desktop),
        "mid": ("m1",),
        "path": tuple(row.path.replace("{name}", "key") for row in OPERATIONS),
        "namespace": ("Microsoft.Storage",),
        "key": tuple(_keys(environments)),
        "name": (
            "b24988ac-6180-42a0-ab88-20f7382dd24c",
            "11111111-2222-4333-8444-555555555555",
        ),
        "id": ("d1", user.object_id, operator.object_id, operator.client_id),
        "user": (user.username,),
        "other": (operator.client_secret, user.password, desktop, *site.environment.values()),
        "principal": (str(identity["properties"]["principalId"]), "ServicePrincipal"),
    }
    form = {
        "grant_type": "client_credentials",
        "client_id": operator.client_id,
        "client_secret": operator.client_secret,
        "scope": "https://management.azure.com/.default",
        "username": user.username,
        "password": user.password,
        "redirect_uri": "https://example.test/back",
        "response_type": "code",
    }
    principal = {"id": operator.object_id, "appId": operator.client_id}
    world = _World(cloud, variables, principal, form)
    _store(world)
    return world


def _store(world: _World) -> None:
    """Fill the services that keep something of their own."""
    blob = {"x-ms-version": "2021-12-02", "x-ms-blob-type": "BlockBlob"}
    _put(world, "blob", "/records/photos?restype=container", b"", blob)
    _put(world, "blob", "/records/photos/a/b", b"text", blob)
    _put(world, "vault", "/secrets/key?api-version=7.4", b'{"value":"hunter2"}')
    hub = "?api-version=2021-04-12"
    _put(world, "iothub", f"/devices/d1{hub}", b'{"deviceId":"d1"}')
    _put(world, "iothub", f"/devices/d1/modules/m1{hub}", b'{"deviceId":"d1","moduleId":"m1"}')


def _put(
    world: _World,
    service: ServiceName,
    path: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> None:
    sent = {"authorization": f"Bearer {world.known(service).token}", **(headers or {})}
    url = getattr(world.cloud.endpoints, service) + path
    answer = world.cloud.handle(Request("PUT", url, sent, body))
    assert answer.status in (200, 201), answer.body


def _keys(environments: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for environment in environments:
        for value in environment.values():
            yield from re.findall(r"/(?:imds|arc|cloudshell)/([0-9a-f]+)", value)


@pytest.fixture(scope="module")
def world() -> Iterator[_World]:
    made = _world()
    yield made
    made.cloud.state.close()


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_malformed_request_is_answered(world: _World, service: ServiceName) -> None:
    """Every route, with and without a good token; odd paths, queries, headers and bodies."""
    origin = getattr(world.cloud.endpoints, service)
    drawn = requests(service, origin, world.known(service), routes(service))

    @settings(
        max_examples=IN_ALL // len(SERVICE_NAMES),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def ask(request: Request) -> None:
        _check(world, request)

    ask()


def _check(world: _World, request: Request) -> None:
    began = time.monotonic()
    response = world.answer(request)
    assert time.monotonic() - began < LONGEST, request
    shown = (response.status, response.body[:300], request.headers, request.body[:300])
    assert response.status < 500 or response.status == 501, shown
    for name, value in response.headers.items():
        assert value.isprintable(), (name, value)
        value.encode("latin-1")
    kind = response.headers.get("content-type", "")
    if response.body and "json" in kind:
        json.loads(response.body, parse_constant=_refuse)
    elif response.body and kind.startswith("application/xml") and response.status != 200:
        ET.fromstring(response.body)


def _refuse(word: str) -> float:
    raise AssertionError(f"{word} is no JSON")
