"""Microsoft Graph: the directory over HTTP."""

from __future__ import annotations

from entrada.local.http import Route

ROUTES: tuple[Route, ...] = ()
