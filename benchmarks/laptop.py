"""A laptop where IMDS packets vanish: ``python benchmarks/laptop.py`` (root, Linux, iproute2).

In a network and mount namespace of its own, 169.254.169.254 has a neighbour that never answers, the
machine shows an asset tag that is not Azure's, and ``az`` is a stand-in that takes 0.4 s. Both
libraries run in fresh processes in turn; printed are medians.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

ROUNDS = 5
AZ_SECONDS = 0.4
SETUP = """
set -e
ip link set lo up
ip link add v0 type veth peer name v1
ip addr add 169.254.1.1/16 dev v0
ip link set v0 up
ip link set v1 up
ip neigh add 169.254.169.254 lladdr 02:00:00:00:00:01 dev v0
mount -t tmpfs tmpfs /sys/class
mkdir -p /sys/class/dmi/id
echo 'No Asset Tag' > /sys/class/dmi/id/chassis_asset_tag
if [ ! -e /.dockerenv ]; then exec "$@"; fi
# A laptop is no container: the same tree without the mark of one.
layers=$(mktemp -d)
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$layers/root"
mknod "$layers/upper/.dockerenv" c 0 0
mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" "$layers/root"
for each in proc sys dev tmp; do mount --rbind "/$each" "$layers/root/$each"; done
here=$PWD
exec chroot "$layers/root" sh -c 'cd "$0" && exec "$@"' "$here" "$@"
"""
AZ = """#!/bin/sh
sleep 0.4
echo '{"accessToken": "t", "expires_on": 4102444800, "tokenType": "Bearer"}'
"""
PROBE = """
import sys, time
from LIBRARY import DefaultAzureCredential
credential = DefaultAzureCredential()
def ask():
    started = time.perf_counter()
    try:
        credential.get_token("https://storage.azure.com/.default")
    except Exception:
        pass
    return (time.perf_counter() - started) * 1e3
first = ask()
later = min(ask() for _ in range(CALLS))
print(first, later)
"""


def main() -> None:
    """Measure in a namespace of our own."""
    if "inside" not in sys.argv:
        if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
            sys.exit("this benchmark needs root, unshare and ip (Debian: util-linux, iproute2)")
        inside = [sys.executable, __file__, "inside"]
        command = ["unshare", "-nm", "sh", "-c", SETUP, "sh", *inside]
        sys.exit(subprocess.run(command, check=False).returncode)
    with tempfile.TemporaryDirectory() as folder:
        az = Path(folder) / "az"
        az.write_text(AZ)
        az.chmod(0o700)
        profile = Path(folder) / ".azure"
        profile.mkdir()
        (profile / "azureProfile.json").write_text("{}")
        alone = statistics.median(_seconds_alone(az) for _ in range(ROUNDS)) * 1e3
        print(f"az alone: {alone:.0f} ms\n")
        print("| | azure-identity | entrada |\n|---|---:|---:|")
        _row("`az` signed in, first call", folder, 0)
        _row("`az` signed in, each later call", folder, 1)
        _row("nothing signed in, first failing call", "", 0)
        _row("nothing signed in, each later failing call", "", 1)


def _row(title: str, path: str, which: int) -> None:
    peer, ours = (_median(library, path, which) for library in ("azure.identity", "entrada"))
    print(f"| {title} | {_show(peer)} | {_show(ours)} |", flush=True)


def _show(milliseconds: float) -> str:
    if milliseconds < 1:
        return f"{milliseconds * 1e3:.1f} µs"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def _median(library: str, path: str, which: int) -> float:
    calls = 1000 if library == "entrada" and path else 3
    code = textwrap.dedent(PROBE).replace("LIBRARY", library).replace("CALLS", str(calls))
    return statistics.median(
        float(
            subprocess.run(
                [sys.executable, "-c", code],
                env={"PATH": f"{path}:/usr/bin:/bin", "HOME": path or "/nonexistent"},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                check=True,
            ).stdout.split()[which]
        )
        for _ in range(ROUNDS)
    )


def _seconds_alone(az: Path) -> float:
    started = time.perf_counter()
    subprocess.run([str(az)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
