"""The init process (pid 1) of a kernel's pid namespace: when it ends, the system ends every process in there.

It runs no code of a student's. It forks the kernel, carries out the grader's commands (interrupt; kill everything but
the snapshots), watches the memory of all processes together, and exits when the grader closes the control socket or
dies.
"""

import json
import os
import select
import signal
import time
from pathlib import Path

from . import isolate

WATCH_SECONDS = 0.2


class NamespaceInit:
    """control: SOCK_SEQPACKET socket to the grader. kernel: the kernel's pid in this namespace.
    writable: mount points that become read-only with `seal`."""

    def __init__(self, control, kernel: int, folder: str, limits: dict, writable: list[str]):
        self.control, self.kernel, self.folder, self.writable = control, kernel, folder, writable
        self.memory_limit = limits["total_memory_bytes"]
        self.limit_met = None
        self.snapshots: set[int] = set()  # pids that `seal` leaves alive
        self.next_watch = time.monotonic() + WATCH_SECONDS

    def serve(self) -> None:
        """Until the grader closes the control socket."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(read, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self.reap()
        while True:
            ready = select.select([self.control, read], [], [], max(0, self.next_watch - time.monotonic()))[0]
            if read in ready:
                os.read(read, 4096)
                self.reap()
            if self.control in ready and not self.obey(self.control.recv(1 << 16)):
                return
            if time.monotonic() >= self.next_watch:
                self.watch_memory()

    def report(self, **fields) -> None:
        try:
            self.control.send(json.dumps(fields).encode())
        except OSError:  # the grader is gone: the next recv says so
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
            os.kill(self.kernel, signal.SIGINT)
        if command == "keep":
            self.snapshots |= {int(pid) for pid in pids}
        if command == "seal":
            self.seal()
        return True

    def seal(self) -> None:
        """Kill every process but the snapshots, then make what they could write to read-only."""
        for _ in range(1000):
            others = [pid for pid in processes() if pid not in self.snapshots]
            for pid in others:
                unpin(pid)
                os.kill(pid, signal.SIGKILL)
            self.reap()
            if not others:
                break
            time.sleep(0.001)  # exiting takes a process longer than our look at /proc
        for path in self.writable:
            try:
                isolate.read_only(path)
            except OSError:  # a snapshot has a file open for writing; only snapshots of this notebook can read it
                pass
        self.report(sealed=True)

    def watch_memory(self) -> None:
        """Over the limit, kill the kernel and its subprocesses; once the kernel has ended, kill the snapshots too."""
        began = time.monotonic()
        if sum(private_memory(pid) for pid in processes()) > self.memory_limit and total_memory() > self.memory_limit:
            self.limit_met = "memory"
            for pid in processes():
                if pid not in self.snapshots or not self.kernel:
                    os.kill(pid, signal.SIGKILL)
            self.reap()
        now = time.monotonic()
        self.next_watch = now + max(WATCH_SECONDS, 20 * (now - began))  # at most 5 % of the time goes into watching


def unpin(pid: int) -> None:
    """Let a process run on every CPU that this one may use, so that its exit does not delay those still at work."""
    try:
        os.sched_setaffinity(pid, os.sched_getaffinity(0))
    except OSError:  # it has ended
        pass


def processes() -> list[int]:
    """Pids of every process in this namespace but this one; no zombies."""
    return [int(name) for name in os.listdir("/proc")
            if name.isdigit() and name != "1" and state(name) not in ("Z", "X", "")]


def state(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def private_memory(pid: int) -> int:
    """Upper bound on private memory, in bytes: copy-on-write pages are counted once per process."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGESIZE")


def total_memory() -> int:
    """Anonymous and shared memory of all processes in bytes, each page divided among those that map it (Pss)."""
    total = 0
    for pid in processes():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon", "Pss_Shmem")))
    return total
