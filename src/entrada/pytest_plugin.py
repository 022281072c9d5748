"""The pytest fixture ``local_cloud``: a local cloud of its own for each test that asks for one.

What is in it from the start says a seed file: ``local_cloud_seed = tests/cloud.toml`` in pytest's
configuration, or a fixture ``local_cloud_seed`` of one's own that returns a path.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from entrada.local.running import LocalCloud

_OPTION = "local_cloud_seed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option of pytest's configuration."""
    parser.addini(_OPTION, "Seed file (TOML) of the fixture local_cloud, relative to the rootdir.")


@pytest.fixture
def local_cloud_seed(pytestconfig: pytest.Config) -> Path | None:
    """Return the seed file of ``local_cloud``; override it for other tests than most."""
    named = str(pytestconfig.getini(_OPTION) or "")
    return pytestconfig.rootpath / named if named else None


@pytest.fixture
def local_cloud(local_cloud_seed: Path | None) -> Iterator[LocalCloud]:
    """Run a local cloud in memory for one test."""
    from entrada.local.running import LocalCloud

    with LocalCloud(seed=local_cloud_seed) as cloud:
        yield cloud
