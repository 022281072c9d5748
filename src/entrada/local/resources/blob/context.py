"""What an operation of the Blob service is given: the request, its account, its place in it.

Knows no operation and no permission. Ids in the state: a container is ``account/container``, a
blob ``account/container/blob``; accounts are lower case, the rest is case-sensitive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrada.local.cloud import Cloud
from entrada.local.http import Inbound
from entrada.local.resources.blob.errors import StorageError, invalid_header
from entrada.local.resources.blob.markup import writable
from entrada.local.state import Document, State

_ACCOUNT_TYPE = "/providers/microsoft.storage/storageaccounts/"
_CONTAINER_NAME = re.compile(r"\$root|\$web|(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LONGEST_BLOB_NAME = 1024


@dataclass(frozen=True, slots=True)
class Context:
    """One request to one storage account; ``container`` and ``blob`` are empty above them.

    ``principal_id`` is the caller's object id once it is known.
    """

    cloud: Cloud
    inbound: Inbound
    account: Document
    account_name: str
    container: str = ""
    blob: str = ""
    principal_id: str = ""

    @classmethod
    def of(cls, cloud: Cloud, inbound: Inbound) -> Context:
        """Find the account of a request; raise :class:`StorageError` where there is none."""
        name = inbound.params.get("account", "").lower()
        account = _account(cloud, name)
        if account is None:
            raise StorageError("ResourceNotFound", f"There is no storage account {name!r}.")
        container, blob = (inbound.params.get(key, "") for key in ("container", "blob"))
        context = cls(cloud, inbound, account, name, container, blob)
        check_names(context)
        return context

    @property
    def state(self) -> State:
        """Where everything is kept."""
        return self.cloud.state

    @property
    def body(self) -> bytes:
        """The request's body."""
        return self.inbound.body

    @property
    def now(self) -> float:
        """The time, in epoch seconds."""
        return self.cloud.clock()

    @property
    def level(self) -> str:
        """What the URL names: ``account``, ``container`` or ``blob``."""
        return "blob" if self.blob else "container" if self.container else "account"

    @property
    def account_url(self) -> str:
        """The account's own URL at the local cloud, without a slash at its end."""
        return f"{self.cloud.endpoints.blob}/{self.account_name}"

    @property
    def container_id(self) -> str:
        """The container's id in the state."""
        return f"{self.account_name}/{self.container}"

    @property
    def blob_id(self) -> str:
        """The blob's id in the state."""
        return f"{self.container_id}/{self.blob}"

    def header(self, name: str) -> str:
        """Return a request header, or nothing; raise where no HTTP answer could repeat it."""
        value = self.inbound.headers.get(name, "").strip()
        if _HEADER_VALUE.fullmatch(value) is None:
            raise invalid_header(name, value)
        return value

    def query(self, name: str) -> str:
        """Return a query parameter, or nothing."""
        return self.inbound.query.get(name, "")

    def scope(self, container: str) -> str:
        """Return the ARM scope of a container, or of the account for an empty name."""
        below = f"/blobServices/default/containers/{container}" if container else ""
        return f"{self.account['id']}{below}"


def _account(cloud: Cloud, name: str) -> Document | None:
    ending = _ACCOUNT_TYPE + name
    found = (body for key, body in cloud.state.under("resource") if key.endswith(ending))
    return next(found, None) if name else None


def check_names(context: Context) -> None:
    """Raise :class:`StorageError` where a container or blob cannot have its name."""
    if context.container and _CONTAINER_NAME.fullmatch(context.container) is None:
        raise StorageError(
            "InvalidResourceName",
            "A container's name has 3 to 63 lower-case letters, digits and single hyphens, and "
            "starts and ends with a letter or digit.",
        )
    blob = context.blob
    if len(blob) > _LONGEST_BLOB_NAME or _CONTROL.search(blob) or not writable(blob):
        raise StorageError(
            "InvalidResourceName",
            f"A blob's name has at most {_LONGEST_BLOB_NAME} characters, none a control character.",
        )
