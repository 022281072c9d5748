"""Names and passwords through every client, at a port where MSAL for Python can follow.

It asks about the name's realm at the authority's host and leaves the port out, and so does
azure-identity, which stands on it: they need an authority at port 443.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator

import pytest

from e2e.msal_client import msal_app
from e2e.people import PEOPLE, check, made, token_of
from e2e.verify import SCOPE
from e2e.ways import fresh
from entrada.testing import LocalCloud

pytestmark = PEOPLE

_HTTPS = 443


@pytest.fixture
def the_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the port alone among the workers of a test run."""
    with (tmp_path_factory.getbasetemp().parent / "port-443.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def at_443(the_port: None, surroundings: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """Run a local cloud whose Entra is where Entra is in Azure, and have this process find it."""
    running = LocalCloud(ports={"login": _HTTPS})
    try:
        running.start()
    except OSError as error:
        # A right of the machine's, not a tool that could be installed.
        pytest.skip(f"port {_HTTPS} cannot be had here ({error.strerror}; run as root)")
    for name, value in running.environment().items():
        surroundings.setenv(name, value)
    try:
        yield running
    finally:
        running.stop()


@pytest.mark.parametrize("library", ["azure.identity", "entrada", "entrada.aio"])
def test_name_and_password_sign_a_person_in_at_443(library: str, at_443: LocalCloud) -> None:
    """azure-identity has this credential for threads only."""
    ana = at_443.user(fresh("ana"))
    client = at_443.public_client(fresh("desktop"))
    credential = made(
        at_443,
        library,
        "UsernamePasswordCredential",
        client_id=client,
        username=ana.username,
        password=ana.password,
        tenant_id=at_443.tenant_id,
    )
    check(at_443, token_of(credential), ana, client)


def test_msal_signs_in_by_name_and_password(at_443: LocalCloud) -> None:
    """And hears why it is refused."""
    ana = at_443.user(fresh("ana"))
    client = at_443.public_client(fresh("desktop"))
    app = msal_app(at_443, client)
    refused = app.acquire_token_by_username_password(ana.username, "wrong", [SCOPE])
    assert refused["error_codes"] == [50126]
    got = app.acquire_token_by_username_password(ana.username, ana.password, [SCOPE])
    check(at_443, got["access_token"], ana, client)
