"""Over sockets: a pinned certificate and a proxy's own authority, and nobody else."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from entrada import AuthenticationRejectedError, ConfigurationError, ManagedIdentityCredential
from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, TransportFailure, Trust
from entrada.local.hosts.certificate import SERVER_NAME, authority_pem, thumbprint
from entrada.testing import LocalCloud, World

SCOPE = "https://storage.azure.com/.default"
PROXIES = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as running:
        yield running


def ask(cloud: LocalCloud, trust: Trust | None, url: str = "") -> int:
    wire = Wire(PROXIES if trust else {})
    try:
        request = Request("GET", url or f"{cloud.endpoints.fabric}/nothing", trust=trust)
        return wire(request).status
    finally:
        wire.close()


def test_the_pinned_certificate_is_spoken_to_without_a_proxy(cloud: LocalCloud) -> None:
    assert ask(cloud, Trust(thumbprint=thumbprint(cloud.cloud).lower())) == 404
    assert ask(cloud, Trust(thumbprint=thumbprint(cloud.cloud))) == 404


def test_the_proxys_authority_is_trusted_for_its_name_alone(cloud: LocalCloud) -> None:
    pem = authority_pem(cloud.cloud)
    right = Trust(authorities=pem, server_name=SERVER_NAME)
    assert ask(cloud, right) == 404
    for wrong in (
        right._replace(server_name="other.test"),
        right._replace(authorities=cloud.ca_file.read_text()),
        Trust(server_name=SERVER_NAME),
        None,
    ):
        with pytest.raises(TransportFailure) as caught:
            ask(cloud, wrong)
        assert caught.value.reason == "tls"


def test_what_is_no_certificate_is_the_callers_mistake(cloud: LocalCloud) -> None:
    with pytest.raises(ConfigurationError):
        ask(cloud, Trust(authorities="none", server_name=SERVER_NAME))


def test_whoever_wants_a_certificate_checked_never_speaks_in_clear(cloud: LocalCloud) -> None:
    with pytest.raises(TransportFailure, match="https"):
        ask(cloud, Trust(thumbprint="a" * 40), cloud.endpoints.hosts)


def test_a_connection_is_not_shared_with_another_trust(cloud: LocalCloud) -> None:
    wire = Wire({})
    url = f"{cloud.endpoints.fabric}/nothing"
    assert wire(Request("GET", url, trust=Trust(thumbprint=thumbprint(cloud.cloud)))).status == 404
    with pytest.raises(TransportFailure):
        wire(Request("GET", url, trust=Trust(thumbprint="0" * 40)))
    wire.close()


@pytest.mark.parametrize("options", [{}, {"retry_total": 0}])
def test_a_wrong_pin_gets_no_request_whatever_sends_it(
    cloud: LocalCloud, options: dict[str, int]
) -> None:
    environment = cloud.service_fabric_application("cluster/application").environment
    world = World.real()._replace(env=environment)
    token = ManagedIdentityCredential(world=world, **options).get_token(SCOPE)  # type: ignore[arg-type]
    assert token.expires_on
    requests = len(cloud.cloud.requests)
    world = world._replace(env={**environment, "IDENTITY_SERVER_THUMBPRINT": "0" * 40})
    with pytest.raises(AuthenticationRejectedError, match="thumbprint"):
        ManagedIdentityCredential(world=world, **options).get_token(SCOPE)  # type: ignore[arg-type]
    assert len(cloud.cloud.requests) == requests


def test_the_certificate_stays_with_the_state(cloud: LocalCloud) -> None:
    port = int(cloud.endpoints.fabric.rpartition(":")[2])
    served = ssl.get_server_certificate(("127.0.0.1", port))
    kept = cloud.cloud.state.get("setting", "fabricCertificate")
    assert kept is not None
    assert served.split() == kept["certificate"].split()
