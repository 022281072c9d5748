"""How databases are given tokens, and whose name goes with one."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from test_redis_provider import segment_of

import entrada
import entrada.aio
from entrada.errors import ConfigurationError
from entrada.integrations._database import access_token_attribute, user_of
from entrada.integrations.psycopg import EntraConnection
from entrada.integrations.sqlalchemy import attach

PYODBC = SimpleNamespace(paramstyle="qmark", version="5.2.0", Error=OSError, Cursor=object)
"""Stands for pyodbc, which loads only where an ODBC manager is installed."""


class _Opened(Exception):
    """Ends an attempt to connect with what the driver would have been given."""

    def __init__(self, given: list[Any], named: dict[str, Any]) -> None:
        super().__init__()
        self.given, self.named = given, named


def _token(**claims: Any) -> str:
    return f"e30.{segment_of(claims)}.x"


def _opened(url: str, token: str, **options: Any) -> _Opened:
    credential = entrada.StaticTokenCredential(token, expires_on=2e9)
    engine = attach(create_engine(url, **options), credential)

    def stop(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> None:
        raise _Opened(given, named)

    event.listen(engine, "do_connect", stop)
    with pytest.raises(_Opened) as caught:
        engine.connect()
    return caught.value


def test_azure_sql_gets_the_token_as_an_attribute() -> None:
    """Its length in bytes, then UTF-16; of several attributes the others stay."""
    assert access_token_attribute("eyJ") == {1256: b"\x06\x00\x00\x00e\x00y\x00J\x00"}
    url = "mssql+pyodbc://x.database.windows.net/db?driver=ODBC+Driver+18+for+SQL+Server"
    opened = _opened(url, "token", module=PYODBC, connect_args={"attrs_before": {113: 5}})
    attributes = opened.named["attrs_before"]
    (length,) = struct.unpack_from("<I", attributes[1256])
    assert attributes[1256][4:].decode("utf-16-le") == "token"
    assert (length, attributes[113]) == (10, 5)
    assert "Trusted_Connection" not in opened.given[0]
    assert "ODBC Driver 18" in opened.given[0]


@pytest.mark.parametrize(
    "url",
    [
        "mssql+pyodbc://sa:secret@x/db?driver=d",
        "mssql+pyodbc://x/db?driver=d&Authentication=ActiveDirectoryMsi",
    ],
)
def test_azure_sql_takes_one_way_to_sign_in(url: str) -> None:
    credential = entrada.StaticTokenCredential("t", expires_on=2e9)
    engine = attach(create_engine(url, module=PYODBC), credential)
    with pytest.raises(ConfigurationError) as caught:
        engine.connect()
    assert caught.value.code == "two_ways_to_sign_in"
    assert "secret" not in str(caught.value)


def test_postgresql_gets_the_token_as_password_over_tls() -> None:
    """Unless the URL says that TLS is not needed; a role that it names stays."""
    token = _token(upn="ana@contoso.example")
    named = _opened("postgresql+psycopg://host/db", token).named
    assert (named["user"], named["password"]) == ("ana@contoso.example", token)
    assert named["sslmode"] == "require"
    url = "postgresql+psycopg://bob@host/db?sslmode=verify-full"
    named = _opened(url, token).named
    assert (named["user"], named["sslmode"]) == ("bob", "verify-full")


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({"xms_mirid": "/subscriptions/s/x/userAssignedIdentities/app-id", "upn": "u"}, "app-id"),
        ({"upn": "u", "unique_name": "n"}, "u"),
        ({"preferred_username": "p"}, "p"),
        ({"unique_name": "n"}, "n"),
    ],
)
def test_a_token_has_a_name_in_the_database(claims: dict[str, Any], user: str) -> None:
    assert user_of(_token(**claims)) == user


@pytest.mark.parametrize("token", ["opaque", _token(appid="x"), "a.b.c"])
def test_one_without_a_name_needs_a_role(token: str) -> None:
    with pytest.raises(ConfigurationError, match="by which name"):
        user_of(token)


def test_misuse_is_named() -> None:
    credential = entrada.StaticTokenCredential("t", expires_on=2e9)
    with pytest.raises(ConfigurationError, match=r"sqlite\+pysqlite"):
        attach(create_engine("sqlite://"), credential)
    with pytest.raises(TypeError, match="Engine"):
        attach("postgresql://", credential)
    with pytest.raises(TypeError, match="asynchronous"):
        later = entrada.aio.StaticTokenCredential("t", expires_on=2e9)
        attach(create_engine("postgresql+psycopg://h/d"), later)
    with pytest.raises(TypeError, match="credential="):
        EntraConnection.connect("host=nowhere")
