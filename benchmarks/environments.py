"""Each library's own environment: where its interpreter is, how its probes start, its version."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import entrada
from benchmarks.measure import JS, MSAL, OURS, PEER

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".venv-bench" / "bin" / "python"
AZ = ROOT / ".venv-az" / "bin" / "az"
NODE_ROOT = ROOT / "tests" / "e2e" / "js"
PROBES = Path(__file__).parent / "probes"
_MODULES = {OURS: "entrada", PEER: "azure.identity", MSAL: "msal"}
_VERSIONS = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"


@cache
def missing(library: str) -> str:
    """Return why a library cannot be measured here; ``""`` where it can."""
    if library in (PEER, MSAL) and not PEERS.exists():
        return f"{library} is not installed in .venv-bench: run `make bench`"
    if library == JS and not shutil.which("node"):
        return "node is not here"
    if library == JS and not (NODE_ROOT / "node_modules" / JS).exists():
        return f"{JS} is not in tests/e2e/js/node_modules: run `make bench`"
    return ""


def command(library: str, probe: str, name: str) -> Sequence[str]:
    """Return the command that runs a probe of a library in its own environment."""
    if library == JS:
        return [shutil.which("node") or "node", str(PROBES / "azure_identity.mjs"), name]
    python = sys.executable if library == OURS else str(PEERS)
    return [python, str(PROBES / f"{probe}.py"), name, _MODULES[library]]


def environment(library: str) -> dict[str, str]:
    """Return the variables by which a library's probe finds its modules, and programs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    if library == JS:
        return {**kept, "BENCH_NODE_ROOT": f"{NODE_ROOT}/"}
    paths = [str(ROOT)]
    if library == OURS:
        paths.append(str(Path(entrada.__file__).parents[1]))
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


@cache
def versions() -> Mapping[str, str]:
    """Return the version of each library that is here."""
    found = {OURS: entrada.__version__}
    if not missing(PEER):
        asked = [str(PEERS), "-c", _VERSIONS, "azure-identity", "msal"]
        printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        found |= zip((PEER, MSAL), printed.split(), strict=True)
    if not missing(JS):
        package = json.loads((NODE_ROOT / "node_modules" / JS / "package.json").read_text())
        found[JS] = package["version"]
    return found
