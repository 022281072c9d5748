from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrada import telemetry
from telemetry.recording import Recording


@pytest.fixture
def recording() -> Iterator[Recording]:
    made = Recording()
    made.start()
    yield made
    telemetry.uninstrument()
