"""The local cloud's own certificate authority, kept in its state so clients keep trusting it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import trustme

from entrada.local.hosts.certificate import server_pem
from entrada.local.listening import is_name

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

NAMES = (
    "localhost",
    "127.0.0.1",
    "::1",
    "host.docker.internal",
    "*.blob.localhost",
    "*.vault.localhost",
    "*.azure-devices.localhost",
)
"""The hosts that every server certificate is for, beside the machine's own name."""


class TrustFiles(NamedTuple):
    """PEM files: the CA's certificate, for clients; the servers' keys and chains, 0600."""

    ca: Path
    server: Path
    fabric: Path


def write_trust(cloud: Cloud, folder: Path, names: Sequence[str] = ()) -> TrustFiles:
    """Issue a server certificate and write the files that server and clients need.

    ``names`` are further host names and addresses that the certificate is for.
    """
    ca = _authority(cloud)
    server = ca.issue_cert(*dict.fromkeys((*NAMES, *_machine(), *names)))
    files = TrustFiles(folder / "ca.pem", folder / "server.pem", folder / "fabric.pem")
    _write(files.ca, ca.cert_pem.bytes(), 0o644)
    _write(files.server, server.private_key_and_cert_chain_pem.bytes(), 0o600)
    _write(files.fabric, server_pem(cloud), 0o600)
    return files


def _machine() -> Iterator[str]:
    """Yield the machine's name, by which a container's neighbours reach it."""
    name = socket.gethostname().lower()
    if is_name(name):
        yield name


def _authority(cloud: Cloud) -> trustme.CA:
    with cloud.state.transaction():
        kept = cloud.state.get("setting", "certificateAuthority")
        if kept is not None:
            return trustme.CA.from_pem(kept["certificate"].encode(), kept["key"].encode())
        ca = trustme.CA(organization_name="entrada local cloud")
        pair = {
            "certificate": ca.cert_pem.bytes().decode(),
            "key": ca.private_key_pem.bytes().decode(),
        }
        cloud.state.put("setting", "certificateAuthority", pair)
        return ca


def _write(path: Path, data: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(data)
