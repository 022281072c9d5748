"""What databases share: whose a token is, and how each of them wants it."""

from __future__ import annotations

import struct

from entrada._wire.jwt import decoded_segment
from entrada.errors import ConfigurationError

POSTGRES_SCOPE = "https://ossrdbms-aad.database.windows.net/.default"
SQL_SCOPE = "https://database.windows.net/.default"

SQL_COPT_SS_ACCESS_TOKEN = 1256
"""The attribute of Microsoft's ODBC driver that takes a token, to be set before connecting."""

_NAMES = ("upn", "preferred_username", "unique_name")


def user_of(token: str) -> str:
    """Return the role's name that Azure's PostgreSQL gives whom a token is of.

    A managed identity goes by its resource's name, a person by the user principal name. Raises
    ConfigurationError where a token says neither, as those of service principals do.
    """
    parts = token.split(".")
    claims = decoded_segment(parts[1]) if len(parts) == 3 else {}
    names = [str(claims.get("xms_mirid") or "").rpartition("/")[2]]
    names += [str(claims.get(name) or "") for name in _NAMES]
    for name in names:
        if name:
            return name
    raise ConfigurationError(
        "The token does not say by which name its owner goes in the database.",
        code="no_database_user",
        hint="Name the role that was created for it: user=<role>, or in the URL.",
    )


def access_token_attribute(token: str) -> dict[int, bytes]:
    """Return ``attrs_before`` for pyodbc: the token as length and UTF-16, little-endian.

    Source: Microsoft's "Using Microsoft Entra ID with the ODBC Driver", SQL_COPT_SS_ACCESS_TOKEN.
    """
    text = token.encode("utf-16-le")
    return {SQL_COPT_SS_ACCESS_TOKEN: struct.pack(f"<I{len(text)}s", len(text), text)}
