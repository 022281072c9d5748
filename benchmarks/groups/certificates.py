"""Applications that prove themselves with a certificate."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clouds import no_cloud
from benchmarks.measure import Group, Measure, Place, within
from benchmarks.probes.certificates import EXCHANGES


@contextlib.contextmanager
def _place() -> Iterator[Place]:
    with no_cloud() as place, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "certificate.pem")
        path.write_bytes(_certificate())
        place.environment = {**place.environment, "BENCH_CERTIFICATE": str(path)}
        yield place


def _certificate() -> bytes:
    """Return a key of 2048 bits and its own certificate, PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem + certificate.public_bytes(serialization.Encoding.PEM)


GROUP = Group(
    "certificates",
    "certificates",
    "Certificates",
    "RSA, 2048 bits; the endpoint answers within the process. What a first token takes is nearly "
    "all the loading of the key and the signature.",
    (
        Measure(
            "first_assertion", "new credential to first token: key loaded, assertion signed", "ms"
        ),
        Measure("later_exchange", "exchange for another resource, assertion reused", "ms"),
        Measure(
            "assertions_signed",
            f"assertions signed for {EXCHANGES} exchanges",
            "signed",
            within(1, "1"),
        ),
    ),
    _place,
)
