"""What the system keeps for a process in its own memory is counted (inside/namespace_init.py), or refused (the attacks
of hostile/kernel_memory.py)."""

import ctypes
import errno
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

import pytest

from autograder.inside import filters, isolate, namespace_init
from autograder.inside.namespace_init import MAPPING_BYTES, PIPE_BYTES, PROCESS_BYTES, kernel_memory


def test_pipes_and_mappings_are_counted():
    before, libc = kernel_memory(os.getpid()), ctypes.CDLL(None, use_errno=True)
    ends = [end for _ in range(40) for end in os.pipe()]
    with_pipes = kernel_memory(os.getpid())
    libc.mmap.restype = ctypes.c_void_p
    start = libc.mmap(None, ctypes.c_size_t(16 << 20), 0, 0x22, -1, ctypes.c_long(0))
    for page in range(0, 4000, 2):
        assert libc.mprotect(ctypes.c_void_p(start + page * 4096), 4096, 1) == 0
    with_mappings = kernel_memory(os.getpid())
    libc.munmap(ctypes.c_void_p(start), ctypes.c_size_t(16 << 20))
    for end in ends:
        os.close(end)
    assert with_pipes - before >= 40 * PIPE_BYTES and with_mappings - with_pipes >= 3000 * MAPPING_BYTES


def test_entries_of_epoll_are_counted_and_no_more_of_them_than_needed(monkeypatch):
    mine = [os.getpid()]
    with select.epoll() as watched:
        ends = os.pipe()
        numbers = [os.dup(ends[0]) for _ in range(50)]
        for number in numbers:
            watched.register(number)
        monkeypatch.setattr(namespace_init, "MOST_WATCHES", 49)
        assert namespace_init.has_many_watches(mine) and namespace_init.has_many_watches([*mine, -1])
        monkeypatch.setattr(namespace_init, "MOST_WATCHES", 1000)
        assert not namespace_init.has_many_watches(mine)
        for number in [*numbers, *ends]:
            os.close(number)


def test_a_process_whose_main_thread_has_ended_goes_on():
    source = "import ctypes, threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); ctypes.CDLL(None).pthread_exit(None)"
    with subprocess.Popen([sys.executable, "-c", source]) as child:
        deadline = time.monotonic() + 30
        while namespace_init.state(str(child.pid)) != "Z" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert namespace_init.state(str(child.pid)) == "Z" and namespace_init.goes_on(str(child.pid))
        child.kill()
        assert child.wait() == -9
    with subprocess.Popen(["true"]) as child:
        while namespace_init.state(str(child.pid)) != "Z":
            time.sleep(0.01)
        assert not namespace_init.goes_on(str(child.pid))


def test_an_unreadable_process_counts_with_its_upper_bound(monkeypatch):
    def denied(*_):
        raise PermissionError

    monkeypatch.setattr(namespace_init, "kernel_memory", denied)
    assert namespace_init.total_memory([os.getpid()]) == namespace_init.unfiled_memory([os.getpid()]) > 0


def test_the_quick_count_is_an_upper_bound_of_the_exact_one():
    mine = [os.getpid()]
    exact = namespace_init.total_memory(mine)
    assert namespace_init.unfiled_memory(mine) >= exact
    most = 256 * PIPE_BYTES // 2 + 128**2 * namespace_init.WATCH_BYTES + 65_530 * MAPPING_BYTES
    assert most < PROCESS_BYTES


def test_what_is_swapped_out_counts(monkeypatch):
    """A process may ask for its pages to be swapped out (MADV_PAGEOUT)."""
    files = {"status": "VmSwap:\t 3072 kB\nRssAnon: 1024 kB\n", "smaps_rollup": "Pss_Anon: 1024 kB\nSwapPss: 2048 kB\n"}
    monkeypatch.setattr(namespace_init, "read_proc", lambda path: files[path.rpartition("/")[2]])
    assert namespace_init.unfiled_memory([1]) == PROCESS_BYTES + (4 << 20)
    monkeypatch.setattr(namespace_init, "kernel_memory", lambda pid: 0)
    assert namespace_init.total_memory([1]) == 3 << 20


def watching(monkeypatch, seconds, memory):
    """An init process after one look at memory that took so long."""
    init = namespace_init.NamespaceInit(None, 0, "", {"total_memory_bytes": 1, "total_cpu_seconds": 9.0}, [])
    times = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr(namespace_init, "processes", list)
    monkeypatch.setattr(namespace_init, "unfiled_memory", lambda pids: memory)
    monkeypatch.setattr(namespace_init, "total_memory", lambda pids: memory)
    monkeypatch.setattr(namespace_init, "has_many_locks", lambda: False)
    monkeypatch.setattr(namespace_init, "has_many_watches", lambda pids: False)
    monkeypatch.setattr(namespace_init, "socket_memory", lambda: 0)
    monkeypatch.setattr(init, "reap", lambda: None)
    monkeypatch.setattr(namespace_init.time, "monotonic", lambda: next(times))
    init.watch()
    return init


