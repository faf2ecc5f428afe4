"""ipykernel's application, with all that can be made before the fork made before the fork.

What a graded notebook has no use for is left out: the threads for subshells and the heartbeat, the debugger, the
history's database. What a cell can see of IPython stays as it is.
"""

import threading
import zlib

from IPython.core.application import BaseIPythonApplication
from ipykernel import compiler, debugger
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell

ARGUMENTS = ["-f", "/tmp/kernel.json", "--HistoryManager.enabled=False", "--log-level=CRITICAL"]


class MainThread:
    """Stands for the thread of subshells, which is not there: code that awaits asks it for the main thread."""

    def __init__(self):
        self.parent_thread = threading.main_thread()

    def __bool__(self):
        return False


class Compiler(compiler.XCachingCompiler):
    """A cell's file name as in JupyterLab, from a checksum that takes no milliseconds."""

    def get_code_name(self, raw_code, code, number):
        return f"{compiler.get_tmp_directory()}/{zlib.crc32(raw_code.encode(errors='replace'))}.py"


class Shell(ZMQInteractiveShell):
    """ipykernel transforms a cell to see whether it awaits, and IPython once more to run it: that is done once."""

    last = None

    def transform_cell(self, raw_cell):
        last, self.last = self.last, None
        if last is None or last[0] != raw_cell:
            last = self.last = raw_cell, super().transform_cell(raw_cell)
        return last[1]


class Kernel(IPythonKernel):
    compiler_class = Compiler
    shell_class = Shell
    _supports_kernel_subshells = False


class Configured(BaseIPythonApplication):
    """Reads its configuration the first time that it is initialized, and no more."""

    is_configured = False

    def initialize(self, argv=None):
        if not self.is_configured:
            super().initialize(argv)
            self.is_configured = True


class Application(IPKernelApp, Configured):  # of IPKernelApp's steps the first, its super's, is Configured's
    kernel_class = Kernel

    def init_control(self, context):
        super().init_control(context)
        self.shell_channel_thread = MainThread()

    def init_heartbeat(self):
        pass


def make() -> Application:
    """Before the fork, in a process of one thread: configuration and shell."""
    debugger._is_debugpy_available = False
    app = Application.instance()
    Configured.initialize(app, ARGUMENTS)
    Shell.instance(parent=app, profile_dir=app.profile_dir, user_ns={}, compiler_class=Compiler)
    return app


def finish(app: Application) -> None:
    """After the fork: sockets, threads, kernel."""
    shell = Shell.instance()
    shell.init_environment()
    app.initialize()
    shell.kernel = shell.parent = app.kernel
