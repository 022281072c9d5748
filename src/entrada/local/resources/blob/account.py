"""Operations on a whole account: list containers, account information, service properties."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from entrada._engine.effects import Response
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Entry, container_of, http_date
from entrada.local.resources.blob.markup import document, element, elements
from entrada.local.resources.blob.paging import Page, enumeration, first

XML = {"content-type": "application/xml"}
_INCLUDE = frozenset({"metadata", "deleted", "system"})
_ALWAYS = {
    "LeaseStatus": "unlocked",
    "LeaseState": "available",
    "HasImmutabilityPolicy": "false",
    "HasLegalHold": "false",
    "DefaultEncryptionScope": "$account-encryption-key",
    "DenyEncryptionScopeOverride": "false",
}


def list_containers(context: Context) -> Response:
    """List Containers."""
    page = Page.of(context, include=_INCLUDE)
    found, next_marker = first(_containers(context, page), page.size)
    entries = [_entry(name, container, page) for name, container in found]
    return Response(200, XML, enumeration(context, page, "Containers", entries, next_marker))


def account_information(context: Context) -> Response:
    """Get Account Information."""
    account = context.account
    hierarchical = account.get("properties", {}).get("isHnsEnabled", False)
    headers = {
        "x-ms-sku-name": str((account.get("sku") or {}).get("name", "Standard_LRS")),
        "x-ms-account-kind": str(account.get("kind", "StorageV2")),
        "x-ms-is-hns-enabled": str(bool(hierarchical)).lower(),
        "content-length": "0",
    }
    return Response(200, headers)


def service_properties(_context: Context) -> Response:
    """Get Blob Service Properties: everything that can be switched on is off."""
    off = element("Enabled", "false")
    keep_nothing = element("RetentionPolicy", off)
    logging = [element(name, "false") for name in ("Delete", "Read", "Write")]
    version = element("Version", "1.0")
    root = element(
        "StorageServiceProperties",
        element("Logging", version, *logging, keep_nothing),
        element("HourMetrics", version, off, keep_nothing),
        element("MinuteMetrics", version, off, keep_nothing),
        element("Cors"),
        element("DeleteRetentionPolicy", off),
        element("StaticWebsite", off),
    )
    return Response(200, XML, document(root))


def _containers(context: Context, page: Page) -> Iterator[tuple[str, Entry]]:
    base = f"{context.account_name}/"
    found = context.state.under("container", base + page.prefix, base + page.after, page.size + 1)
    for key, body in found:
        yield key.removeprefix(base), container_of(body)


def _entry(name: str, container: Entry, page: Page) -> Element:
    properties = {
        "Last-Modified": http_date(container.modified),
        "Etag": f'"{container.etag}"',
        **_ALWAYS,
    }
    parts = [element("Name", name), element("Properties", *elements(properties))]
    if "metadata" in page.include:
        parts.append(element("Metadata", *elements(container.metadata)))
    return element("Container", *parts)
