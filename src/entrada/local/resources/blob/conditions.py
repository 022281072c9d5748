"""Conditional requests: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since.

Follows RFC 9110 section 13 where the Blob service does: an ETag condition makes the date
condition of its pair be ignored, and a date counts whole seconds.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Entry
from entrada.local.resources.blob.errors import StorageError, invalid_header


def check_conditions(
    context: Context, current: Entry | None, *, reading: bool = False, creating: bool = False
) -> None:
    """Raise :class:`StorageError` where the request's conditions do not hold.

    ``current`` is what stands there now. A read that finds nothing new is answered with 304, a
    blob's creation that must not replace one with 409.
    """
    _check_wanted(context, current)
    if current is None:
        return
    unwanted = context.header("if-none-match")
    if creating and unwanted == "*":
        raise StorageError("BlobAlreadyExists")
    if _stands(context, current, unwanted):
        headers = current.validators() if reading else {}
        raise StorageError("ConditionNotMet", status=304 if reading else None, headers=headers)


def _check_wanted(context: Context, current: Entry | None) -> None:
    wanted = context.header("if-match")
    if wanted:
        met = current is not None and _matches(wanted, current)
    else:
        limit = _date(context, "if-unmodified-since")
        met = limit is None or current is None or int(current.modified) <= limit
    if not met:
        raise StorageError("ConditionNotMet")


def _stands(context: Context, current: Entry, unwanted: str) -> bool:
    if unwanted:
        return _matches(unwanted, current)
    since = _date(context, "if-modified-since")
    return since is not None and int(current.modified) <= since


def _matches(header: str, current: Entry) -> bool:
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    return any(tag in ("*", current.etag) for tag in tags)


def _date(context: Context, name: str) -> float | None:
    value = context.header(name)
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise invalid_header(name, value) from error
