"""What a figure depends on beside the code: processor, kernel, interpreter."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path


def machine() -> dict[str, str]:
    """Return what the page says of this machine."""
    return {
        "processor": f"{os.cpu_count()} cores, {_model()}",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Node.js": _printed("node", "--version"),
        "free-threaded Python": _printed(free_threaded() or "python3.13t", "--version"),
    }


def free_threaded() -> str:
    """Return a Python without the global lock that is on PATH; ``""`` where there is none."""
    return next(filter(None, map(shutil.which, ("python3.14t", "python3.13t"))), "")


def _model() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _printed(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "none here"
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
