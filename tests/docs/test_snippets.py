"""Every Python block of the README and the docs runs, against a local cloud where it needs one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrada.testing import LocalCloud

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_KEPT = ("PATH", "HOME", "PYTHONPATH")
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def snippets() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for index, block in enumerate(_BLOCK.findall(page.read_text()), 1):
            yield f"{page.relative_to(ROOT)}:{index}", block


SNIPPETS = dict(snippets())


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A shell in which somebody follows the docs: a service principal, an app, a pod."""
    with LocalCloud() as cloud:
        app = cloud.service_principal("reader")
        pod = cloud.workload("pod")
        for principal in (app, pod):
            cloud.assign(principal.object_id, "Storage Blob Data Owner")
        token_file = tmp_path_factory.mktemp("pod") / "token"
        token_file.write_text(pod.token)
        yield {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **cloud.environment(),
            **pod.environment(str(token_file)),
            **cloud.web_app("web").environment,
            **app.environment(),
            "AZURE_STORAGE_BLOB_URL": cloud.storage_account("docs"),
            "AZURE_TOKEN_CREDENTIALS": "prod",
            "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
        }


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_runs(name: str, environment: dict[str, str], tmp_path: Path) -> None:
    """What a reader copies out of the docs works as it stands."""
    script = tmp_path / "snippet.py"
    script.write_text(SNIPPETS[name])
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link of the docs names a file that is there."""
    for page in PAGES:
        for target in _LINK.findall(page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
