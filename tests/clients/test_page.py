"""What docs/clients.md shows is what the code has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import page_tables
import pytest

from entrada.clients import Clients
from entrada.clients.options import DIAGNOSTICS, RETRY
from entrada.testing import World

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"


@pytest.mark.parametrize("rows", [page_tables.sources, page_tables.kinds, page_tables.options])
def test_a_table_of_the_page_is_the_codes(rows: Callable[[], Iterator[str]]) -> None:
    """``python tests/clients/page_tables.py`` prints it anew."""
    assert "\n".join(rows()) in PAGE.read_text()


def test_the_pages_configuration_is_right(tmp_path: Path) -> None:
    """As a file."""
    block = PAGE.read_text().partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "azure.toml"
    path.write_text(block)
    world = World.real()._replace(env={})
    rows = Clients.from_config(path, world=world).describe()
    assert [row.credential for row in rows] == [
        "auto",
        "managed_identity (identity_client_id=11111111-2222-3333-4444-555555555555)",
    ]


def test_dotnets_options_are_taken_by_real_clients() -> None:
    """All that the table has a keyword for, of storage and of the others."""
    for kind, storage in (("blob", True), ("secrets", False)):
        options = {
            name: {
                each.name: _value(each.name)
                for each in table
                if (each.storage if storage else each.keyword)
            }
            for name, table in (("retry", RETRY), ("diagnostics", DIAGNOSTICS))
        }
        content = {
            "clients": {"a": {"kind": kind, "endpoint": "https://a.example", "options": options}}
        }
        registry = Clients.from_config(content, world=World.fake())
        with registry:
            registry.get(_class(kind))


def _value(name: str) -> object:
    return {"mode": "Fixed", "application_id": "shop", "is_logging_content_enabled": True}.get(
        name, 3
    )


def _class(kind: str) -> type:
    from azure.keyvault.secrets import SecretClient
    from azure.storage.blob import BlobServiceClient

    return BlobServiceClient if kind == "blob" else SecretClient
