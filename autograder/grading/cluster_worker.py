"""Workers of a cluster on this machine.

Starts N processes (one for each core) that grade what the scheduler hands them, and starts one again that dies
or loses its scheduler. Refuses to start where the walls do not stand. Ends with Ctrl-C or SIGTERM.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from autograder import ROOT

PAUSE = 1.0  # seconds before a worker is started again


def supervise(scheduler: str, workers: int) -> int:
    """Keep `workers` processes running until a signal comes. Returns the exit code."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    argv = [sys.executable, "-m", "autograder.worker", scheduler, "--one"]
    paths = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT), *paths])}
    running: list[subprocess.Popen] = []
    try:
        while True:
            running = [process for process in running if process.poll() is None]
            running += [subprocess.Popen(argv, env=environment) for _ in range(workers - len(running))]
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def run_one(scheduler: str) -> int:
    """One worker process: one thread, and no limit of memory, because the sandbox limits what a submission takes."""
    import logging

    from distributed import Worker

    from autograder.grading import local_pool
    from autograder.judging import judge_forkserver

    threading.Thread(target=local_pool.end_with, args=(os.getppid(),), daemon=True).start()
    logging.getLogger("distributed").setLevel(logging.ERROR)
    judge_forkserver.start_multiprocessing()

    async def serve() -> None:
        name = f"{socket.gethostname()}-{os.getpid()}"
        async with Worker(
            scheduler, nthreads=1, memory_limit=0, name=name, dashboard=False, death_timeout=60
        ) as worker:
            await worker.finished()

    try:
        asyncio.run(serve())
    except (OSError, TimeoutError) as error:
        print(f"worker: no scheduler answers at {scheduler} ({error}); trying again", file=sys.stderr)
        return 1
    return 0
