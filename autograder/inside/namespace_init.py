"""The init process (pid 1) of a kernel's pid namespace: when it ends, the system ends every process in there.

It runs no code of a student's. It forks the kernel, carries out the grader's commands (interrupt; kill everything but
the snapshots), watches the memory of all processes together, and exits when the grader closes the control socket or
dies.
"""

import json
import os
import re
import select
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import isolate

WATCH_SECONDS, MAX_WATCH_SECONDS = 0.2, 1.0  # between two measurements of the memory of all processes
COUNT_SECONDS = 1.0  # CPU time for one measurement; the time depends on mappings and pages, which a student controls
UNCOUNTABLE = 1 << 62  # bytes
TICKS = os.sysconf("SC_CLK_TCK")
SOCKET_BYTES = 2 * isolate.SOCKET_BUFFER  # upper bound on the data queued in one socket
PIPE_BYTES, MAPPING_BYTES, WATCH_BYTES = 1 << 16, 256, 200  # kernel memory of a pipe, a mapping, an epoll entry
PROCESS_BYTES = 30 << 20  # upper bound on kernel_memory of one process: 256 open files, 65,530 mappings
# Entries of epoll: if a file number is reused, entries of files that other processes have open remain.
MOST_WATCHES = 100_000
MOST_LOCKS = 100_000  # file locks; 200 bytes of kernel memory each


class NamespaceInit:
    """control: SOCK_SEQPACKET socket to the grader. kernel: the kernel's pid in this namespace.
    writable: mount points that become read-only with `seal`."""

    def __init__(self, control: socket.socket, kernel: int, folder: str, limits: dict, writable: list[str]):
        self.control, self.kernel, self.folder, self.writable = control, kernel, folder, writable
        self.memory_limit, self.cpu_limit = limits["total_memory_bytes"], limits["total_cpu_seconds"]
        self.seen_cpu: dict[int, float] = {}
        self.ended_cpu = 0.0
        self.limit_met: str | None = None
        self.snapshots: set[int] = set()  # pids that `seal` leaves alive
        self.next_watch = time.monotonic() + WATCH_SECONDS

    def serve(self) -> None:
        """Serve commands until the grader closes the control socket."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(read, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self.reap()
        watched: list[socket.socket | int] = [self.control, read]
        while True:
            ready = select.select(watched, [], [], max(0, self.next_watch - time.monotonic()))[0]
            if read in ready:
                os.read(read, 4096)
                self.reap()
            if self.control in ready and not self.obey(self.control.recv(1 << 16)):
                return
            if time.monotonic() >= self.next_watch:
                self.watch()

    def report(self, **fields: Any) -> None:
        try:
            self.control.send(json.dumps(fields).encode())
        except OSError:  # the grader has ended: the next recv shows it
            pass

    def reap(self) -> None:
        """Wait for every child that has ended, and report the kernel's end."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid == self.kernel:
                self.kernel = 0
                code = os.waitstatus_to_exitcode(status)
                self.report(ended=code, limit=self.limit_met or ("cpu" if code == -signal.SIGXCPU else None))

    def obey(self, message: bytes) -> bool:
        """Carry out one command; False when the grader has closed the socket."""
        if not message:
            return False
        command, *pids = message.decode().split()
        if command == "interrupt" and self.kernel:
            kill(self.kernel, signal.SIGINT)
        if command == "keep":
            self.snapshots |= {int(pid) for pid in pids}
        if command == "keep-only":
            self.snapshots = {int(pid) for pid in pids}
        if command == "seal":
            self.seal()
        return True

    def seal(self) -> None:
        """Kill every process but the snapshots, then make what they could write to read-only."""
        for _ in range(1000):
            remaining = [pid for pid in processes() if pid not in self.snapshots]
            for pid in remaining:
                unpin(pid)
                kill(pid, signal.SIGKILL)
            self.reap()
            if not remaining:
                break
            time.sleep(0.001)  # a process needs longer to exit than we need to read /proc
        for path in self.writable:
            try:
                isolate.read_only(path)
            except OSError:  # a snapshot has a file open for writing; only snapshots of this notebook can read it
                pass
        self.report(sealed=True)

    def watch(self) -> None:
        """If all processes together exceed a limit, kill the kernel and its subprocesses; if the kernel has ended, kill the
        snapshots, too."""
        start = time.monotonic()
        pids, buffers = processes(), socket_memory()
        for pid in pids:
            if state(str(pid)) == "Z":  # its other threads still run, and /proc does not show their memory
                kill(pid, signal.SIGKILL)
        if (
            has_many_locks()
            or has_many_watches(pids)
            or all(measure(pids) + buffers > self.memory_limit for measure in (unfiled_memory, total_memory))
        ):
            self.kill_all("memory")  # the second measure is more exact, and takes longer
        elif self.cpu_used(pids) > self.cpu_limit:
            self.kill_all("cpu")
        now = time.monotonic()
        # Spend 5 % of the time on watching, more only if it takes long, because memory grows in the meantime.
        self.next_watch = now + min(MAX_WATCH_SECONDS, max(WATCH_SECONDS, 20 * (now - start)))

    def kill_all(self, limit: str) -> None:
        self.limit_met = limit
        for pid in processes():
            if pid not in self.snapshots or not self.kernel:
                kill(pid, signal.SIGKILL)
        self.reap()

    def cpu_used(self, pids: list[int]) -> float:
        """CPU seconds of all processes, including those that have ended. A parent that ignores SIGCHLD leaves no record of
        its children, so we also remember what each process had used when we last saw it."""
        used_by_pid, waited_for = {}, sum(os.times()[2:4])
        for pid in pids:
            times = cpu_times(pid)
            used_by_pid[pid], waited_for = times[0], waited_for + times[1]
        self.ended_cpu += sum(seconds for pid, seconds in self.seen_cpu.items() if pid not in used_by_pid)
        self.seen_cpu = used_by_pid
        return sum(used_by_pid.values()) + max(waited_for, self.ended_cpu)


def kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it has ended, and its parent has waited for it
        os.kill(pid, number)


def unpin(pid: int) -> None:
    """Let a process run on every CPU that this one may use, so that its exit does not delay the others on its CPU."""
    try:
        os.sched_setaffinity(pid, os.sched_getaffinity(0))
    except OSError:  # it has ended
        pass


def processes() -> list[int]:
    """Pids of every process in this namespace but this one; no zombies."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1" and goes_on(name)]


def goes_on(pid: str) -> bool:
    """True if a process has a thread that has not ended. Its state is its main thread's, which may end first."""
    if state(pid) not in ("Z", "X", ""):
        return True
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False


def read_proc(path: str) -> str:
    """A file of /proc. A process chooses its own name, which need not be UTF-8."""
    return Path(path).read_text(encoding="latin-1")


def state(pid: str) -> str:
    try:
        return read_proc(f"/proc/{pid}/stat").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def cpu_times(pid: int) -> tuple[float, float]:
    """CPU seconds of a process, and of its children that it has waited for."""
    try:
        ticks = [int(n) for n in read_proc(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:15]]
    except (OSError, ValueError):
        return 0.0, 0.0
    return (ticks[0] + ticks[1]) / TICKS, (ticks[2] + ticks[3]) / TICKS


def unfiled_memory(pids: list[int]) -> int:
    """Upper bound on the memory of processes in bytes, without mapped files: shared pages count in full for each."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += PROCESS_BYTES + kilobytes(f"/proc/{pid}/status", "RssAnon", "RssShmem", "VmSwap")
    return total


def kilobytes(path: str, *names: str) -> int:
    """The sum of these lines of a file of /proc, "RssAnon:  12 kB", in bytes."""
    lines = map(str.split, read_proc(path).splitlines())
    return sum(int(fields[1]) << 10 for fields in lines if fields and fields[0].rstrip(":") in names)


def total_memory(pids: list[int]) -> int:
    """Anonymous, shared and swapped memory of all processes in bytes (Pss: a shared page is divided among the processes),
    plus their kernel memory; UNCOUNTABLE if counting takes too long."""
    total, deadline = 0, time.thread_time() + COUNT_SECONDS
    for pid in pids:
        try:
            total += kilobytes(f"/proc/{pid}/smaps_rollup", "Pss_Anon", "Pss_Shmem", "SwapPss") + kernel_memory(pid)
        except PermissionError:  # it has made itself unreadable (PR_SET_DUMPABLE): the upper bound counts
            total += unfiled_memory([pid])
        except OSError:
            continue
        if time.thread_time() > deadline:
            return UNCOUNTABLE
    return total


def kernel_memory(pid: int) -> int:
    """Upper bound on the kernel memory of a process: pipes, epoll entries, mappings, page tables.
    Raises OSError."""
    files = len(os.listdir(f"/proc/{pid}/fd"))
    mappings = Path(f"/proc/{pid}/maps").read_bytes().count(b"\n")
    tables = sum(int(n) for n in re.findall(r"^VmPTE:\s+(\d+)", read_proc(f"/proc/{pid}/status"), re.M)) << 10
    return files * PIPE_BYTES // 2 + (files // 2) ** 2 * WATCH_BYTES + mappings * MAPPING_BYTES + tables


def has_many_locks() -> bool:
    """True if the processes hold more file locks than any program needs: nothing else limits their number."""
    try:
        with open("/proc/locks", "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 16), b"")) > MOST_LOCKS
    except OSError:
        return False


def has_many_watches(pids: list[int]) -> bool:
    """True if the processes have more epoll entries than any program needs."""
    entries = 0
    for pid in pids:
        with suppress(OSError):
            for number in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{number}") == "anon_inode:[eventpoll]":
                    entries += Path(f"/proc/{pid}/fdinfo/{number}").read_bytes().count(b"tfd:")
                if entries > MOST_WATCHES:  # reading them takes a microsecond each, and processes share lists
                    return True
    return False


def socket_memory() -> int:
    """Upper bound on the kernel memory of this network namespace's socket buffers, which no other count includes."""
    try:
        return int(read_proc("/proc/net/sockstat").split()[2]) * SOCKET_BYTES  # "sockets: used N"
    except (OSError, IndexError, ValueError):
        return 0
