"""Control groups: used where they are delegated, without effect where they are not. Most of it with a tree of plain files;
that processes move is tried in the machine's own cgroup v2 hierarchy, where it can be written."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.sandbox import cgroup, walled_kernel
from autograder.sandbox.walled_kernel import WalledKernel

FILES = ("cgroup.procs", "cgroup.subtree_control", "cpu.weight", "memory.max", "pids.max")


class Tree(type(Path())):
    """A folder in which each new folder has the files of a group."""

    def mkdir(self, *args, **options):
        super().mkdir(*args, **options)
        for name in FILES:
            (self / name).touch()


@pytest.fixture
def delegated(tmp_path):
    folder = Tree(tmp_path / "scope")
    folder.mkdir()
    (folder / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (folder / "cgroup.procs").write_text("4000\n4001\n")
    return folder


def test_a_worker_gets_a_group_with_its_limits(delegated):
    group = cgroup.join(delegated)
    assert group.folder == delegated / f"{cgroup.WORKER}{os.getpid()}"
    group.limit(1000, 10)
    assert (group.folder / "cgroup.procs").read_text() == f"{os.getpid()}\n"
    assert (group.folder / "cpu.weight").read_text() == "100\n"
    assert int((group.folder / "memory.max").read_text()) == 1000 + cgroup.SPARE_BYTES
    assert int((group.folder / "pids.max").read_text()) == 10 + cgroup.SPARE_PROCESSES
    assert (delegated / "cgroup.subtree_control").read_text() == "+cpu +memory +pids\n"
    assert (delegated / cgroup.GRADER / "cgroup.procs").read_text() == "4001\n"  # the last that was written


def test_what_is_not_delegated_changes_nothing(delegated, monkeypatch, tmp_path):
    (delegated / "cgroup.controllers").write_text("hugetlb\n")
    assert "cpu, memory, pids" in cgroup.why_not(delegated)
    assert "no cgroup v2" in cgroup.why_not(None) and "no cgroup v2" in cgroup.why_not(tmp_path)
    monkeypatch.setattr(cgroup, "own_folder", lambda: delegated)
    assert cgroup.delegated() is None and cgroup.join() is None
    assert cgroup.line()[0] is None and "systemd-run --user --scope -p Delegate=yes" in cgroup.line()[1]
    (delegated / "cgroup.controllers").write_text("cpu memory pids\n")
    assert cgroup.line()[0] is True and cgroup.delegated() == delegated


def test_the_group_above_is_used_from_within_the_graders(delegated, monkeypatch):
    inside = delegated / cgroup.GRADER
    inside.mkdir()
    monkeypatch.setattr(cgroup, "own_folder", lambda: inside)
    assert cgroup.delegated() == delegated
    assert f"below {inside} (" not in cgroup.line()[1]  # the doctor names the one that workers will get


def test_a_group_that_cannot_be_made_is_no_error(delegated):
    (delegated / "cgroup.subtree_control").unlink()
    assert cgroup.join(delegated) is None


@pytest.mark.parametrize(
    ("mount", "group", "folder"),
    [
        ("/", "0::/user.slice/a.scope", "/sys/fs/cgroup/user.slice/a.scope"),
        ("/", "1:cpu:/x\n0::/", "/sys/fs/cgroup"),
        ("/docker/1", "0::/docker/1/a", "/sys/fs/cgroup/a"),
    ],
)
def test_the_own_group_is_found(tmp_path, mount, group, folder):
    (tmp_path / "mounts").write_text(f"30 23 0:26 {mount} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    (tmp_path / "groups").write_text(group + "\n")
    assert cgroup.own_folder(tmp_path / "mounts", tmp_path / "groups") == Path(folder)
    assert cgroup.own_folder(tmp_path / "nothing", tmp_path / "groups") is None


@pytest.mark.parametrize(("limit_met", "accident"), [(1, False), (0, True)])
def test_the_groups_own_limit_is_the_submissions_fault_and_the_machines_is_an_accident(
    delegated, monkeypatch, limit_met, accident
):
    kills = [5]
    monkeypatch.setattr(walled_kernel, "oom_kills", lambda: kills[0])
    group = cgroup.join(delegated)
    (group.folder / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\n")
    host = SimpleNamespace(cpu=-1, group=group, zygote=lambda: SimpleNamespace(new_folder=lambda: delegated))
    kernel = WalledKernel(host, {}, None)
    (group.folder / "memory.events").write_text(f"low 0\nhigh 0\nmax 3\noom {2 + limit_met}\noom_kill 3\n")
    kills[0] = 6
    assert bool(kernel.accident(0.1)) is accident


def test_abandoned_groups_are_removed_and_processes_really_move():
    """In the real hierarchy, without controllers: what this system has."""
    folder = cgroup.own_folder()
    if folder is None or not os.access(folder, os.W_OK):
        pytest.skip("no cgroup v2 directory that can be written")
    own = folder / f"{cgroup.WORKER}{os.getpid()}-test"
    own.mkdir()
    try:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        (own / "cgroup.procs").write_text(f"{child.pid}\n")
        assert (own / "cgroup.procs").read_text() == f"{child.pid}\n"
        cgroup.remove_abandoned(folder)
        assert own.exists()
        child.communicate(b"\n")
    finally:
        cgroup.remove_abandoned(folder)
    assert not own.exists()


MEETS_ITS_LIMITS = """
import os
import signal

from autograder.sandbox import cgroup

cgroup.SPARE_BYTES, cgroup.SPARE_PROCESSES = 200 << 20, 10
group = cgroup.join()
group.limit(100 << 20, 10)
before = group.events()


def fills(megabytes):
    child = os.fork()
    if child == 0:
        held = [b"x" * (1 << 20) for _ in range(megabytes)]
        os._exit(0 if held else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


print(fills(100), group.kills_since(before), fills(600), group.kills_since(before))
children = []
try:
    while len(children) < 100:
        children.append(os.fork())
        if children[-1] == 0:
            signal.pause()
except BlockingIOError:
    print(len(children))
for child in children:
    os.kill(child, 9)
"""


@pytest.mark.skipif(cgroup.delegated() is None, reason="this process may make no control groups")
def test_the_systems_own_limits_hold():
    run = subprocess.run(
        [sys.executable, "-c", MEETS_ITS_LIMITS], capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout.split() == ["0", "0", "-9", "1", "19"]
