"""The zygote: a process that has imported the packages of notebooks and forks a kernel for each notebook.

The grader starts it in the outer sandbox (sandbox/walls.py): `python -m descent_inside.inside.zygote FD`, where FD is
a SOCK_SEQPACKET socket. A request is JSON, {"folder", "home", "env", "limits", "cpu"}, with two sockets attached: the
control socket, on which the namespace's init process reports {"born": true}, {"failed": text} or
{"ended": exit code, "limit"}, and the channel that the kernel serves (`cells.py`).

It has one thread, because fork copies only the calling thread, and it never runs a student's code.
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
from . import cells, filters, huge_pages, isolate, snapshot
from .namespace_init import NamespaceInit

NEEDED = (
    "numpy",
    "numpy.testing",
    "numpy.random",
    "numpy.linalg",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib_inline.backend_inline",
)
# Modules that IPython, matplotlib and their libraries import at the first figure, error or %magic.
LATE = (
    "stack_data",
    "executing.executing",
    "pure_eval",
    "asttokens.asttokens",
    "pygments.formatters.terminal256",
    "pygments.styles",
    "pygments.plugin",
    "pygments.console",
    "contourpy",
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PpmImagePlugin",
    "IPython.core.logger",
    "IPython.core.magics.ast_mod",
    "IPython.core.magics.execution",
    "IPython.core.magics.pylab",
    "IPython.utils.module_paths",
    "IPython.utils.timing",
)


def main(fd: int) -> None:
    grader = socket.socket(fileno=fd)
    gc.disable()  # imports leave almost no garbage
    for name in (*NEEDED, *LATE, *(f"descent.{module.name}" for module in iter_modules(descent.__path__))):
        importlib.import_module(name)
    installed = os.path.dirname(next(iter(descent.__path__)))
    sys.path[:] = [path for path in sys.path if path != installed]  # only `descent` is mounted below it
    shell = cells.make_shell()
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("the zygote has more than one thread: fork would copy only one of them")
    snapshot.rehearse()
    gc.collect()
    gc.freeze()
    gc.enable()
    huge_pages.collapse_private_memory()
    while True:
        data, fds, _, _ = socket.recv_fds(grader, 1 << 16, 2)
        if not data:
            return
        control, channel = (socket.socket(fileno=fd) for fd in fds)
        start_kernel(shell, json.loads(data), control, channel, grader)


def start_kernel(
    shell: cells.Shell, request: dict, control: socket.socket, channel: socket.socket, grader: socket.socket
) -> None:
    """Fork twice: a process that enters new namespaces, and their init process, which reports on `control`."""
    child = os.fork()
    if not child:
        try:
            grader.close()
            isolate.new_namespaces()
            if os.fork():
                os._exit(0)  # the init process of the outer sandbox adopts the child
            run_init(shell, request, control, channel)
        except BaseException:
            report_failure(control)
        finally:
            os._exit(0)
    control.close()
    channel.close()
    os.waitpid(child, 0)


def run_init(shell: cells.Shell, request: dict, control: socket.socket, channel: socket.socket) -> None:
    """In the init process: mount the private files, fork the kernel, then serve the control socket."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # Linux ignores signals for which an init process has no handler
    isolate.unreadable()
    control.send(b'{"born": true}')
    folder, home, limits = request["folder"], request["home"], request["limits"]
    isolate.private_files(folder, home, limits)
    isolate.read_only(folder)  # the folder is on the grader's disk
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
    NamespaceInit(control, kernel, folder, limits, [home, "/tmp", "/dev/shm"]).serve()


def become_kernel(shell: cells.Shell, request: dict, channel: socket.socket) -> None:
    """In the kernel: drop every privilege, then serve the grader's requests."""
    os.setsid()
    isolate.readable()
    home = request["home"]
    os.chdir(home)
    os.environ.clear()
    os.environ.update(request["env"])
    for name in ("TMPDIR", "MPLCONFIGDIR"):
        os.makedirs(os.environ[name], exist_ok=True)
    isolate.drop_capabilities()
    isolate.no_core_dumps()
    if request["cpu"] >= 0:
        os.sched_setaffinity(0, {request["cpu"]})
    filters.landlock([home, "/tmp", "/dev/shm", "/dev/null"])
    filters.seccomp()
    devnull = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(devnull, fd)
    reset_process_state()
    isolate.limit_resources(request["limits"])
    cells.serve(shell, channel)
    os._exit(0)


def reset_process_state() -> None:
    """Reset per-process state after fork: RNG seed, tempdir, argv, malloc arenas, our modules."""
    import numpy as np

    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    tempfile.tempdir = None
    sys.argv = ["ipykernel_launcher"]
    arena_max = -8
    ctypes.CDLL(None).mallopt(arena_max, 2)  # an arena for each thread would count towards RLIMIT_AS
    for name in (".zygote", ".cells", ".namespace_init", ".isolate", ".filters", ".huge_pages"):
        sys.modules.pop(__package__ + name, None)


def report_failure(control: socket.socket) -> None:
    try:
        control.send(json.dumps({"failed": traceback.format_exc()[-4000:]}).encode())
    except OSError:
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
