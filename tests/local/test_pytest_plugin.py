"""The fixture ``local_cloud`` in somebody else's test suite, with a seed of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEED = "[[users]]\nname = 'ana'\n"
TEST = """\
def test_seeded(local_cloud):
    assert set(local_cloud.seeded.users) == {'ana'}
    before = local_cloud.seeded.users['ana']
    local_cloud.user('ben')
    assert local_cloud.reset().users['ana'].password == before.password
"""
OVERRIDE = """\
import pytest

@pytest.fixture
def local_cloud_seed(tmp_path):
    path = tmp_path / 'own.toml'
    path.write_text("[[users]]\\nname = 'ana'\\n")
    return path
"""
EMPTY = "def test_empty(local_cloud):\n    assert local_cloud.seeded.users == {}\n"


@pytest.mark.parametrize(
    ("files", "configuration"),
    [
        ({"test_it.py": TEST, "cloud.toml": SEED}, "local_cloud_seed = cloud.toml\n"),
        ({"test_it.py": TEST, "conftest.py": OVERRIDE}, ""),
        ({"test_it.py": EMPTY}, ""),
    ],
    ids=["configured", "overridden", "none"],
)
def test_the_fixture_has_the_seed_that_its_suite_names(
    files: dict[str, str], configuration: str, tmp_path: Path
) -> None:
    for name, text in {**files, "pytest.ini": f"[pytest]\n{configuration}"}.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={
            name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
