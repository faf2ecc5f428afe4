"""A real scheduler and real workers of a cluster, as processes of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from autograder.gradebook.coursedir import ROOT

PATHS = [str(ROOT / "src"), str(ROOT), str(Path(__file__).parent)]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Processes:
    """A scheduler and one supervisor of `workers` worker processes: `with Processes(2) as cluster`."""

    def __init__(self, workers: int, log: Path, environment: dict[str, str] | None = None):
        self.workers, self.log = workers, log
        self.environment = (
            os.environ
            | {
                "PYTHONPATH": os.pathsep.join(PATHS),
                "OPENBLAS_NUM_THREADS": "1",
                "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2",
            }
            | (environment or {})
        )
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self.supervisor = None

    def __enter__(self) -> "Processes":
        self.start_scheduler()
        self.start_workers()
        return self

    def start(self, *arguments: str) -> subprocess.Popen:
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *arguments], env=self.environment, cwd="/", stdout=log, stderr=log
            )

    def start_scheduler(self) -> None:
        self.scheduler = self.start(
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--dashboard-address",
            "127.0.0.1:0",
        )

    def start_workers(self, *options: str) -> None:
        self.supervisor = self.start("autograder.worker", self.address, "--workers", str(self.workers), *options)

    def worker_pids(self) -> list[int]:
        return children(self.supervisor.pid, "autograder.worker")

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def __exit__(self, *_: object) -> None:
        if self.supervisor:
            self.supervisor.send_signal(signal.SIGTERM)
            try:
                self.supervisor.wait(20)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
                self.supervisor.wait()
        if self.scheduler:
            self.kill_scheduler()


def children(parent: int, word: str = "") -> list[int]:
    """Processes whose parent is `parent` and whose command contains `word`."""
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ppid = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if ppid == parent and word.encode() in (process / "cmdline").read_bytes():
                pids.append(int(process.name))
        except (OSError, ValueError, IndexError):
            pass
    return pids


def wait_until(true, seconds: float = 120, what: str = "it") -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)
