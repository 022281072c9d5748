"""Key Vault: the secrets of vaults, behind Entra tokens and Azure RBAC or access policies.

Follows the REST reference of Key Vault's data plane; keys and certificates are not built.
"""

from __future__ import annotations

from entrada.local.http import Route
from entrada.local.resources.keyvault.service import answer

ROUTES: tuple[Route, ...] = (
    Route("*", "/{path*}", answer),
    Route("*", "/", answer),
)
