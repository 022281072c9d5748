"""The URLs of a vault, the ids in its answers, and the resource that clients accept there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from test_vault_access import challenge_of
from test_vault_world import OFFICER, Caller, World, answered, failed

from entrada._engine.effects import Request, Response
from entrada.local.cloud import Endpoints
from entrada.local.entra.resources import find_well_known

PORT = 8447
NAMED = f"https://kv1.vault.localhost:{PORT}"
ADDRESS, LOCALHOST = f"https://127.0.0.1:{PORT}", f"https://localhost:{PORT}"
CONTAINER = f"https://host.docker.internal:{PORT}"


@pytest.fixture
def officer() -> Iterator[Caller]:
    """A Secrets Officer of ``kv1``, the only vault of a cloud at a port."""
    world = World()
    world.cloud.endpoints = Endpoints(vault=ADDRESS)
    yield world.caller(OFFICER)
    world.cloud.state.close()


def reach(caller: Caller, origin: str, path: str, *, signed_in: bool = True) -> Response:
    headers = {"host": urlsplit(origin).netloc}
    if signed_in:
        headers["authorization"] = f"Bearer {caller.token()}"
    url = f"{LOCALHOST}{path}?api-version=7.4"
    return caller.world.cloud.handle(Request("GET", url, headers))


@pytest.mark.parametrize(
    ("origin", "prefix", "ids_begin_with"),
    [
        (ADDRESS, "/kv1", NAMED),
        (LOCALHOST, "/KV1", NAMED),
        (NAMED, "", NAMED),
        (ADDRESS, "", ADDRESS),
        (LOCALHOST, "", LOCALHOST),
        ("https://attacker.example", "", ADDRESS),
    ],
)
def test_an_id_begins_with_a_url_of_the_vault(
    officer: Caller, origin: str, prefix: str, ids_begin_with: str
) -> None:
    """And has no more segments than clients understand; a strange host is not repeated."""
    officer.set("a")
    found = answered(reach(officer, origin, f"{prefix}/secrets/a"))
    assert found["id"].rpartition("/")[0] == f"{ids_begin_with}/secrets/a"


def test_the_next_page_is_where_the_first_one_was(officer: Caller) -> None:
    for number in range(26):
        officer.set(f"n{number}")
    for base in (f"{ADDRESS}/kv1", LOCALHOST, NAMED):
        url = urlsplit(base)
        page = answered(reach(officer, f"https://{url.netloc}", f"{url.path}/secrets"))
        assert page["nextLink"].startswith(f"{base}/secrets?api-version=7.4&$skiptoken=")


def accepts(resource: str, url: str) -> bool:
    """The rule of Microsoft's clients: a parent domain of the host, compared as text."""
    return urlsplit(url).netloc.endswith(f".{urlsplit(resource).netloc}")


@pytest.mark.parametrize("origin", [ADDRESS, NAMED, CONTAINER])
def test_clients_accept_the_challenge_and_get_a_token_for_it(officer: Caller, origin: str) -> None:
    cloud = officer.world.cloud
    if origin == CONTAINER:
        cloud.endpoints = Endpoints(vault=CONTAINER)
    path = "/secrets/a" if origin == NAMED else "/kv1/secrets/a"
    resource = challenge_of(reach(officer, origin, path, signed_in=False))["resource"]
    assert accepts(resource, origin)
    known = find_well_known(cloud, resource)
    assert known is not None
    assert known.name == "Azure Key Vault"
    sent = {"authorization": f"Bearer {officer.token(resource)}"}
    assert answered(officer.world.send("GET", "/kv1/secrets", None, sent)) == {
        "value": [],
        "nextLink": None,
    }


def test_no_resource_is_a_parent_domain_of_localhost(officer: Caller) -> None:
    """So it is Key Vault's own, which clients take if they are told not to verify it."""
    response = reach(officer, LOCALHOST, "/secrets/a", signed_in=False)
    assert challenge_of(response)["resource"] == "https://vault.azure.net"


def test_a_named_host_is_never_another_vault(officer: Caller) -> None:
    gone = f"https://kv2.vault.localhost:{PORT}"
    failed(reach(officer, gone, "/secrets/a"), 404, "VaultNotFound")
