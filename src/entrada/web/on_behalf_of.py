"""A web app that is called with a person's access token, and acts for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.on_behalf_of import OnBehalfOf
from entrada._credentials.user import User

if TYPE_CHECKING:
    from entrada._wire.proof import Proof


class Delegated(OnBehalfOf):
    """The recipe of OnBehalfOfCredential with a proof that is there already."""

    def __init__(
        self, tenant: str, client_id: str, proof: Proof, user_assertion: str, options: Any
    ) -> None:
        User.__init__(self, client_id, {**options, "tenant_id": tenant})
        self._proof = proof
        self._take(user_assertion)


class DelegatedCredential(SyncFace, Delegated):
    """OnBehalfOfCredential of a sign-in, for threads."""


class AsyncDelegatedCredential(AsyncFace, Delegated):
    """OnBehalfOfCredential of a sign-in, for asyncio."""
