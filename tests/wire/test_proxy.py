from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from servers import RawServer, Talk, Visit, always, answer, once

from entrada._drivers.proxy import proxy_for
from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, Response, TransportFailure

PROXY = "http://proxy.example:3128"


def _ask(env: dict[str, str], url: str, times: int = 1) -> Response:
    wire = Wire(env)
    try:
        return [wire(Request("GET", url, timeout=5)) for _ in range(times)][-1]
    finally:
        wire.close()


def _failure(env: dict[str, str], url: str) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        _ask(env, url)
    return caught.value


# Which proxy


@pytest.mark.parametrize(
    ("scheme", "env", "proxy"),
    [
        ("https", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https", {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ("https", {"HTTP_PROXY": PROXY}, None),
        ("http", {"HTTP_PROXY": PROXY}, PROXY),
        ("http", {"HTTPS_PROXY": PROXY}, None),
        ("https", {"ALL_PROXY": PROXY}, PROXY),
        ("http", {"all_proxy": PROXY, "http_proxy": "http://other"}, "http://other"),
        ("https", {"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ("https", {"HTTPS_PROXY": f" {PROXY} "}, PROXY),
        ("https", {"HTTPS_PROXY": ""}, None),
        ("https", {}, None),
        ("http", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None),
        ("http", {"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, PROXY),
        ("https", {"HTTPS_PROXY": PROXY, "REQUEST_METHOD": "GET"}, PROXY),
    ],
)
def test_the_environment_names_the_proxy(
    scheme: str, env: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(scheme, "login.example", env) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "host", "exempt"),
    [
        ("login.example", "login.example", True),
        ("example", "login.example", True),
        (".example", "login.example", True),
        ("*.example", "login.example", True),
        ("LOGIN.Example", "login.EXAMPLE", True),
        ("login.example:443", "login.example", True),
        ("a, login.example ,b", "login.example", True),
        ("*", "login.example", True),
        ("ample", "login.example", False),
        ("n.example", "login.example", False),
        ("login.example.org", "login.example", False),
        (",,", "login.example", False),
        ("10.0.0.4", "10.0.0.4", True),
        ("10.0.0.0/8", "10.0.0.4", True),
        ("10.0.0.1/8", "10.0.0.4", True),
        ("192.168.0.0/16", "10.0.0.4", False),
        ("10.0.0.0/8", "login.example", False),
        ("fd00::/8", "fd00::1", True),
        ("[fd00::1]", "fd00::1", True),
        ("fd00::1", "fd00::1", True),
        ("fd00::1", "fd00::2", False),
        ("10.0.0.0/99", "10.0.0.4", False),
    ],
)
def test_no_proxy_exempts_names_their_subdomains_addresses_and_networks(
    no_proxy: str, host: str, exempt: bool
) -> None:
    env = {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}

    assert (proxy_for("https", host, env) is None) is exempt


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.10",
        "localhost",
        "LocalHost",
        "blob.localhost",
        "::1",
        "169.254.169.254",
        "169.254.130.2",
        "fe80::1",
        "::ffff:169.254.169.254",
    ],
)
def test_loopback_and_link_local_hosts_are_never_behind_a_proxy(host: str) -> None:
    env = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}

    assert proxy_for("http", host, env) is proxy_for("https", host, env) is None


def test_a_loopback_request_reaches_its_server_though_a_proxy_is_set() -> None:
    with RawServer(always(answer(b"direct"))) as server:
        assert _ask({"HTTP_PROXY": "http://127.0.0.1:1"}, server.url).body == b"direct"


# Through it


def _tunnel(context: ssl.SSLContext) -> Talk:
    """Return a talk of a proxy and, after CONNECT, of the server behind it."""

    def talk(visit: Visit) -> None:
        visit.read()
        visit.send(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
        visit.secure(context)
        always(answer(b"through"))(visit)

    return talk


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture
def behind(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("login.example", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


@pytest.fixture
def environment(authority: trustme.CA, tmp_path: Path) -> Callable[[str], dict[str, str]]:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return lambda proxy: {"SSL_CERT_FILE": str(path), "HTTPS_PROXY": proxy}


def test_https_goes_through_a_tunnel_that_is_kept(
    behind: ssl.SSLContext, environment: Callable[[str], dict[str, str]]
) -> None:
    with RawServer(_tunnel(behind)) as proxy:
        response = _ask(environment(proxy.url), "https://login.example/token?x=1", times=3)

    assert response.body == b"through"
    connect, *requests = proxy.requests
    assert connect.startswith(b"CONNECT login.example:443 HTTP/1.")
    assert [request.split(b"\r\n")[0] for request in requests] == [b"GET /token?x=1 HTTP/1.1"] * 3
    assert b"Proxy-Authorization" not in b"".join(proxy.requests)


def test_the_proxy_is_told_its_password_and_the_server_behind_is_not(
    behind: ssl.SSLContext, environment: Callable[[str], dict[str, str]]
) -> None:
    with RawServer(_tunnel(behind)) as proxy:
        url = proxy.url.replace("http://", "http://me:p%40ss@")
        _ask(environment(url), "https://login.example/")

    connect, request = proxy.requests
    expected = b"Proxy-Authorization: Basic " + base64.b64encode(b"me:p@ss")
    assert expected in connect
    assert b"Proxy-Authorization" not in request


def test_plain_http_tells_the_proxy_the_whole_url_and_its_password() -> None:
    with RawServer(always(answer(b"through"))) as proxy:
        env = {"HTTP_PROXY": proxy.url.replace("http://", "http://me:secret@")}
        response = _ask(env, "http://service.example:8080/path?x=1", times=2)

    assert response.body == b"through"
    assert proxy.connections == 1
    for request in proxy.requests:
        lines = request.split(b"\r\n")
        assert lines[0] == b"GET http://service.example:8080/path?x=1 HTTP/1.1"
        assert b"Host: service.example:8080" in lines
        assert b"Proxy-Authorization: Basic " + base64.b64encode(b"me:secret") in lines


# What may be wrong with it


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden"])
def test_a_proxy_that_refuses_is_named_and_quoted(status: str) -> None:
    with RawServer(once(f"HTTP/1.1 {status}\r\n\r\n".encode())) as proxy:
        url = proxy.url.replace("http://", "http://me:hush@")
        failure = _failure({"HTTPS_PROXY": url}, "https://login.example/")

    assert failure.reason == "proxy"
    assert failure.detail == (
        f"the proxy 127.0.0.1:{proxy.port} refused to connect to login.example ({status})"
    )


def test_a_proxy_that_is_not_there_is_what_is_missing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for scheme in ("http", "https"):
        env = {f"{scheme}_proxy": f"http://127.0.0.1:{port}"}

        failure = _failure(env, f"{scheme}://login.example/")

        assert failure.reason == "proxy"
        assert failure.detail == f"no connection to the proxy 127.0.0.1:{port} (Connection refused)"


def test_a_proxy_that_does_not_speak_http_is_no_proxy() -> None:
    with RawServer(once(b"SSH-2.0-OpenSSH\r\n")) as proxy:
        failure = _failure({"HTTPS_PROXY": proxy.url}, "https://login.example/")

    assert failure.reason == "proxy"


def test_a_proxy_that_keeps_silent_costs_no_more_than_the_time_limit() -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        visit.drip(b"HTTP/1.1 200 O" + b"K" * 2000)

    with RawServer(talk) as proxy:
        wire = Wire({"HTTPS_PROXY": proxy.url})
        with pytest.raises(TransportFailure) as caught:
            wire(Request("GET", "https://login.example/", timeout=0.15))

    assert caught.value.reason == "timeout"


@pytest.mark.parametrize(
    "proxy", ["socks5://me:hush@127.0.0.1:1", "https://127.0.0.1:1", "http://", "http://h:port"]
)
def test_a_proxy_of_a_kind_that_we_do_not_speak_is_a_failure_without_its_password(
    proxy: str,
) -> None:
    failure = _failure({"ALL_PROXY": proxy}, "https://login.example/")

    assert failure.reason == "proxy"
    assert "hush" not in failure.detail
