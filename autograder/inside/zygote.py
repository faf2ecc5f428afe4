"""A process that has imported what notebooks need, and forks a kernel from itself for each of them.

Started by the grader behind the outer wall (`walls.py`): `python -m descent_inside.inside.zygote FD`, where FD
is a socket of whole messages. A request is JSON with a control socket attached: {"folder", "home", "env",
"connection", "limits"}. What follows is said on the control socket: {"born": true} from the first process of the
kernel's namespaces, {"failed": text}, {"ended": exit code, "why"}.

It has one thread, so that a fork is a whole copy, and never runs a student's code.
"""

import ctypes
import gc
import importlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from pkgutil import iter_modules

import descent

from . import application, filters, isolate
from .first import First

NEEDED = ("IPython", "ipykernel.kernelapp", "ipykernel.zmqshell", "numpy", "numpy.testing", "numpy.random", "numpy.linalg",
          "matplotlib.pyplot", "matplotlib.backends.backend_agg", "matplotlib_inline.backend_inline",
          __package__ + ".snapshot")
REHEARSAL = """%matplotlib inline
import numpy as np
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2], label="$x_1$"); axes.legend(); axes.contour(np.eye(3)); plt.show()
1 / 0
"""


def main(fd: int) -> None:
    grader = socket.socket(fileno=fd)
    for name in (*NEEDED, *(f"descent.{module.name}" for module in iter_modules(descent.__path__))):
        importlib.import_module(name)
    app = application.make()
    for name in rehearse(app):
        try:
            importlib.import_module(name)
        except Exception:  # some cannot be imported on their own: the kernels that want them will
            pass
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("the zygote has more than one thread: a fork of it would not be whole")
    gc.collect()
    gc.freeze()
    while True:
        data, fds, _, _ = socket.recv_fds(grader, 1 << 16, 1)
        if not data:
            return
        answer(app, json.loads(data), socket.socket(fileno=fds[0]), grader)


def rehearse(app) -> list[str]:
    """Modules that a kernel imports late: found by running one, in a child that is thrown away."""
    before = set(sys.modules)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        folder = tempfile.mkdtemp()
        try:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            app.connection_file, app.transport, app.ip = f"{folder}/c.json", "ipc", f"{folder}/k"
            application.finish(app)
            for part in REHEARSAL.rpartition("1 / 0")[:2]:
                app.shell.run_cell(part)
            os.write(write, "\n".join(sorted(set(sys.modules) - before)).encode())
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os._exit(0)
    os.close(write)
    with open(read, "rb") as file:
        found = file.read().decode().split("\n")
    os.waitpid(child, 0)
    return [name for name in found if name and name != "__main__"]


def answer(app, request: dict, control, grader) -> None:
    """Fork the process that makes the namespaces; what comes of it is between it and the control socket."""
    child = os.fork()
    if not child:
        try:
            grader.close()
            isolate.new_namespaces()
            if os.fork():
                os._exit(0)  # the namespaces' first process now belongs to the outer wall's
            begin(app, request, control)
        except BaseException:
            tell_failure(control)
        finally:
            os._exit(0)
    control.close()
    os.waitpid(child, 0)


def begin(app, request: dict, control) -> None:
    """In the first process: make the private files, fork the kernel, then look after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # ignored for the first process of a namespace, if nobody listens
    isolate.unreadable()
    control.send(b'{"born": true}')
    folder, home, limits = request["folder"], request["home"], request["limits"]
    isolate.private_files(folder, home, limits)
    ours, theirs = socket.socketpair()
    kernel = os.fork()
    if not kernel:
        try:
            control.close()
            ours.close()
            become_kernel(app, request, theirs)
        except BaseException:
            theirs.sendall(traceback.format_exc()[-4000:].encode())
        finally:
            os._exit(1)
    theirs.close()
    writable = [home, "/tmp", "/dev/shm"]
    said = ours.recv(1 << 16)
    if said != b"bound":
        said = said.decode(errors="replace") or f"it ended ({os.waitstatus_to_exitcode(os.waitpid(kernel, 0)[1])})"
        control.send(json.dumps({"failed": said}).encode())
        return
    isolate.read_only(folder)  # the sockets are there: from now on nothing reaches the grader's disk
    ours.sendall(b"go")
    ours.close()
    First(control, kernel, folder, limits, writable).serve()


def become_kernel(app, request: dict, parent) -> None:
    """In the kernel: give up everything, then run ipykernel's application."""
    os.setsid()
    isolate.readable()
    home = request["home"]
    os.chdir(home)
    os.environ.clear()
    os.environ.update(request["env"])
    for name in ("TMPDIR", "MPLCONFIGDIR"):
        os.makedirs(os.environ[name], exist_ok=True)
    with open("/tmp/kernel.json", "w") as file:
        json.dump(request["connection"], file)
    isolate.drop_capabilities()
    filters.landlock([home, "/tmp", "/dev/shm", "/dev/null", request["folder"]])
    filters.seccomp()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    forget()
    application.finish(app)
    parent.sendall(b"bound")
    parent.recv(2)
    parent.close()
    os.unlink("/tmp/kernel.json")
    isolate.limit(request["limits"])  # now that ipykernel's threads have their memory
    app.start()
    os._exit(0)


def forget() -> None:
    """What a copy must not share with the others: the state of random numbers, cached places, our modules."""
    import numpy as np
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    tempfile.tempdir = None
    sys.argv = ["ipykernel_launcher"]
    few_arenas = -8
    ctypes.CDLL(None).mallopt(few_arenas, 2)  # each thread's own would count as memory used
    for name in (".zygote", ".application", ".first", ".isolate", ".filters"):
        sys.modules.pop(__package__ + name, None)


def tell_failure(control) -> None:
    try:
        control.send(json.dumps({"failed": traceback.format_exc()[-4000:]}).encode())
    except OSError:
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
