"""A process that has imported what notebooks need, and forks a kernel from itself for each of them.

Started by the grader behind the outer wall (`walls.py`): `python -m descent_inside.inside.zygote FD`, where FD
is a socket of whole messages. A request is JSON, {"folder", "home", "env", "limits", "processor"}, with two sockets attached:
the control socket, on which the first process of the kernel's namespaces says {"born": true}, {"failed": text},
{"ended": exit code, "why"}, and the one that the kernel serves (`cells.py`).

It has one thread, so that a fork is a whole copy, and never runs a student's code.
"""

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from pkgutil import iter_modules

import descent

from ..wire import packets
from . import cells, filters, isolate, huge_pages, snapshot
from .namespace_init import First

NEEDED = ("numpy", "numpy.testing", "numpy.random", "numpy.linalg",
          "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.backend_inline")
# what IPython, matplotlib and their libraries import when they show the first figure, the first error, the first %magic
LATE = ("stack_data", "executing.executing", "pure_eval", "asttokens.asttokens", "pygments.formatters.terminal256",
        "pygments.styles", "pygments.plugin", "pygments.console", "contourpy", "PIL.BmpImagePlugin", "PIL.GifImagePlugin",
        "PIL.JpegImagePlugin", "PIL.PpmImagePlugin", "IPython.core.logger", "IPython.core.magics.ast_mod",
        "IPython.core.magics.execution", "IPython.core.magics.pylab", "IPython.utils.module_paths", "IPython.utils.timing")


def main(fd: int) -> None:
    grader = socket.socket(fileno=fd)
    gc.disable()  # nothing that is imported becomes garbage
    for name in (*NEEDED, *LATE, *(f"descent.{module.name}" for module in iter_modules(descent.__path__))):
        importlib.import_module(name)
    shell = cells.make()
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("the zygote has more than one thread: a fork of it would not be whole")
    snapshot.rehearse()
    gc.collect()
    gc.freeze()
    gc.enable()
    huge_pages.huge()
    while True:
        data, fds, _, _ = socket.recv_fds(grader, 1 << 16, 2)
        if not data:
            return
        answer(shell, json.loads(data), *(socket.socket(fileno=fd) for fd in fds), grader)


def answer(shell, request: dict, control, channel, grader) -> None:
    """Fork the process that makes the namespaces; what comes of it is between it and the control socket."""
    child = os.fork()
    if not child:
        try:
            grader.close()
            isolate.new_namespaces()
            if os.fork():
                os._exit(0)  # the namespaces' first process now belongs to the outer wall's
            begin(shell, request, control, channel)
        except BaseException:
            tell_failure(control)
        finally:
            os._exit(0)
    control.close()
    channel.close()
    os.waitpid(child, 0)


def begin(shell, request: dict, control, channel) -> None:
    """In the first process: make the private files, fork the kernel, then look after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # ignored for the first process of a namespace, if nobody listens
    isolate.unreadable()
    control.send(b'{"born": true}')
    folder, home, limits = request["folder"], request["home"], request["limits"]
    isolate.private_files(folder, home, limits)
    isolate.read_only(folder)  # nothing reaches the grader's disk
    kernel = os.fork()
    if not kernel:
        try:
            control.close()
            become_kernel(shell, request, channel)
        except BaseException:
            packets.send(channel, ["", "failed", {"text": traceback.format_exc()[-4000:]}])
        finally:
            os._exit(1)
    channel.close()
    First(control, kernel, folder, limits, [home, "/tmp", "/dev/shm"]).serve()


def become_kernel(shell, request: dict, channel) -> None:
    """In the kernel: give up everything, then serve the grader's cells."""
    os.setsid()
    isolate.readable()
    home = request["home"]
    os.chdir(home)
    os.environ.clear()
    os.environ.update(request["env"])
    for name in ("TMPDIR", "MPLCONFIGDIR"):
        os.makedirs(os.environ[name], exist_ok=True)
    isolate.drop_capabilities()
    filters.landlock([home, "/tmp", "/dev/shm", "/dev/null"])
    filters.seccomp()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    forget()
    isolate.limit(request["limits"])
    if request["processor"] >= 0:
        os.sched_setaffinity(0, {request["processor"]})
    cells.serve(shell, channel)
    os._exit(0)


def forget() -> None:
    """What a copy must not share with the others: the state of random numbers, cached places, our modules."""
    import numpy as np
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    tempfile.tempdir = None
    sys.argv = ["ipykernel_launcher"]
    few_arenas = -8
    ctypes.CDLL(None).mallopt(few_arenas, 2)  # each thread's own would count as memory used
    for name in (".zygote", ".cells", ".namespace_init", ".isolate", ".filters", ".huge_pages"):
        sys.modules.pop(__package__ + name, None)


def tell_failure(control) -> None:
    try:
        control.send(json.dumps({"failed": traceback.format_exc()[-4000:]}).encode())
    except OSError:
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
