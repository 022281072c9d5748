"""Key Vault's operations on secrets as a table: what a request selects, needs and runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from entrada._engine.effects import Response
from entrada.local.resources.keyvault import authorization, deleting, reading, writing
from entrada.local.resources.keyvault.authorization import Permission
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import VaultError, not_built

Run: TypeAlias = Callable[[Context], Response]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row; in ``path`` a word in braces stands for any segment."""

    method: str
    path: str
    permission: Permission
    run: Run

    def match(self, path: tuple[str, ...]) -> dict[str, str] | None:
        """Return the path's variables where it is this operation's, else ``None``."""
        words = self.path.split("/")
        if len(words) != len(path):
            return None
        pairs = list(zip(words, path, strict=True))
        if any(word[0] != "{" and word != part.lower() for word, part in pairs):
            return None
        return {word[1:-1]: part for word, part in pairs if word[0] == "{"}


_A = authorization

OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "secrets", _A.LIST, reading.list_secrets),
    Operation("POST", "secrets/restore", _A.RESTORE, writing.restore_secret),
    Operation("PUT", "secrets/{name}", _A.SET, writing.set_secret),
    Operation("GET", "secrets/{name}", _A.GET, reading.get_secret),
    Operation("PATCH", "secrets/{name}", _A.UPDATE, writing.update_secret),
    Operation("DELETE", "secrets/{name}", _A.DELETE, deleting.delete_secret),
    Operation("POST", "secrets/{name}/backup", _A.BACKUP, writing.backup_secret),
    Operation("GET", "secrets/{name}/versions", _A.LIST, reading.list_versions),
    Operation("GET", "secrets/{name}/{version}", _A.GET, reading.get_secret),
    Operation("PATCH", "secrets/{name}/{version}", _A.UPDATE, writing.update_secret),
    Operation("GET", "deletedsecrets", _A.LIST, deleting.list_deleted_secrets),
    Operation("GET", "deletedsecrets/{name}", _A.READ_DELETED, deleting.get_deleted_secret),
    Operation("DELETE", "deletedsecrets/{name}", _A.PURGE, deleting.purge_deleted_secret),
    Operation("POST", "deletedsecrets/{name}/recover", _A.RECOVER, deleting.recover_deleted_secret),
)


def select(context: Context) -> tuple[Operation, Mapping[str, str]]:
    """Return the operation that a request asks for, and its variables.

    Raises :class:`VaultError` where there is none.
    """
    path = context.address.path
    found = [(row, params) for row in OPERATIONS if (params := row.match(path)) is not None]
    for row, params in found:
        if row.method == context.inbound.method:
            return row, params
    if found:
        methods = ", ".join(sorted({row.method for row, _ in found}))
        raise VaultError(
            405,
            "MethodNotAllowed",
            f"{context.inbound.method} is not among {methods}.",
            headers={"allow": methods},
        )
    collection = path[0].lower() if path else ""
    if collection in ("secrets", "deletedsecrets", ""):
        raise VaultError(404, "NotFound", "Nothing is at this path; it begins with /secrets.")
    raise not_built(collection)
