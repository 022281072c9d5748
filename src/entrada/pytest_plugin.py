"""The pytest fixture ``local_cloud``: a local cloud of its own for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from entrada.local.running import LocalCloud


@pytest.fixture
def local_cloud() -> Iterator[LocalCloud]:
    """Run a local cloud in memory for one test."""
    from entrada.local.running import LocalCloud

    with LocalCloud() as cloud:
        yield cloud
