"""The demo, once from beginning to end, and what it says where it cannot begin."""

from __future__ import annotations

import re
from pathlib import Path

from command_line import entrada


def test_the_story_happens_as_told(tmp_path: Path) -> None:
    done = entrada(tmp_path, "demo")
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        '"type": "SystemAssigned",',
        '"userAssignedIdentities": null',
        "Action: Microsoft.Storage/storageAccounts/blobServices/containers/write",
        "created container greetings",
        "listed: hello.txt",
    ):
        assert line in done.stdout
    assert int(re.findall(r"(\d+) roles can be assigned", done.stdout)[0]) > 50
    rows = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()]
    assert [(row[0], row[1], row[2], row[4], row[5]) for row in rows if len(row) == 6][2:] == [
        ("web app, without a role", "ManagedIdentityCredential", "refused", "1", "1"),
        ("web app", "ManagedIdentityCredential", "done", "1", "4"),
        ("laptop", "EnvironmentCredential", "done", "1", "4"),
        ("pod", "WorkloadIdentityCredential", "done", "1", "4"),
    ]
    assert "\x1b" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_without_the_storage_client_it_says_what_to_install(tmp_path: Path) -> None:
    hiding = tmp_path / "azure"
    hiding.mkdir()
    (hiding / "__init__.py").write_text("")
    done = entrada(tmp_path, "demo", extra={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "pip install azure-storage-blob" in done.stderr
