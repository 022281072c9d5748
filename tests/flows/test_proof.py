from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import trustme
from cryptography.x509 import load_pem_x509_certificate

from entrada._engine.drive import run
from entrada._engine.effects import Call, Effect
from entrada._engine.world import FakeClock, World
from entrada._wire.proof import (
    JWT_BEARER,
    AssertionProof,
    CertificateProof,
    Proof,
    SecretProof,
    read_file,
)
from entrada.errors import ConfigurationError

URL = "https://login.example/t/oauth2/v2.0/token"
OTHER_URL = "https://login.example/other/oauth2/v2.0/token"


def _call(effect: Effect) -> object:
    assert isinstance(effect, Call)
    return effect.function()


def _fields(proof: Proof, world: World | None = None, url: str = URL) -> dict[str, str]:
    return dict(run(proof.fields("app", url, world or World.fake()), _call))


def test_a_secret_is_sent_as_it_is() -> None:
    assert _fields(SecretProof("s3cret")) == {"client_secret": "s3cret"}


def test_an_assertion_is_fetched_anew_for_each_request_and_stripped() -> None:
    given = iter([" one\n", "two"])
    proof = AssertionProof(lambda: next(given), "func")

    assert _fields(proof) == {"client_assertion_type": JWT_BEARER, "client_assertion": "one"}
    assert _fields(proof)["client_assertion"] == "two"


@pytest.mark.parametrize("value", [None, "", "  ", b"bytes", 7])
def test_what_is_no_assertion_is_the_callers_mistake(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="func returned no assertion") as caught:
        _fields(AssertionProof(lambda: value, "func"))
    assert caught.value.code == "no_assertion"


def test_what_the_callers_function_raises_is_raised_as_it_is() -> None:
    def broken() -> str:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        _fields(AssertionProof(broken, "func"))


def test_a_file_that_cannot_be_read_is_named_with_the_reason() -> None:
    with pytest.raises(ConfigurationError, match=r"file /c\.pem .*No such file") as caught:
        read_file(World.fake(), "/c.pem", "certificate")
    assert caught.value.code == "certificate_unreadable"


# Certificates


def _certificate() -> bytes:
    issued = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
        "client.example", key_type=trustme.KeyType.RSA
    )
    return issued.private_key_pem.bytes() + issued.cert_chain_pems[0].bytes()


FIRST, SECOND = _certificate(), _certificate()


class Place:
    """A certificate in a file that may change, and a proof made of it."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeClock()
        self.files = {"/c.pem": FIRST}
        self.world = World.fake(clock=self.clock, files=self.files)
        settings = {"send_chain": False, "legacy": False, **options}
        self.proof = CertificateProof("/c.pem", None, None, **settings)

    def assertion(self, url: str = URL) -> str:
        fields = _fields(self.proof, self.world, url)
        assert fields["client_assertion_type"] == JWT_BEARER
        return fields["client_assertion"]


def _signed_by(assertion: str, certificate: bytes) -> bool:
    public = load_pem_x509_certificate(certificate[certificate.index(b"-----BEGIN CERT") :])
    unchecked = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        jwt.decode(assertion, public.public_key(), ["PS256"], options=unchecked)  # type: ignore[arg-type]
    except jwt.InvalidSignatureError:
        return False
    return True


def test_an_assertion_is_used_until_half_of_its_life_is_over() -> None:
    place = Place()
    first = place.assertion()
    place.clock.advance(299)
    assert place.assertion() == first

    place.clock.advance(2)

    assert place.assertion() != first


def test_an_assertion_from_the_future_is_not_used() -> None:
    place = Place()
    first = place.assertion()

    place.clock.advance(-1)

    assert place.assertion() != first


def test_each_endpoint_has_an_assertion_of_its_own() -> None:
    place = Place()
    first = place.assertion()

    other = place.assertion(OTHER_URL)

    unchecked = {"verify_signature": False}
    assert jwt.decode(other, options=unchecked)["aud"] == OTHER_URL  # type: ignore[arg-type]
    assert place.assertion() == first


def test_a_renewed_certificate_is_used_at_once() -> None:
    place = Place()
    assert _signed_by(place.assertion(), FIRST)

    place.files["/c.pem"] = SECOND

    assert _signed_by(place.assertion(), SECOND)


def test_a_certificate_that_is_renewed_while_another_caller_signs_is_used_by_both() -> None:
    place = Place()
    slow = place.proof.fields("app", URL, place.world)
    read = next(slow)
    assert isinstance(read, Call)
    old = read.function()
    place.files["/c.pem"] = SECOND
    assert _signed_by(place.assertion(), SECOND)

    with pytest.raises(StopIteration):
        slow.send(old)

    assert _signed_by(place.assertion(), SECOND)


def test_callers_that_load_two_certificates_at_once_never_mix_them_up() -> None:
    place = Place()
    gate = threading.Barrier(2)

    def work(files: dict[str, bytes], certificate: bytes, good: list[bool]) -> None:
        world = World.fake(clock=place.clock, files=files)
        gate.wait(10)
        for _ in range(5):
            assertion = _fields(place.proof, world)["client_assertion"]
            good.append(_signed_by(assertion, certificate))

    results: list[bool] = []
    starts: list[Callable[[], None]] = [
        lambda: work({"/c.pem": FIRST}, FIRST, results),
        lambda: work({"/c.pem": SECOND}, SECOND, results),
    ]
    threads = [threading.Thread(target=start) for start in starts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert results == [True] * 10


def test_given_bytes_need_no_file() -> None:
    proof = CertificateProof(None, FIRST, None, send_chain=True, legacy=False)

    assertion = _fields(proof)["client_assertion"]

    assert _signed_by(assertion, FIRST)
    assert len(jwt.get_unverified_header(assertion)["x5c"]) == 1


def test_bytes_that_are_no_certificate_are_named_by_their_argument() -> None:
    proof = CertificateProof(None, b"text", None, send_chain=False, legacy=False)

    with pytest.raises(ConfigurationError, match="certificate_data cannot be used"):
        _fields(proof)
