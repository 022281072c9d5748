"""A credential from settings alone, for who has a configuration and no clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada._config.read import of_mapping
from entrada._config.tree import Mistake
from entrada._engine.world import World
from entrada.clients.errors import error_of
from entrada.clients.making import Site, make_credential
from entrada.clients.settings import credential_settings
from entrada.clients.spec import read_credential


def credential_from_config(
    settings: Mapping[str, Any], *, aio: bool = False, world: World | None = None
) -> Any:
    """Make the credential of settings such as ``{"credential_source": "azure_cli"}``.

    Keys are those of a ``credential`` table, or the flat ones (``credential``, ``tenant_id`` …);
    ``aio`` makes the one for asyncio. Raises ClientsConfigurationError.
    """
    around = world or World.real()
    try:
        section = of_mapping(settings, "the settings")
        if section.get("credential") is not None:
            found, _ = read_credential(section, section, around)
        else:
            found = credential_settings(section, around)
    except Mistake as mistake:
        raise error_of(mistake) from None
    assert found is not None  # noqa: S101 - there is a credential, or an error
    return make_credential(found, Site(around), asynchronous=aio)
