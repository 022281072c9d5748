"""Django: clients of the setting ``ENTRADA_CLIENTS``, closed when the process ends.

ENTRADA_CLIENTS = BASE_DIR / "azure.toml"     # or a mapping, or a registry

def containers(request):
    blob = client(BlobServiceClient)
"""

from __future__ import annotations

import atexit
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from django.core.signals import setting_changed

from entrada.clients.errors import misuse
from entrada.clients.registry import Clients

T = TypeVar("T")

SETTING = "ENTRADA_CLIENTS"

_lock = Lock()
_made: dict[str, Clients] = {}


def clients() -> Clients:
    """Return the registry of the setting; raise ClientsConfigurationError."""
    with _lock:
        if SETTING not in _made:
            said: Any = getattr(settings, SETTING, None)
            if said is None:
                raise misuse(f"settings.{SETTING} is missing.", "Name a file: azure.toml.")
            _made[SETTING] = said if isinstance(said, Clients) else Clients.from_config(said)
            atexit.register(_made[SETTING].close)
        return _made[SETTING]


def client(kind: type[T], name: str | None = None) -> T:
    """Return the client of a class."""
    return clients().get(kind, name)


def _forget(*, setting: str, **_: Any) -> None:
    """Close the clients when a test overrides the setting."""
    if setting == SETTING:
        with _lock:
            made = _made.pop(SETTING, None)
        if made is not None:
            atexit.unregister(made.close)
            made.close()


setting_changed.connect(_forget)
