"""Microsoft Graph's error shape, and the errors that more than one part of it raises.

Codes and texts are those of Graph, because clients match on them.
https://learn.microsoft.com/graph/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BAD_REQUEST = "Request_BadRequest"
NOT_FOUND = "Request_ResourceNotFound"
DENIED = "Authorization_RequestDenied"
INVALID_TOKEN = "InvalidAuthenticationToken"  # noqa: S105 - an error code
UNSUPPORTED_QUERY = "Request_UnsupportedQuery"
CONFLICT = "Request_MultipleObjectsWithSameKeyValue"


@dataclass(slots=True, eq=False)
class GraphError(Exception):
    """A refusal that is not yet a response.

    ``reason`` is for people who ask why; with ``""`` the message says it all.
    """

    status: int
    code: str
    message: str
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def bad_request(message: str, code: str = BAD_REQUEST) -> GraphError:
    """Return the error for a mistake of the caller's."""
    return GraphError(400, code, message)


def not_found(name: str) -> GraphError:
    """Return the error for an object that is not there."""
    return GraphError(
        404,
        NOT_FOUND,
        f"Resource '{name}' does not exist or one of its queried reference-property objects are "
        "not present.",
    )


def taken(name: str) -> GraphError:
    """Return the error for a value that another object has and no two may have."""
    return GraphError(
        400, CONFLICT, f"Another object with the same value for property {name} already exists."
    )


def unsupported(message: str) -> GraphError:
    """Return the error for a query that Graph, or this one, cannot answer."""
    return GraphError(400, UNSUPPORTED_QUERY, message)
