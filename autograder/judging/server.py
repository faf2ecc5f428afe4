"""The server that this process's children are forked from, with what they need imported once.

This file imports next to nothing, so that the server can begin while its starter still reads the rest.
"""

import multiprocessing
import os
import sys
from multiprocessing import forkserver

JUDGES, WORKERS = "autograder.judging.preload", "autograder.preload"


def warm_up(preload: str = JUDGES):
    """Start the server, once per process, and return its multiprocessing context.

    preload: the module whose imports it has ready, JUDGES or WORKERS; the first call in a process decides.

    The server imports what our own path finds, on one thread, so we lend it both. A pool's workers must have
    children, so they may be no daemons (concurrent.futures' are none), and must not be forked from a process
    that has such a server (use this context, or spawn).
    """
    method = multiprocessing.get_context("forkserver")
    method.set_forkserver_preload([preload])
    lent = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in lent}
    os.environ.update(lent)
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return method
