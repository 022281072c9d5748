"""httpx2: ``httpx2.Client(auth=BearerAuth(credential))``, and ``AsyncClient`` alike."""

from __future__ import annotations

import httpx2

from entrada.integrations._httpx_flow import BearerFlow


class BearerAuth(BearerFlow, httpx2.Auth):
    """Sends a credential's token, as ``auth=`` of a httpx2 client or request.

    ``scope`` may be left out for hosts of Azure.
    """
