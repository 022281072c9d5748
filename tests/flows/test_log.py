"""The package's log: where its records come from, and that it loads nothing for nobody."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from entrada._engine import log


def test_records_say_who_wrote_them(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    log.debug("one %s", 1)
    log.info("two %s", 2)
    log.warning("three %s", 3)

    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        ("entrada", "DEBUG", "one 1"),
        ("entrada", "INFO", "two 2"),
        ("entrada", "WARNING", "three 3"),
    ]
    assert {record.filename for record in caplog.records} == {"test_log.py"}


_UNHEARD = """
import sys
from entrada._engine import log
log.debug("unheard")
log.info("unheard")
assert "logging" not in sys.modules
log.warning("heard %s", "all the same")
"""


def test_a_process_without_logging_hears_warnings_only() -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-c", _UNHEARD],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert ended.stderr == "heard all the same\n"
