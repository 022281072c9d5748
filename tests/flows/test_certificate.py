from __future__ import annotations

import base64
import datetime
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from entrada._wire.certificate import LIFETIME, Signer, load_signer
from entrada.errors import ConfigurationError

NOW = 1_800_000_000.9
URL = "https://login.example/t/oauth2/v2.0/token"
PASSWORD = b"canary-password"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _certify(name: str, key: Any, issuer: Any = None) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(issuer or key, hashes.SHA256())
    )


KEY, ROOT_KEY = _key(), _key()
ROOT = _certify("root", ROOT_KEY)
LEAF = _certify("leaf", KEY, ROOT_KEY)


def _pem(*parts: Any, password: bytes | None = None) -> bytes:
    sealing: KeySerializationEncryption = (
        BestAvailableEncryption(password) if password else NoEncryption()
    )
    return b"".join(
        part.public_bytes(Encoding.PEM)
        if isinstance(part, x509.Certificate)
        else part.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing)
        for part in parts
    )


def _pfx(password: bytes | None = None) -> bytes:
    sealing: KeySerializationEncryption = (
        BestAvailableEncryption(password) if password else NoEncryption()
    )
    return pkcs12.serialize_key_and_certificates(b"name", KEY, LEAF, [ROOT], sealing)


def _sign(signer: Signer, **how: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    options = {"send_chain": False, "legacy": False, **how}
    text = signer.assertion(URL, "app", NOW, **options)
    algorithm = "RS256" if options["legacy"] else "PS256"
    claims = jwt.decode(
        text,
        KEY.public_key(),
        [algorithm],
        audience=URL,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    return jwt.get_unverified_header(text), claims


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (_pem(KEY, LEAF, ROOT), None),
        (_pem(ROOT, LEAF, KEY), None),
        (b"Bag Attributes\n" + _pem(LEAF) + b"\ntext\n" + _pem(KEY, ROOT), None),
        (_pem(KEY, LEAF, ROOT), PASSWORD),
        (_pem(KEY, LEAF, ROOT, password=PASSWORD), PASSWORD),
        (_pfx(), None),
        (_pfx(PASSWORD), PASSWORD),
    ],
    ids=[
        "pem",
        "pem backwards",
        "pem with text",
        "pem with a needless password",
        "encrypted pem",
        "pfx",
        "encrypted pfx",
    ],
)
def test_the_keys_own_certificate_comes_first_however_the_file_is_ordered(
    data: bytes, password: bytes | None
) -> None:
    signer = load_signer(data, password, "file")

    assert signer.chain == (LEAF, ROOT)


def test_an_assertion_is_signed_as_entra_wants_it() -> None:
    header, claims = _sign(load_signer(_pem(KEY, LEAF), None, "file"))

    thumbprint = base64.urlsafe_b64encode(LEAF.fingerprint(hashes.SHA256())).rstrip(b"=")
    assert header == {"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint.decode()}
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("app", "app", URL)
    assert (claims["iat"], claims["nbf"]) == (1_800_000_000, 1_800_000_000)
    assert claims["exp"] - claims["iat"] == LIFETIME


def test_each_assertion_has_an_id_of_its_own() -> None:
    signer = load_signer(_pem(KEY, LEAF), None, "file")

    assert _sign(signer)[1]["jti"] != _sign(signer)[1]["jti"]


def test_ad_fs_gets_the_older_algorithm_and_thumbprint() -> None:
    header, _ = _sign(load_signer(_pem(KEY, LEAF), None, "file"), legacy=True)

    thumbprint = base64.urlsafe_b64encode(LEAF.fingerprint(hashes.SHA1())).rstrip(b"=")
    assert header == {"alg": "RS256", "typ": "JWT", "x5t": thumbprint.decode()}


def test_the_chain_is_sent_in_order_where_it_is_wanted() -> None:
    header, _ = _sign(load_signer(_pem(ROOT, LEAF, KEY), None, "file"), send_chain=True)

    sent = [x509.load_der_x509_certificate(base64.b64decode(each)) for each in header["x5c"]]
    assert sent == [LEAF, ROOT]


EC_KEY = ec.generate_private_key(ec.SECP256R1())
BROKEN: dict[str, tuple[bytes, bytes | None, str]] = {
    "nothing": (b"", None, "not a PEM or PFX"),
    "text": (b"hello", None, "not a PEM or PFX"),
    "no key": (_pem(LEAF), None, "has no private key"),
    "no certificate": (_pem(KEY), None, "has no certificate"),
    "another's certificate": (_pem(KEY, ROOT), None, "none of its certificates belongs"),
    "another kind of key": (_pem(EC_KEY, _certify("ec", EC_KEY)), None, "not an RSA key"),
    "no password": (_pem(KEY, LEAF, password=PASSWORD), None, "no password was given"),
    "a wrong password": (_pem(KEY, LEAF, password=PASSWORD), b"canary-wrong", "password is wrong"),
    "a pfx without its password": (_pfx(PASSWORD), None, "password is wrong or missing"),
    "a pfx with a wrong one": (_pfx(PASSWORD), b"canary-wrong", "password is wrong"),
    "a damaged certificate": (_pem(KEY, LEAF).replace(b"MII", b"!!!"), None, "damaged"),
    "a pfx cut off": (_pfx()[:200], None, "not a PEM or PFX"),
}


@pytest.mark.parametrize(("data", "password", "why"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_used_says_why_and_what_to_do(
    data: bytes, password: bytes | None, why: str
) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        load_signer(data, password, "/etc/cert.pem")

    assert caught.value.message.startswith("/etc/cert.pem cannot be used: ")
    assert caught.value.code == "bad_certificate"
    assert caught.value.hint
    assert "canary" not in str(caught.value)


def test_a_signer_does_not_show_its_key() -> None:
    assert "key" not in repr(load_signer(_pem(KEY, LEAF), None, "file")).lower().replace(
        "publickey", ""
    )
