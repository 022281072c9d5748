"""A program from its start to its end: ``program.py PROGRAM ARGUMENT…`` prints milliseconds."""

from __future__ import annotations

import subprocess
import sys
import time

if __name__ == "__main__":
    started = time.perf_counter()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
    print((time.perf_counter() - started) * 1e3)
