"""The async client."""

from __future__ import annotations

from typing import Any


class PostClient:
    """The async one."""

    def __init__(self, endpoint: str, credential: Any, **kwargs: Any) -> None:
        self.endpoint = endpoint
        self.credential = credential
        self.options = kwargs
        self.closed = False

    async def close(self) -> None:
        """Close it."""
        self.closed = True
