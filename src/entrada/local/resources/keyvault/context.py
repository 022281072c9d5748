"""What an operation of Key Vault is given: the request, its vault, its caller, what it names.

Knows no operation and no permission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from entrada.local.cloud import Cloud
from entrada.local.http import Inbound
from entrada.local.resources.keyvault.errors import VaultError, bad_parameter
from entrada.local.resources.naming import resources_of
from entrada.local.resources.vault_names import TYPE, Address, locate
from entrada.local.state import Document, State

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")


@dataclass(frozen=True, slots=True)
class Context:
    """One request to one vault; ``claims`` are the caller's token's, once it is believed."""

    cloud: Cloud
    inbound: Inbound
    address: Address
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cloud: Cloud, inbound: Inbound) -> Context:
        """Find the vault of a request; raise :class:`VaultError` where that is not clear."""
        address = locate(cloud, inbound)
        if address is None:
            count = len(resources_of(cloud, TYPE))
            raise VaultError(
                404,
                "VaultNotFound",
                f"The URL names no vault that is there, and the local cloud has {count}, so it "
                f"stands for no single one. Use {cloud.endpoints.vault}/{{vault}}, which is the "
                "vault's vaultUri at Azure Resource Manager.",
            )
        return cls(cloud, inbound, address)

    @property
    def state(self) -> State:
        """Where everything is kept."""
        return self.cloud.state

    @property
    def now(self) -> int:
        """The time, in whole epoch seconds."""
        return int(self.cloud.clock())

    @property
    def vault(self) -> Document:
        """The vault, as ARM keeps it."""
        return self.address.vault

    @property
    def principal_id(self) -> str:
        """The caller's object id."""
        return str(self.claims["oid"])

    @property
    def name(self) -> str:
        """The secret's name, as the request writes it; nothing where it is about no single one."""
        return self.params.get("name", "")

    @property
    def version(self) -> str:
        """The secret's version; nothing for the latest."""
        return self.params.get("version", "").lower()

    @property
    def scope(self) -> str:
        """The ARM scope of the secret, or of the vault where the request names no secret."""
        return f"{self.vault['id']}/secrets/{self.name}" if self.name else str(self.vault["id"])

    def body(self) -> Document:
        """Read the JSON body; raise :class:`VaultError` where it is no object."""
        try:
            body = self.inbound.json()
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise bad_parameter("The request's body is not a JSON object.")
        return body

    def check_name(self) -> None:
        """Raise :class:`VaultError` where no secret can have the request's name."""
        if self.name and _NAME.fullmatch(self.name) is None:
            raise bad_parameter(
                f"The request URI contains an invalid name: {self.name}. A name has 1 to 127 "
                "letters, digits and hyphens."
            )
