"""Workers of a cluster on this machine: python -m autograder.worker tcp://HOST:8786 [--workers N]

Starts N processes (one for each core) that grade what the scheduler hands them, and starts one again that dies
or loses its scheduler. Refuses to start where the walls do not stand. Ends with Ctrl-C or SIGTERM.
"""

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAUSE = 1.0  # seconds before a worker is started again


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.worker", description=__doc__.split("\n")[0])
    parser.add_argument("scheduler", metavar="tcp://HOST:PORT", help="what `make scheduler` prints, or tls://")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (all cores)")
    parser.add_argument("--unsafe-no-sandbox", action="store_true", dest="unsafe",
                        help="start without walls, for runs that ask for none themselves")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for place in (str(ROOT / "src"), str(ROOT)):
        if place not in sys.path:
            sys.path.insert(0, place)
    if options.one:
        return one(options.scheduler)
    from autograder import walls
    wrong = None if options.unsafe else walls.look()[1]
    if wrong:
        print(f"worker: {wrong}", file=sys.stderr)
        return 2
    return keep(options.scheduler, max(1, options.workers))


def keep(scheduler: str, workers: int) -> int:
    """Keep so many processes running until a signal comes. Returns the exit code."""
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    command = [sys.executable, "-m", "autograder.worker", scheduler, "--one"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT), *paths()])}
    running: list[subprocess.Popen] = []
    try:
        while True:
            running = [process for process in running if process.poll() is None]
            running += [subprocess.Popen(command, env=environment) for _ in range(workers - len(running))]
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return 0
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def paths() -> list[str]:
    return [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]


def one(scheduler: str) -> int:
    """One worker process: one thread, and all memory it needs, because the walls limit what a submission takes."""
    import logging

    from distributed import Worker

    from autograder import pool, server

    threading.Thread(target=pool.end_with, args=(os.getppid(),), daemon=True).start()
    logging.getLogger("distributed").setLevel(logging.ERROR)
    server.warm_up()

    async def serve() -> None:
        name = f"{socket.gethostname()}-{os.getpid()}"
        async with Worker(scheduler, nthreads=1, memory_limit=0, name=name, dashboard=False, death_timeout=60) as worker:
            await worker.finished()

    try:
        asyncio.run(serve())
    except (OSError, TimeoutError) as error:
        print(f"worker: no scheduler answers at {scheduler} ({error}); trying again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
