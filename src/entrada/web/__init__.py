"""Signing people in to web apps with Microsoft Entra, on the server; and checking what APIs get.

The adapters are :mod:`entrada.web.asgi` (FastAPI, Starlette), :mod:`entrada.web.wsgi`,
:mod:`entrada.web.flask` and :mod:`entrada.web.django`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrada.web.errors import AccessDeniedError, SignInRequiredError
    from entrada.web.guard import (
        current_session,
        require_context,
        require_recent,
        require_role,
        require_scope,
        require_user,
    )
    from entrada.web.session import Session, User
    from entrada.web.sign_in import SignIn
    from entrada.web.stores import MemoryStore, SessionStore, SqliteStore

_HOMES = {
    "AccessDeniedError": "errors",
    "MemoryStore": "stores",
    "Session": "session",
    "SessionStore": "stores",
    "SignIn": "sign_in",
    "SignInRequiredError": "errors",
    "SqliteStore": "stores",
    "User": "session",
    "current_session": "guard",
    "require_context": "guard",
    "require_recent": "guard",
    "require_role": "guard",
    "require_scope": "guard",
    "require_user": "guard",
}

__all__ = [
    "AccessDeniedError",
    "MemoryStore",
    "Session",
    "SessionStore",
    "SignIn",
    "SignInRequiredError",
    "SqliteStore",
    "User",
    "current_session",
    "require_context",
    "require_recent",
    "require_role",
    "require_scope",
    "require_user",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'entrada.web' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"entrada.web.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
