"""A token for an asynchronous client, from a credential of either colour."""

from __future__ import annotations

import asyncio
from inspect import isawaitable, iscoroutinefunction

from entrada.integrations._bearer import Source


async def header(source: Source, url: str, claims: str | None = None) -> str:
    """Return the ``Authorization`` header for a URL; a credential of threads gets one."""
    if iscoroutinefunction(source.credential.get_token):
        token = source.asked(url, claims)
    else:
        token = await asyncio.to_thread(source.asked, url, claims)
    if isawaitable(token):
        token = await token
    return f"Bearer {token.token}"
