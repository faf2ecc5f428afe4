"""The first process of a kernel's pid namespace: when it ends, everything in there ends.

It runs no code of a student's. It starts the kernel, does what the grader asks for (interrupt; end all but the
snapshots), watches the memory of all processes together, and ends when the grader lets go of the control
socket, however the grader ended.
"""

import json
import os
import select
import signal
import time
from pathlib import Path

from . import isolate

WATCH_SECONDS = 0.2


class First:
    """control: a socket of whole messages to the grader. kernel: the kernel's pid in this namespace."""

    def __init__(self, control, kernel: int, folder: str, limits: dict, writable: list[str]):
        self.control, self.kernel, self.folder, self.writable = control, kernel, folder, writable
        self.memory = limits["total_memory_bytes"]
        self.why = None
        self.kept: set[int] = set()  # the snapshots that the judge will ask
        self.look_at = time.monotonic() + WATCH_SECONDS

    def serve(self) -> None:
        """Until the grader lets go."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(read, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self.reap()
        while True:
            ready = select.select([self.control, read], [], [], max(0, self.look_at - time.monotonic()))[0]
            if read in ready:
                os.read(read, 4096)
                self.reap()
            if self.control in ready and not self.obey(self.control.recv(1 << 16)):
                return
            if time.monotonic() >= self.look_at:
                self.watch()

    def tell(self, **fields) -> None:
        try:
            self.control.send(json.dumps(fields).encode())
        except OSError:  # the grader has ended: the next look at the socket says so
            pass

    def reap(self) -> None:
        """Collect whoever ended, and say so when it was the kernel."""
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
                self.tell(ended=code, why=self.why or ("cpu" if code == -signal.SIGXCPU else None))

    def obey(self, message: bytes) -> bool:
        """False when there is nobody left to obey."""
        if not message:
            return False
        what, *numbers = message.decode().split()
        if what == "interrupt" and self.kernel:
            os.kill(self.kernel, signal.SIGINT)
        if what == "keep":
            self.kept |= {int(number) for number in numbers}
        if what == "seal":
            self.seal()
        return True

    def seal(self) -> None:
        """End every process but the snapshots; what they could write to so far is read-only from now on."""
        for _ in range(1000):
            others = [pid for pid in processes() if pid not in self.kept]
            for pid in others:
                anywhere(pid)
                os.kill(pid, signal.SIGKILL)
            self.reap()
            if not others:
                break
            time.sleep(0.001)  # to end takes them longer than to look does us
        for place in self.writable:
            try:
                isolate.read_only(place)
            except OSError:  # a snapshot holds a file open in there: nobody can read it but its own kind
                pass
        self.tell(sealed=True)

    def watch(self) -> None:
        """End the kernel when all processes together use more memory than they may; if it has ended, all of them."""
        began = time.monotonic()
        if sum(private_pages(pid) for pid in processes()) > self.memory and exact() > self.memory:
            self.why = "memory"
            for pid in processes():
                if pid not in self.kept or not self.kernel:
                    os.kill(pid, signal.SIGKILL)
            self.reap()
        now = time.monotonic()
        self.look_at = now + max(WATCH_SECONDS, 20 * (now - began))  # looking costs at most a twentieth


def anywhere(pid: int) -> None:
    """Let a process run where this one may, so that its end takes no time of those who go on."""
    try:
        os.sched_setaffinity(pid, os.sched_getaffinity(0))
    except OSError:  # it has ended
        pass


def processes() -> list[int]:
    """Everybody in this namespace but this process, zombies left out."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and name != "1" and state(name) not in ("Z", "X", ""):
            found.append(int(name))
    return found


def state(name: str) -> str:
    try:
        return Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def private_pages(pid: int) -> int:
    """Bytes of a process that are no file's: too many, because copies share what neither has changed."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGESIZE")


def exact() -> int:
    """Bytes of all processes together, each page divided among those that share it."""
    total = 0
    for pid in processes():
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon", "Pss_Shmem")))
    return total
