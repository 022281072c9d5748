"""IoT Hub: its service API, behind Azure RBAC."""

from __future__ import annotations

from entrada.local.http import Route

ROUTES: tuple[Route, ...] = ()
