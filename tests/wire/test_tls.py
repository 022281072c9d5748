from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from servers import RawServer, Visit, always, answer, once

from entrada._drivers.tls import tls_context
from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, Response, TransportFailure
from entrada.errors import ConfigurationError


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def here(authority: trustme.CA) -> ssl.SSLContext:
    return _context(authority, "127.0.0.1")


def _ask(env: dict[str, str], url: str) -> Response:
    wire = Wire(env)
    try:
        return wire(Request("GET", url))
    finally:
        wire.close()


def _failure(env: dict[str, str], url: str) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        _ask(env, url)
    return caught.value


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_that_the_environment_names_is_trusted(
    here: ssl.SSLContext, ca_file: str, variable: str
) -> None:
    with RawServer(always(answer(b"safe")), here) as server:
        assert _ask({variable: ca_file}, server.url).body == b"safe"


def test_any_other_authority_is_not(here: ssl.SSLContext) -> None:
    with RawServer(always(answer()), here) as server:
        failure = _failure({}, server.url)

    assert failure.reason == "tls"
    assert f"the certificate of 127.0.0.1:{server.port} is not trusted" in failure.detail


def test_the_first_bundle_that_is_named_counts_alone(
    here: ssl.SSLContext, ca_file: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.write_to_path(str(other))
    with RawServer(always(answer()), here) as server:
        env = {"REQUESTS_CA_BUNDLE": str(other), "SSL_CERT_FILE": ca_file}
        assert _failure(env, server.url).reason == "tls"


def test_a_certificate_of_another_host_is_not_trusted(authority: trustme.CA, ca_file: str) -> None:
    with RawServer(always(answer()), _context(authority, "login.example")) as server:
        failure = _failure({"SSL_CERT_FILE": ca_file}, server.url)

    assert failure.reason == "tls"
    assert "127.0.0.1" in failure.detail


def test_a_server_without_tls_has_none(ca_file: str) -> None:
    def talk(visit: Visit) -> None:
        visit.sock.recv(65536)
        visit.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawServer(talk) as server:
        failure = _failure({"SSL_CERT_FILE": ca_file}, f"https://127.0.0.1:{server.port}/")

    assert failure.reason == "tls"
    assert "no TLS with" in failure.detail


def test_a_connection_in_tls_is_kept_and_replaced_silently_too(
    here: ssl.SSLContext, ca_file: str
) -> None:
    wire = Wire({"SSL_CERT_FILE": ca_file})
    with RawServer(always(answer()), here) as server:
        for _ in range(3):
            wire(Request("GET", server.url))
        assert server.connections == 1
    with RawServer(once(answer()), here) as server:
        wire(Request("GET", server.url))
        assert server.closed.acquire(timeout=10)
        assert wire(Request("GET", server.url)).status == 200
        assert server.connections == 2
    wire.close()


def test_equal_settings_share_one_context(ca_file: str) -> None:
    assert tls_context({"SSL_CERT_FILE": ca_file}) is tls_context({"SSL_CERT_FILE": ca_file})
    assert tls_context({"A": "1"}) is tls_context({"B": "2"})


def test_a_folder_of_certificates_is_a_bundle_too(tmp_path: Path) -> None:
    assert tls_context({"SSL_CERT_DIR": str(tmp_path)}).verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_cannot_be_read_is_the_callers_mistake(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(
        ConfigurationError, match=r"REQUESTS_CA_BUNDLE names .*bundle\.pem"
    ) as caught:
        _ask({"REQUESTS_CA_BUNDLE": str(path)}, "https://127.0.0.1:1/")

    assert caught.value.code == "ca_bundle_unreadable"
