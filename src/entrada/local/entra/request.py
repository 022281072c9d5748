"""One request to the token endpoint, read but not yet believed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_plus

from entrada.local.entra.errors import refuse
from entrada.local.entra.tenants import named_tenant

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound, Refusal
    from entrada.local.state import Document


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request; ``tenant`` is ``None`` where the URL names no single one."""

    cloud: Cloud = field(repr=False)
    inbound: Inbound
    form: Mapping[str, str] = field(repr=False)
    version: Literal[1, 2]
    tenant_name: str
    tenant: Document | None

    @classmethod
    def read(cls, cloud: Cloud, inbound: Inbound, version: Literal[1, 2]) -> TokenRequest:
        """Read a request; refuse a tenant that does not exist."""
        name = inbound.params["tenant"]
        tenant = named_tenant(cloud, inbound, name)
        return cls(cloud, inbound, inbound.form(), version, name, tenant)

    def required(self, name: str) -> str:
        """Return a body parameter; refuse the request that lacks it."""
        value = self.form.get(name, "").strip()
        if not value:
            raise self.refuse(900144, parameter=name)
        return value

    def refuse(
        self, code: int, *, error: str | None = None, suberror: str | None = None, **values: str
    ) -> Refusal:
        """Return the refusal with that AADSTS code; see :func:`errors.refuse`."""
        return refuse(self.cloud, self.inbound, code, error=error, suberror=suberror, **values)

    def basic(self) -> tuple[str, str] | None:
        """Return client id and secret of HTTP Basic (RFC 6749, 2.3.1), if they are there."""
        scheme, _, encoded = self.inbound.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            text = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        user, colon, secret = text.partition(":")
        return (unquote_plus(user), secret) if colon else None
