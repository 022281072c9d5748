"""The local cloud's Blob service: block blobs behind Entra tokens and Azure RBAC.

URLs are in path style, ``{blob endpoint}/{account}/{container}/{blob}``. Follows the REST
reference of Azure Blob Storage; keys, SAS, leases, snapshots and tags are not built.
"""

from __future__ import annotations

from entrada.local.http import Route
from entrada.local.resources.blob.service import answer

ROUTES: tuple[Route, ...] = (
    Route("*", "/{account}", answer),
    Route("*", "/{account}/{container}", answer),
    Route("*", "/{account}/{container}/{blob*}", answer),
    Route("*", "/{nothing*}", answer),
    Route("*", "/", answer),
)
