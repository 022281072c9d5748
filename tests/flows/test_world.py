from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from entrada._engine.effects import Completed, Run
from entrada._engine.world import FakeClock, World


def test_the_real_world_is_this_machine() -> None:
    world = World.real()

    assert world is World.real()
    assert world.env is os.environ
    assert world.platform == sys.platform
    assert abs(world.now() - time.time()) < 60
    assert world.elapsed() <= world.elapsed()
    assert 0 <= world.chance() < 1
    assert world.which("sh")
    assert world.which("no-such-program-anywhere") is None
    assert world.sleep is None


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the standard library looks")
def test_a_program_is_found_where_the_standard_library_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("missing", "folder", "text", "program", "later")]
    for folder in folders[1:]:
        folder.mkdir()
    (folders[1] / "az").mkdir()
    (folders[2] / "az").write_text("no program")
    for folder in folders[3:]:
        (folder / "az").write_text("#!/bin/sh\n")
        (folder / "az").chmod(0o700)
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
    monkeypatch.chdir(folders[4])

    assert World.real().which("az") == shutil.which("az") == str(folders[3] / "az")

    monkeypatch.setenv("PATH", "")
    assert World.real().which("az") is None
    monkeypatch.setenv("PATH", f"{os.pathsep}{folders[3]}")
    assert World.real().which("az") == str(folders[3] / "az")


def test_a_real_files_stamp_changes_when_it_is_replaced(tmp_path: Path) -> None:
    world, file = World.real(), tmp_path / "profile"
    assert world.stamp(str(file)) is None
    file.write_bytes(b"one")
    before = world.stamp(str(file))
    assert before == world.stamp(str(file))

    other = tmp_path / "other"
    other.write_bytes(b"two")
    other.replace(file)

    assert world.stamp(str(file)) != before
    assert world.read(str(file)) == b"two"


def test_a_real_program_runs() -> None:
    assert World.real().run(Run(("/bin/sh", "-c", "exit 3"))).code == 3


def test_a_fake_worlds_clock_moves_only_when_told_and_sleeping_tells_it() -> None:
    clock = FakeClock(100.0)
    world = World.fake(clock=clock)
    assert world.sleep is not None

    clock.advance(5)
    world.sleep(2)

    assert (world.now(), world.elapsed()) == (107.0, 107.0)


def test_a_fake_world_has_nothing_but_what_it_was_given() -> None:
    world = World.fake({"A": "b"}, files={"/f": b"text"}, chance=0.25, platform="win32")

    assert dict(world.env) == {"A": "b"}
    assert world.read("/f") == b"text"
    assert (world.chance(), world.platform) == (0.25, "win32")
    assert world.stamp("/f") is not None
    assert world.stamp("/other") is None
    assert world.which("az") is None
    with pytest.raises(FileNotFoundError):
        world.read("/other")
    with pytest.raises(FileNotFoundError):
        world.run(Run(("/usr/bin/az",)))


def test_a_fake_worlds_files_and_environment_may_change_under_way() -> None:
    env: dict[str, str] = {}
    files: dict[str, bytes] = {}
    world = World.fake(env, files=files)

    env["A"], files["/f"] = "b", b"text"

    assert world.env["A"] == "b"
    assert world.read("/f") == b"text"


def test_a_fake_program_answers_for_what_its_name_is_found_as() -> None:
    seen: list[Run] = []

    def az(program: Run) -> Completed:
        seen.append(program)
        return Completed(0, "out")

    world = World.fake(programs={"az": az})
    path = world.which("az")
    assert path is not None

    assert world.run(Run((path, "version"))).stdout == "out"
    assert seen[0].argv == (path, "version")
