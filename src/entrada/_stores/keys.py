"""Where the key that seals a file of tokens comes from: the first source that works.

1. the caller, by ``key=``
2. the system's keychain, where the package ``keyring`` is installed and has one to talk to
3. a file that only its owner can read
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from typing import Any, TypeAlias

from entrada._engine import log
from entrada._engine.world import World
from entrada._stores.locks import alone
from entrada._stores.seal import KEY_BYTES
from entrada._stores.store import StoreUnavailable

KeySource: TypeAlias = bytes | Callable[[], bytes]

_FILE = "sealing.key"
_KEYCHAIN = "the system's keychain"
_SERVICE, _USER = "entrada", "sealing key"


def sealing_key(given: KeySource | None, folder: str, world: World) -> bytes:
    """Return the key for the tokens of a folder; raise StoreUnavailable where there is none."""
    if given is not None:
        return given_key(given)
    try:
        return _by_keychain(folder, world) or _by_file(folder)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreUnavailable(f"no key to seal them with in {folder} ({why})") from None


def key_place(given: KeySource | None, folder: str, world: World) -> str:
    """Say in words where the key of a folder's tokens is kept; nothing is made."""
    if given is not None:
        return "the caller"
    keyring = _keychain(world)
    with contextlib.suppress(Exception):
        if keyring is not None and keyring.get_password(_SERVICE, _USER):
            return _KEYCHAIN
    path = f"{folder}/{_FILE}"
    return path if os.path.exists(path) else "lost"  # noqa: PTH110


def given_key(source: KeySource) -> bytes:
    """Return the caller's key; raise StoreUnavailable where it is none."""
    try:
        value = source() if callable(source) else source
    except Exception as error:
        raise StoreUnavailable(f"key() raised {type(error).__name__}") from error
    if not isinstance(value, bytes) or len(value) != KEY_BYTES:
        raise StoreUnavailable(f"the key given is not {KEY_BYTES} bytes")
    return value


def _by_keychain(folder: str, world: World) -> bytes | None:
    keyring = _keychain(world)
    if keyring is None:
        return None
    try:
        with alone(f"{folder}/{_FILE}.lock"):
            kept = keyring.get_password(_SERVICE, _USER)
            if not kept:
                keyring.set_password(_SERVICE, _USER, secrets.token_hex(KEY_BYTES))
                kept = keyring.get_password(_SERVICE, _USER)
        value = bytes.fromhex(kept or "")
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a locked or broken keychain raises errors of many libraries
        return None
    return value if len(value) == KEY_BYTES else None


def _keychain(world: World) -> Any:
    """Return the module ``keyring`` where it can keep a secret of this user's."""
    if world.platform == "linux" and not world.env.get("DBUS_SESSION_BUS_ADDRESS"):
        return None  # nobody to ask, and asking would load much
    try:
        import keyring
        from keyring.backends import fail, null

        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - not installed, or its back ends do not load here
        return None
    return None if isinstance(backend, fail.Keyring | null.Keyring) else keyring


def _by_file(folder: str) -> bytes:
    path = f"{folder}/{_FILE}"
    with alone(f"{folder}/{_FILE}.lock"):
        value = _read(path)
        if value is None:
            value = secrets.token_bytes(KEY_BYTES)
            _write(path, value)
    return value


def _read(path: str) -> bytes | None:
    """Return a key file's key; one that others can read, or that is none, is removed."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(file, "rb") as opened:
        mode = os.fstat(opened.fileno()).st_mode
        value = opened.read(KEY_BYTES + 1)
    shared = os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)
    if len(value) == KEY_BYTES and not shared:
        return value
    why = "could be read by others" if shared else "was damaged"
    log.warning("%s %s: a new one is made, and what it sealed is lost", path, why)
    os.unlink(path)  # noqa: PTH108
    return None


def _write(path: str, value: bytes) -> None:
    """Write a key file at once: whoever reads it finds all of it or nothing."""
    draft = f"{path}.{secrets.token_hex(4)}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(value)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(draft, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)  # noqa: PTH108
        raise
