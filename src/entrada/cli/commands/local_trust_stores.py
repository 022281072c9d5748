"""Where machines keep the certificate authorities that they trust, and the commands that change it.

A table: one row a store. The commands are the systems' own: update-ca-certificates(8),
update-ca-trust(8), security(1), certutil of Windows and of NSS.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Words: TypeAlias = tuple[str, ...]

NICKNAME = "entrada local cloud"
_DEBIAN = "/usr/local/share/ca-certificates/entrada-local.crt"
_DEBIAN_LINK = "/etc/ssl/certs/entrada-local.pem"
_FEDORA = "/etc/pki/ca-trust/source/anchors/entrada-local.crt"
_NSS = ("certutil", "-d", "sql:{home}/.pki/nssdb")
_KEYCHAIN = "{home}/Library/Keychains/login.keychain-db"


@dataclass(frozen=True, slots=True)
class Store:
    """One store of a ``platform``, there where its ``tool`` is on PATH.

    In commands ``{ca}`` is the certificate's file, ``{home}`` the user's home, ``{sha1}`` the
    certificate's thumbprint. ``performed`` says whether we run them, or leave that to the user;
    ``file`` is where the certificate then stands.
    """

    name: str
    platform: str
    tool: str
    install: tuple[Words, ...]
    remove: tuple[Words, ...]
    file: str = ""
    as_root: bool = False
    performed: bool = False

    def commands(self, *, remove: bool, sudo: bool, **values: str) -> list[Words]:
        """Return the commands with their values put in, with ``sudo`` where they need it."""
        prefix = ("sudo",) if sudo and self.as_root else ()
        return [
            (*prefix, *(word.format(**values) for word in words))
            for words in (self.remove if remove else self.install)
        ]


STORES: tuple[Store, ...] = (
    Store(
        "Debian, Ubuntu",
        "linux",
        "update-ca-certificates",
        (("install", "-m", "644", "{ca}", _DEBIAN), ("update-ca-certificates",)),
        # Not with --fresh, which for a moment leaves the machine without any authority.
        (("rm", "-f", _DEBIAN, _DEBIAN_LINK), ("update-ca-certificates",)),
        file=_DEBIAN,
        as_root=True,
        performed=True,
    ),
    Store(
        "Fedora, RHEL",
        "linux",
        "update-ca-trust",
        (("install", "-m", "644", "{ca}", _FEDORA), ("update-ca-trust", "extract")),
        (("rm", "-f", _FEDORA), ("update-ca-trust", "extract")),
        as_root=True,
    ),
    Store(
        "Chromium on Linux (NSS)",
        "linux",
        "certutil",
        ((*_NSS, "-A", "-t", "C,,", "-n", NICKNAME, "-i", "{ca}"),),
        ((*_NSS, "-D", "-n", NICKNAME),),
    ),
    Store(
        "macOS keychain",
        "darwin",
        "security",
        (("security", "add-trusted-cert", "-r", "trustRoot", "-k", _KEYCHAIN, "{ca}"),),
        (("security", "delete-certificate", "-t", "-Z", "{sha1}", _KEYCHAIN),),
    ),
    Store(
        "Windows, current user",
        "win32",
        "certutil",
        (("certutil", "-user", "-addstore", "Root", "{ca}"),),
        (("certutil", "-user", "-delstore", "Root", "{sha1}"),),
    ),
)


def shown(commands: Sequence[Words], platform: str) -> list[str]:
    """Return commands as a person types them on a platform."""
    if platform == "win32":
        return [" ".join(f'"{w}"' if " " in w else w for w in words) for words in commands]
    return [shlex.join(words) for words in commands]