@pytest.mark.parametrize("seconds, pause", [(0.001, 0.2), (0.03, 0.6), (5.0, 1.0)])
def test_a_look_at_memory_that_takes_long_is_soon_followed_by_another(monkeypatch, seconds, pause):
    """Processes with many mappings make it long, and can allocate much until the next."""
    assert watching(monkeypatch, seconds, 0).next_watch == pytest.approx(100 + seconds + pause)


def test_memory_that_takes_too_long_to_count_is_too_much(monkeypatch):
    monkeypatch.setattr(namespace_init, "COUNT_SECONDS", -1.0)
    memory = namespace_init.total_memory([os.getpid()])
    assert watching(monkeypatch, 0.1, memory).limit_met == "memory"


def test_file_locks_are_counted(tmp_path, monkeypatch):
    with open(tmp_path / "file", "w") as file:
        for byte in range(0, 60, 2):
            fcntl.lockf(file, fcntl.LOCK_EX, 1, byte)
        assert not namespace_init.has_many_locks()
        monkeypatch.setattr(namespace_init, "MOST_LOCKS", 25)
        assert namespace_init.has_many_locks()


@pytest.mark.parametrize("machine", filters.MACHINES)
def test_the_filter_refuses_larger_pipes_and_its_jumps_are_right(machine):
    which, arch = filters.MACHINES[machine]

    def run(number, *arguments):
        """The action of the program for one system call."""
        data = struct.pack("=IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
        code, at, value = filters.program(machine), 0, 0
        while True:
            kind, if_true, if_false, k = struct.unpack_from("=HBBI", code, 8 * at)
            at += 1
            if kind == filters.LOAD:
                value = struct.unpack_from("=I", data, k)[0]
            elif kind == filters.RETURN:
                return k
            else:
                holds = {
                    filters.JUMP_EQUAL: value == k,
                    filters.JUMP_SET: bool(value & k),
                    filters.JUMP_FROM: value >= k,
                }[kind]
                at += if_true if holds else if_false

    refused = filters.FAIL | errno.EPERM
    assert run(filters.FCNTL[which], 3, filters.F_SETPIPE_SZ) == refused
    assert run(filters.FCNTL[which], 3, fcntl.F_SETFL) == filters.ALLOW
    assert run(filters.IOCTL[which], 3, filters.TIOCSTI) == refused and run(filters.IOCTL[which], 3, 1) == filters.ALLOW
    for flags, action in ((0x21, refused), (0x4021, refused), (0x22, filters.ALLOW), (0x1, filters.ALLOW)):
        assert run(filters.MMAP[which], 0, 4096, 3, flags) == action
    core, files = filters.RLIMIT_CORE, 7
    assert (
        run(filters.SETRLIMIT[which], core, 1) == refused and run(filters.SETRLIMIT[which], files, 1) == filters.ALLOW
    )
    assert run(filters.PRLIMIT[which], 0, core, 1) == run(filters.PRLIMIT[which], 0, core, 1 << 32) == refused
    assert run(filters.PRLIMIT[which], 0, core, 0) == run(filters.PRLIMIT[which], 0, files, 1) == filters.ALLOW
    name_of_thread = 15
    for option in (filters.PR_SET_DUMPABLE, filters.PR_SCHED_CORE):
        assert run(filters.PRCTL[which], option) == refused
    assert run(filters.PRCTL[which], name_of_thread) == filters.ALLOW
    assert run(9999) == filters.ALLOW
    for name in ("semget", "msgget", "inotify_init1", "io_setup", "landlock_add_rule", "sync", "fadvise64"):
        assert run(filters.REFUSED[name][which]) == refused


def test_the_tcp_limits_are_what_other_sockets_have(tmp_path, monkeypatch):
    """Inside the sandbox the attack `tcp_buffers` looks at the effect; here at what is written."""
    files = {name: tmp_path / name for name in ("tcp_wmem", "tcp_rmem")}
    for path in files.values():
        path.write_text("4096\t16384\t4194304\n")
    real = open
    monkeypatch.setattr(isolate, "open", lambda path, *mode: real(files[path.rpartition("/")[2]], *mode), raising=False)
    isolate.small_tcp_buffers()
    assert {path.read_text() for path in files.values()} == {f"4096 16384 {isolate.SOCKET_BUFFER}"}
