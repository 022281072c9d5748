"""Whoever is signed in to Azure in Visual Studio Code, known by the record that it leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Unpack

from entrada._credentials.broker import Brokered
from entrada._credentials.evidence import BROKER, VSCODE, check_vscode
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import CommonOptions, check_options
from entrada._wire.tenants import Tenants, check_tenant
from entrada.errors import CredentialUnavailableError

CLIENT_ID = "aebc6443-996d-45c2-90f0-388ff96faa56"
_LARGEST = 10 * 1024
_TENANT = re.compile(r"[A-Za-z0-9.-]+")
_FIELDS = {
    "tenantId": "tenant_id",
    "clientId": "client_id",
    "authority": "authority",
    "homeAccountId": "home_account_id",
    "username": "username",
}


class VisualStudioCode(Brokered):
    """The recipe of VisualStudioCodeCredential."""

    name = "VisualStudioCodeCredential"

    def __init__(
        self,
        *,
        tenant_id: str | None = None,
        additionally_allowed_tenants: Iterable[str] | None = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        check_options(self.name, options, CommonOptions)
        super().__init__(options)
        self._tenant = check_tenant(tenant_id, "tenant_id") if tenant_id else None
        self._allowed = Tenants.of("", additionally_allowed_tenants).allowed

    def describe(self) -> dict[str, object]:
        """Return the tenant where it is set."""
        return {"tenant_id": self._tenant} if self._tenant else {}

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords."""
        allowed = {"additionally_allowed_tenants": tuple(self._allowed)}
        return {**self._options, **self.describe(), **allowed}

    def arguments(self) -> Mapping[str, Any]:
        """Return who is signed in, as the broker has to know it."""
        fields = self._record()
        try:
            identity = import_module("azure.identity")
        except ImportError:
            raise CredentialUnavailableError(
                f"{self.name}: the package azure-identity-broker is not installed.",
                code="broker_missing",
                hint=BROKER,
            ) from None
        tenant = {"tenant_id": self._tenant} if self._tenant else {}
        return {
            "client_id": CLIENT_ID,
            "authentication_record": identity.AuthenticationRecord(**fields),
            "additionally_allowed_tenants": list(self._allowed),
            **tenant,
        }

    def _record(self) -> dict[str, str]:
        path = check_vscode(self.world)
        try:
            return _read(self.world.read_secret(path, _LARGEST))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise CredentialUnavailableError(
                f"{self.name}: {path} is no usable record of a sign-in: {why}.",
                code="bad_authentication_record",
                hint=f"{VSCODE} again.",
            ) from None


def _read(data: bytes) -> dict[str, str]:
    """Return a record's fields; raise ValueError, which never quotes them."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    for name in _FIELDS:
        if not isinstance(found.get(name), str) or not found[name]:
            raise ValueError(f"it lacks {name}")
    if found["clientId"] != CLIENT_ID:
        raise ValueError("its clientId is not that of the extension Azure Resources")
    if not _TENANT.fullmatch(found["tenantId"]):
        raise ValueError("its tenantId is none")
    return {argument: found[name] for name, argument in _FIELDS.items()}


class VisualStudioCodeCredential(SyncFace, VisualStudioCode):
    """Signs in as whoever is signed in to Azure in Visual Studio Code.

    It needs the extension Azure Resources and the package azure-identity-broker, which asks the
    operating system; no window is ever shown. ``tenant_id`` chooses another tenant than that of
    the sign-in.
    """


class AsyncVisualStudioCodeCredential(AsyncFace, VisualStudioCode):
    """Signs in as whoever is signed in to Azure in Visual Studio Code, for asyncio."""
