"""httpx: ``httpx.Client(auth=BearerAuth(credential))``, and ``AsyncClient`` alike."""

from __future__ import annotations

import httpx

from entrada.integrations._httpx_flow import BearerFlow


class BearerAuth(BearerFlow, httpx.Auth):
    """Sends a credential's token, as ``auth=`` of a httpx client or request.

    ``scope`` may be left out for hosts of Azure.
    """
