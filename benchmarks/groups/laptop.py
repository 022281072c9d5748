"""A laptop where packets to IMDS vanish.

In a network and mount namespace of its own, 169.254.169.254 has a neighbour that never answers and
the machine shows an asset tag that is not Azure's: root, unshare and ip make it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.groups.signed_in import stand_in
from benchmarks.measure import JS, OURS, PEER, Group, Measure, Place, share, within

AZ = "az"
_SUBJECTS = (PEER, JS, OURS)
_SETUP = """
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
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_LEAD = ("unshare", "-nm", "sh", "-c", _SETUP, "sh")


def _missing() -> str:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "it needs root, to make a network in which packets vanish"
    absent = [tool for tool in ("ip", "unshare") if not shutil.which(tool)]
    return f"it needs {' and '.join(absent)}" if absent else ""


@contextlib.contextmanager
def _place(*, signed_in: bool) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        log = stand_in(Path(name)) if signed_in else None
        path = f"{name}:{_PATH}" if log else _PATH
        programs = {AZ: [f"{name}/az"]} if log else {}
        yield Place({"PATH": path, "HOME": name}, programs, _LEAD)


GROUPS = (
    Group(
        "laptop",
        "signed_in",
        "A laptop with `az`",
        "`DefaultAzureCredential`; packets to 169.254.169.254 vanish, the machine's asset tag is "
        "not Azure's, and `az` takes 0.4 s.",
        (
            Measure(
                "first_call",
                "laptop without IMDS, `az` signed in: first call",
                "ms",
                share(1.05, AZ, "`az` + 5 %"),
                (AZ, *_SUBJECTS),
                rounds=5,
                headline=True,
                reason="Before it starts `az`, the chain loads its modules and looks for evidence "
                "of a managed identity: longer where other programs keep the cores busy.",
            ),
            Measure(
                "later_call",
                "the same, each later call",
                "µs",
                within(10, "< 10 µs"),
                _SUBJECTS,
                headline=True,
            ),
        ),
        partial(_place, signed_in=True),
        _missing,
    ),
    Group(
        "laptop_alone",
        "signed_in",
        "A laptop with nothing signed in",
        "The same machine without `az`.",
        (
            Measure(
                "first_failure",
                "first failing call",
                "ms",
                within(20, "< 20 ms"),
                _SUBJECTS,
                rounds=5,
                reason="It loads the modules of every link of the chain: longer where other "
                "programs keep the cores busy. Nothing is waited for.",
            ),
            Measure(
                "later_failure", "each later failing call", "ms", within(20, "< 20 ms"), _SUBJECTS
            ),
        ),
        partial(_place, signed_in=False),
        _missing,
    ),
)
