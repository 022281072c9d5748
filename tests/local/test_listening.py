"""Where the local cloud listens: loopback, unless somebody says that others may reach it."""

from __future__ import annotations

import pytest

from entrada.local.cloud import Endpoints
from entrada.local.listening import Listening, RemoteRefused, moved
from entrada.testing import LocalCloud


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "fe80::1"])
def test_an_address_that_others_reach_is_refused_unless_allowed(host: str) -> None:
    with pytest.raises(RemoteRefused, match="secrets"):
        Listening(host)
    assert Listening(host, allow_remote=True).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1"])
def test_loopback_needs_no_leave(host: str) -> None:
    assert Listening(host).host == host


@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254"])
def test_the_metadata_service_is_nobodys_to_play(host: str) -> None:
    with pytest.raises(ValueError, match="metadata service") as caught:
        Listening(host, allow_remote=True)
    assert not isinstance(caught.value, RemoteRefused)


@pytest.mark.parametrize("host", ["localhost", "", "0.0.0", "host:80"])
def test_what_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="no IP address"):
        Listening(host, allow_remote=True)


@pytest.mark.parametrize("name", ["", "a b", "-a", "a_b", "https://a", "a.*.b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no host name"):
        Listening(names=(name,))
    with pytest.raises(ValueError, match=r"no host name|cannot be the public host"):
        Listening(public_host=name)


def test_a_public_host_is_a_single_one_that_can_stand_in_a_url() -> None:
    for host in ("*.test", "::1"):
        with pytest.raises(ValueError, match="stand in URLs"):
            Listening(public_host=host)


def test_a_certificate_has_the_names_asked_for_but_no_unspecified_address() -> None:
    everywhere = Listening("0.0.0.0", ("cloud",), "public.test", allow_remote=True)
    assert everywhere.certificate_names() == ("cloud", "public.test")
    bridge = Listening("172.17.0.1", allow_remote=True)
    assert "172.17.0.1" in bridge.certificate_names()


def test_moved_endpoints_keep_ports_and_schemes() -> None:
    ends = Endpoints(**{name: f"https://public.test:{port}" for port, name in _PORTS})
    there = moved(ends, "host.docker.internal")
    assert there.login == "https://host.docker.internal:1"
    assert there.hosts == "http://host.docker.internal:7"
    assert moved(there).login == "https://localhost:1"
    assert moved(there).hosts == "http://127.0.0.1:7"


_PORTS = [*enumerate(("login", "arm", "graph", "blob", "vault", "iothub", "hosts", "fabric"), 1)]


def test_settings_are_refused_before_anything_is_bound() -> None:
    with pytest.raises(RemoteRefused):
        LocalCloud(host="0.0.0.0")
