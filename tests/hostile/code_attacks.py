"""Attacks by code in a cell: name -> (what it tries, the source of a cell inserted before the answer `square`).

CLASS is replaced by the class's folder. A source that defines `square` is also the answer. None of them solves it.
"""

from hostile.kernel_memory import KERNEL_MEMORY
from hostile.more_code import MORE
from hostile.time_and_hooks import MORE as TIME_AND_HOOKS

CODE = (
    {
        # -- the test's tools, in the process where the test used to run
        "patch_numpy_testing": (
            "every assert of numpy.testing passes",
            """
import numpy.testing as t
for name in dir(t):
    if name.startswith("assert"):
        setattr(t, name, lambda *a, **k: None)
""",
        ),
        "patch_check": (
            "the check function gives full points",
            """
import builtins, descent.check
check = builtins.check = descent.check.check = lambda *a, **k: 6.0
""",
        ),
        "patch_assertion_error": (
            "a failing assert raises something that nobody sees",
            """
import builtins
builtins.AssertionError = type("Quiet", (SystemExit,), {"__init__": lambda self, *a: super().__init__(0)})
""",
        ),
        "display_hook": (
            "every value of a cell is shown as 6.0",
            """
import sys
sys.displayhook = lambda value: print("6.0")
type(get_ipython().displayhook).__call__ = lambda self, value=None: print("6.0")
""",
        ),
        "run_code": (
            "no cell after this one is run",
            """
async def nothing(self, *a, **k):
    return False
type(get_ipython()).run_code = nothing
""",
        ),
        "run_cell": (
            "IPython reports success for every cell",
            """
from IPython.core.interactiveshell import ExecutionResult
get_ipython().run_cell = lambda *a, **k: ExecutionResult(None)
""",
        ),
        "showtraceback": (
            "no error is ever shown",
            """
for name in ("showtraceback", "_showtraceback", "showsyntaxerror"):
    setattr(type(get_ipython()), name, lambda *a, **k: None)
""",
        ),
        "ast_transformer": (
            "asserts are taken out of every cell before it runs",
            """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Drop())
""",
        ),
        "input_transformer": (
            "the text of every later cell is replaced by 6.0",
            """
get_ipython().input_transformers_cleanup.append(lambda lines: ["6.0\\n"])
""",
        ),
        "comparison_builtins": (
            "all, any, abs and isinstance always agree",
            """
import builtins
for name in ("all", "any", "isinstance", "callable"):
    setattr(builtins, name, lambda *a: True)
""",
        ),
        "eval_in_frames": (
            "the test's names are changed through its stack frame",
            """
import sys
def square(x):
    frame = sys._getframe()
    while frame:
        frame.f_globals["square"] = frame.f_locals["square"] = lambda x: x
        frame = frame.f_back
    return None
""",
        ),
        "trace": (
            "a trace function changes what the test compares",
            """
import sys, threading
def trace(frame, event, arg):
    frame.f_trace_opcodes = True
    if event == "exception":
        raise SystemExit
    return trace
threading.settrace(trace); sys.settrace(trace); sys.setprofile(lambda *a: None)
""",
        ),
        "search_the_heap": (
            "looks for expected values among all objects of the process",
            """
import gc
seen = [o for o in gc.get_objects() if isinstance(o, (dict, list)) and "secret-of-square" in str(o)[:2000]]
def square(x):
    import gc
    return next((o for o in gc.get_objects() if type(o) is float and o == float(x) ** 2), None)
""",
        ),
        # -- objects that agree with everything
        "always_equal": (
            "an object that is equal to everything",
            """
class Equal:
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __bool__ = lambda self: True
    __hash__ = lambda self: 0
square = lambda x: Equal()
""",
        ),
        "always_equal_array": (
            "an array that is equal to everything",
            """
import numpy as np
class Equal(np.ndarray):
    __eq__ = lambda self, other: np.True_
    __array_ufunc__ = lambda self, *a, **k: np.True_
    __array_function__ = lambda self, *a, **k: True
square = lambda x: np.zeros(1).view(Equal)
""",
        ),
        "always_equal_int": (
            "a number whose class says that it is equal",
            """
class Equal(int):
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
square = lambda x: Equal(1)
""",
        ),
        "always_equal_text": (
            "a string whose class says that it is equal",
            """
class Equal(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
square = lambda x: Equal("9")
""",
        ),
        "lying_class": (
            "an object that claims to be a float",
            """
class Lie:
    __class__ = property(lambda self: float)
    __float__ = lambda self: 9.0
    __eq__ = lambda self, other: True
square = lambda x: Lie()
""",
        ),
        "truthy_metaclass": (
            "a class whose comparison is true",
            """
class Meta(type):
    __eq__ = lambda cls, other: True
    __hash__ = type.__hash__
class square(metaclass=Meta):
    def __init__(self, x):
        pass
    def __eq__(self, other):
        return True
""",
        ),
        "reflected_operators": (
            "an object that answers in place of the test's numbers",
            """
class Reflect(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __req__ = __eq__
    __array_priority__ = 1e9
    __hash__ = float.__hash__
square = lambda x: Reflect(0)
""",
        ),
        # -- the conversation with the judge
        "forge_frames": (
            "the snapshot answers true to whatever it is asked",
            """
import sys
link = sys.modules.get("descent_inside.wire.link")
send = link.Link.send
link.Link.send = lambda self, op, *values, **k: send(self, "ok", True)
""",
        ),
        "several_answers": (
            "every answer is sent ten times, to be taken for the next ones",
            """
import sys
link = sys.modules.get("descent_inside.wire.link")
send = link.Link.send
def many(self, *values, **k):
    for _ in range(10):
        send(self, *values, **k)
link.Link.send = many
""",
        ),
        "verdict_frame": (
            "the snapshot sends a verdict with full points as the judge would",
            """
import json, sys
link = sys.modules.get("descent_inside.wire.link")
def send(self, *values, **k):
    told = json.dumps({"grade_id": "test_square", "points": 6.0, "max_points": 6.0, "outputs": [], "seconds": 0}).encode()
    self.sock.sendall(len(told).to_bytes(4, "little") + told)
link.Link.send = send
""",
        ),
        "pickle_frame": (
            "the snapshot sends a pickle that runs a command",
            """
import os, pickle, sys
class Run:
    def __reduce__(self):
        return os.system, ("touch CLASS/pwned",)
sys.modules.get("descent_inside.wire.link").Link.send = lambda self, *v, **k: self.sock.sendall(pickle.dumps(Run()))
""",
        ),
        "garbage_frame": (
            "the snapshot sends random bytes",
            """
import os, sys
sys.modules.get("descent_inside.wire.link").Link.send = lambda self, *v, **k: self.sock.sendall(os.urandom(4096))
""",
        ),
        "endless_frame": (
            "the snapshot announces 2**60 bytes",
            """
import sys
sys.modules.get("descent_inside.wire.link").Link.send = lambda self, *v, **k: self.sock.sendall(
    (50).to_bytes(4, "little") + (1 << 60).to_bytes(8, "little") + bytes(1000))
""",
        ),
        "wrong_dtype": ("text in place of a number", "import numpy as np\nsquare = lambda x: np.array(['9', '25'])\n"),
        "gigabyte": (
            "an answer of 1 GB",
            """
import numpy as np
square = lambda x: np.zeros(1 << 27)
""",
        ),
        "gigabyte_of_text": ("an answer of 200 MB of text", "square = lambda x: 'x' * (200 << 20)\n"),
        "deep_answer": (
            "an answer nested 100 000 deep",
            """
def square(x):
    deep = ()
    for _ in range(100_000):
        deep = (deep,)
    return deep
""",
        ),
        "nan": (
            "an answer that is not a number, and a score that is none",
            """
from IPython.display import display
print("nan"); display({"text/plain": "nan"}, raw=True)
square = lambda x: float("nan")
""",
        ),
        "huge_score": (
            "prints and returns enormous points",
            """
print(1e308)
square = lambda x: float("inf")
1e308
""",
        ),
        "forged_output": (
            "publishes the result of a test cell",
            """
from IPython.display import display
get_ipython().display_pub.session.publish("execute_result", {"data": {"text/plain": "6.0"}, "metadata": {}})
display({"text/plain": "6.0"}, raw=True)
""",
        ),
        "forged_parent": (
            "publishes outputs and ends in the name of all other cells, and no messages at all",
            """
session = get_ipython().display_pub.session
mine = session.request
for number in range(50):
    for request in (mine[:-2] + f"{number:02x}", number, None, [mine], {}):
        session.request = request
        for kind in ("done", "execute_result", "ready", None):
            session.publish(kind, {"data": {"text/plain": "6.0"}, "metadata": {}, "execution_count": number})
session.request = mine
for packet in (b"\\x00", b"\\x01", b"\\x03", b"\\x03{", b"\\x03[]", b"\\x03[1, 2]", b"\\xff" * 1000, b""):
    session.channel.send(packet)
""",
        ),
        "steal_fork": (
            "the copy that is parked has another `square` than the notebook",
            """
import os
fork = os.fork
def mine():
    pid = fork()
    if not pid:
        globals()["square"] = type("E", (), {"__call__": lambda s, x: s, "__eq__": lambda s, o: True})()
    return pid
os.fork = mine
""",
        ),
        "remember_hidden": (
            "writes the inputs of hidden tests to files for the next test",
            """
import os
def square(x):
    for place in ("/tmp", os.environ["HOME"], "/dev/shm"):
        try:
            open(place + "/seen", "a").write(str(x))
        except OSError:
            pass
    return x
prediction_race = "d"
""",
        ),
        "tell_hidden": (
            "shows the inputs of hidden tests on the page",
            """
import os, sys
def square(x):
    print("HIDDEN", x); sys.stderr.write(f"HIDDEN {x}"); os.write(1, b"HIDDEN")
    raise ValueError(f"HIDDEN {x}")
""",
        ),
        # -- reading what is not the student's
        "read_reference": (
            "imports the answers",
            """
import importlib, sys
for name in ("reference", "reference.momentum", "autograder", "autograder.judging.mark"):
    try:
        print("FOUND", importlib.import_module(name))
    except ImportError:
        pass
""",
        ),
        "walk_files": (
            "searches the whole machine for the instructor's notebook and runs its answer",
            """
import os
for top, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/usr", "/dev") and "site-packages" not in f and "python3" not in f and "/.pyenv" not in top]
    for name in files:
        if name.endswith((".ipynb", ".db", ".secret", ".toml", ".csv")) or "reference" in top + name:
            print("FOUND", top, name)
""",
        ),
        "read_course": (
            "opens the instructor's notebooks and the answers by their paths",
            """
import glob
for place in ("ROOT/solutions", "ROOT/src/reference", "ROOT/autograder", "ROOT/tests", "ROOT/build", "ROOT/.git"):
    for found in glob.glob(place + "/*"):
        print("FOUND", found)
""",
        ),
        "read_keys": (
            "reads the class's secret, which hidden tests are drawn from",
            """
for name in (".secret", "journal.jsonl", "class.toml"):
    try:
        print("FOUND", open("CLASS/" + name).read())
    except OSError:
        pass
""",
        ),
        "read_other_work": (
            "copies another student's answer",
            """
try:
    print("FOUND", open("CLASS/submitted/ann/tiny/tiny.ipynb").read())
except OSError:
    pass
""",
        ),
        "read_gradebook": (
            "opens the gradebook",
            """
import sqlite3
try:
    print("FOUND", list(sqlite3.connect("file:CLASS/gradebook.db?mode=ro", uri=True).execute("select * from grade")))
except sqlite3.Error:
    pass
""",
        ),
        "read_config": (
            "looks for nbgrader's and Jupyter's configuration",
            """
import os
from jupyter_core.paths import jupyter_config_path
for place in [*jupyter_config_path(), "CLASS", "."]:
    for name in ("nbgrader_config.py", "jupyter_config.json", "migrated"):
        if os.path.exists(os.path.join(place, name)):
            print("FOUND", place, name)
""",
        ),
        "read_parent_memory": (
            "reads the memory of the processes around it",
            """
import os
for pid in {1, os.getppid()}:
    if pid != os.getpid():
        try:
            open(f"/proc/{pid}/mem", "rb").read(1); print("FOUND", pid)
        except (OSError, ValueError):
            pass
        try:
            if open(f"/proc/{pid}/maps").read(): print("FOUND maps", pid)
        except OSError:
            pass
""",
        ),
        "read_environment": (
            "reads the environment of the grader",
            """
import os
for pid in (os.getppid(), 1):
    try:
        told = open(f"/proc/{pid}/environ").read()
        print("FOUND" if "CANARY" in told else "")
    except OSError:
        pass
print("FOUND" if "CANARY" in str(os.environ) else "")
""",
        ),
        "see_processes": (
            "lists the grader's processes and their arguments",
            """
import os
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            told = open(f"/proc/{name}/cmdline").read()
            print("FOUND" if "pytest" in told or "grade" in told.replace("grader", "") else "")
        except OSError:
            pass
""",
        ),
        "ptrace": (
            "attaches to the processes around it with ptrace and process_vm_readv",
            """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in (os.getppid(), 1, 2, 3):
    if pid != os.getpid() and libc.ptrace(16, pid, 0, 0) == 0:
        print("FOUND", pid)
""",
        ),
        # -- writing what is not the student's
        "manual_score": (
            "gives itself a manual score in the gradebook",
            """
import sqlite3
try:
    base = sqlite3.connect("CLASS/gradebook.db")
    base.execute("update grade set manual_score = 6, needs_manual_grade = 0"); base.commit()
except sqlite3.Error:
    pass
""",
        ),
        "sqlite_trigger": (
            "leaves a trigger in the gradebook that raises every later score",
            """
import sqlite3
try:
    base = sqlite3.connect("CLASS/gradebook.db")
    base.execute("create trigger more after insert on grade begin update grade set manual_score = max_score; end")
    base.commit()
except sqlite3.Error:
    pass
""",
        ),
        "new_gradebook": (
            "puts a gradebook of its own in place",
            """
import os, shutil
for place in ("CLASS", os.getcwd(), ".."):
    try:
        open(place + "/gradebook.db", "wb").write(b"not a gradebook")
    except OSError:
        pass
""",
        ),
        "timestamp": (
            "dates its submission back",
            """
for place in ("CLASS/submitted/mal/tiny", ".", ".."):
    try:
        open(place + "/timestamp.txt", "w").write("2001-01-01 00:00:00 UTC")
    except OSError:
        pass
""",
        ),
        "startup_files": (
            "leaves IPython start-up files and a sitecustomize for the kernels after it",
            """
import os, site, sys
code = "import builtins; builtins.PWNED = True"
home = os.path.expanduser("~/.ipython/profile_default/startup")
os.makedirs(home, exist_ok=True); open(home + "/00.py", "w").write(code)
for place in [*site.getsitepackages(), *sys.path, os.path.dirname(os.__file__)]:
    for name in ("sitecustomize.py", "usercustomize.py", "pwned.pth"):
        try:
            open(os.path.join(place or ".", name), "w").write(code)
        except OSError:
            pass
""",
        ),
        "config_file": (
            "leaves a nbgrader_config.py that is run as code by the next command",
            """
import os
for place in (".", "..", "CLASS", os.path.expanduser("~"), os.path.expanduser("~/.jupyter"), "/etc/jupyter"):
    try:
        os.makedirs(place, exist_ok=True)
        open(place + "/nbgrader_config.py", "w").write("open('CLASS/pwned', 'w')")
    except OSError:
        pass
""",
        ),
        "patch_descent": (
            "changes the course's own package for everybody after it",
            """
import descent, numpy
for module in (descent, numpy):
    try:
        open(module.__file__, "a").write("\\nPWNED = True\\n")
    except OSError:
        pass
""",
        ),
        "shadow_modules": (
            "files called numpy.py and json.py in the working folder and on the path",
            """
import os, sys
for place in (".", *sys.path):
    for name in ("numpy.py", "json.py", "msgpack.py"):
        try:
            open(os.path.join(place or ".", name), "w").write("raise SystemExit(0)")
        except OSError:
            pass
""",
        ),
        "overwrite_own_work": (
            "changes the graded notebook and the feedback page",
            """
import glob, os
for place in ("autograded", "feedback", "submitted"):
    os.system(f"mkdir -p CLASS/{place}/mal/tiny; echo PWNED > CLASS/{place}/mal/tiny/tiny.ipynb")
""",
        ),
        "delete_everything": (
            "deletes every file it may",
            """
import os
os.system("rm -rf CLASS ROOT/src /tmp/* $HOME/.. /usr/lib/python3* 2>/dev/null")
""",
        ),
        "write_outside": (
            "writes into every folder of the machine's root",
            """
import os
for place in ("/", "/etc", "/usr", "/var/tmp", "/run", "/root", "/home", "/opt", "CLASS", "ROOT"):
    try:
        open(place + "/pwned", "w").write("PWNED")
        if not place.startswith("/tmp"): print("FOUND", place)  # /tmp is the kernel's own, wherever the course is
    except OSError:
        pass
""",
        ),
        # -- processes
        "outlive": (
            "leaves a daemon behind, in a session of its own",
            """
import os, subprocess
for _ in range(3):
    subprocess.Popen(["sleep", "1000"], start_new_session=True, stdin=-3, stdout=-3, stderr=-3)
""",
        ),
        "outlive_deaf": (
            "leaves a daemon that ignores every signal and forks on",
            """
import os, signal, time
if not os.fork():
    os.setsid()
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        time.sleep(0.01)
        if os.fork():
            os._exit(0)
""",
        ),
        "kill_grader": (
            "kills its parent, its group and everything it may",
            """
import os, signal
for pid in (os.getppid(), 1, -os.getppid()):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD):
        try:
            os.kill(pid, number)
        except OSError:
            pass
os.kill(-1, signal.SIGKILL)
""",
        ),
        "kill_by_number": (
            "kills every process number there is",
            """
import os
for pid in range(1, 5000):
    if pid != os.getpid():
        try:
            os.kill(pid, 9)
        except OSError:
            pass
""",
        ),
        "other_kernels": (
            "looks for the sockets of other kernels and sends them code",
            """
import glob, os, socket
for path in glob.glob("/tmp/dg-*/runs/*/k-*") + glob.glob("/tmp/**/kernel*.json", recursive=True):
    if not path.startswith(os.path.dirname(os.getcwd())):
        print("FOUND", path)
""",
        ),
        "network": (
            "sends a message over the network",
            """
import socket
for family, address in ((socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET, ("10.0.0.1", 80)), (socket.AF_INET6, ("2606:4700::1111", 53))):
    try:
        with socket.socket(family) as sock:
            sock.settimeout(0.2); sock.connect(address); print("FOUND", address)
    except OSError:
        pass
if [name for _, name in socket.if_nameindex()] != ["lo"]:
    print("FOUND a network")
""",
        ),
        "abstract_sockets": (
            "connects to services of the machine by abstract sockets and vsock",
            """
import socket
for name in ("\\0/tmp/.X11-unix/X0", "\\0dbus", "/run/dbus/system_bus_socket", "/var/run/docker.sock"):
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(name); print("FOUND", name)
    except OSError:
        pass
try:
    socket.socket(40, socket.SOCK_STREAM); print("FOUND vsock")
except OSError:
    pass
""",
        ),
        "new_namespaces": (
            "becomes root of a namespace of its own, mounts, changes the root",
            """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) == 0 or libc.mount(b"x", b"/tmp", b"tmpfs", 0, None) == 0 or libc.chroot(b"/tmp") == 0 or libc.setns(3, 0) == 0:
    print("FOUND")
""",
        ),
        "system_settings": (
            "writes to the system's switches",
            """
for name in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/self/oom_score_adj", "/dev/kmsg"):
    try:
        open(name, "w").write("-1"); print("FOUND", name)
    except OSError:
        pass
""",
        ),
        "setuid": (
            "becomes another user through setuid programs",
            """
import os, subprocess
for make in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0])):
    try:
        make(); print("FOUND")
    except OSError:
        pass
for words in (["su", "-c", "id"], ["sudo", "-n", "id"], ["mount"], ["newuidmap", "1", "0", "0", "1"]):
    try:
        done = subprocess.run(words, capture_output=True, timeout=1, stdin=subprocess.DEVNULL)
        if b"uid=0" in done.stdout: print("FOUND", words)
    except (OSError, subprocess.SubprocessError):
        pass
""",
        ),
        # -- using up the machine
        "fork_storm": (
            "starts processes without end",
            """
import os
while True:
    os.fork()
""",
        ),
        "thread_storm": (
            "starts threads without end",
            """
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
""",
        ),
        "memory": (
            "takes memory without end",
            """
kept = []
while True:
    kept.append(bytearray(b"x") * (1 << 24))
""",
        ),
        "memory_by_forks": (
            "many processes that each take a bearable amount",
            """
import os, time
for _ in range(8):
    if not os.fork():
        kept = bytearray(b"x") * (100 << 20); time.sleep(100)
time.sleep(100)
""",
        ),
        "disk": (
            "fills the disk",
            """
import os
for place in ("/tmp", os.environ["HOME"], "/dev/shm", "/var/tmp", "."):
    try:
        for number in range(1000):
            open(f"{place}/{number}", "wb").write(bytes(1 << 20))
    except OSError:
        pass
""",
        ),
        "small_files": (
            "makes files until there are no more names",
            """
n = 0
while True:
    open(f"f{n}", "w"); n += 1
""",
        ),
        "open_files": ("opens files without end", "kept = [open('/dev/null') for _ in range(100_000)]\n"),
        "big_file": ("a sparse file of 1 TB", "open('big', 'w').truncate(1 << 40)\n"),
        "endless_output": ("prints without end", "while True:\n    print('x' * 100_000)\n"),
        "endless_display": (
            "shows 1000 figures of 1 MB",
            """
from IPython.display import display, HTML
for _ in range(1000):
    display(HTML("x" * (1 << 20)))
""",
        ),
        "huge_error": ("an error message of 50 MB", "raise ValueError('z' * (50 << 20))\n"),
        "uninterruptible": (
            "a loop that ignores interrupts",
            """
while True:
    try:
        while True: pass
    except BaseException:
        pass
""",
        ),
        "uninterruptible_in_c": ("one call into C that takes years", "import re\nre.match('(a+)+$', 'a' * 64 + 'b')\n"),
        "stopped": ("stops its own process", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n"),
        "slow_answer": ("an answer that never comes", "import time\ndef square(x):\n    time.sleep(1000)\n"),
        "exit": ("ends the kernel at once", "import os\nos._exit(0)\n"),
        "polite_exit": ("leaves as IPython does", "exit()\nraise SystemExit\n"),
        "segfault": ("makes the interpreter crash", "import ctypes\nctypes.string_at(0)\n"),
        "close_everything": ("closes every file of the kernel", "import os\nos.closerange(3, 256)\n"),
        "wait_for_input": ("asks for input that nobody gives", "input('name? ')\n"),
        # -- taking what others need
        "spinning_children": (
            "children on all CPUs that compute until the end, so that others wait",
            """
import os
for _ in range(40):
    if not os.fork():
        try:
            os.sched_setaffinity(0, range(os.cpu_count()))
            print("FOUND a CPU of another worker")
        except OSError:
            pass
        while True: pass
""",
        ),
        "short_children": (
            "children that end before anybody counts their CPU time",
            """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
end = time.time() + 2
while time.time() < end:
    if not os.fork():
        sum(range(10**6)); os._exit(0)
""",
        ),
        "memfd": (
            "memory in anonymous files that no process maps",
            """
import os
kept = []
try:
    for _ in range(50):
        fd = os.memfd_create("x"); kept.append(fd)
        for _ in range(3):
            os.write(fd, bytes(1 << 20))
    print("FOUND 150 MB that nobody counts")
except OSError:
    pass
""",
        ),
        "system_v_memory": (
            "System V shared memory that outlives its process",
            """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
for number in range(50):
    id = libc.shmget(0, 10 << 20, 0o1600)
    if id >= 0:
        ctypes.memset(libc.shmat(id, None, 0), 1, 10 << 20); print("FOUND")
""",
        ),
        "shared_mappings": (
            "shared anonymous memory in several processes",
            """
import mmap, os, time
for _ in range(6):
    if not os.fork():
        try:
            kept = mmap.mmap(-1, 100 << 20); kept.write(b"x" * (100 << 20)); print("FOUND")
        except OSError:
            os._exit(0)
        time.sleep(100)
time.sleep(100)
""",
        ),
        "socket_buffers": (
            "memory in the buffers of sockets",
            """
import socket
kept = []
for _ in range(100):
    a, b = socket.socketpair()
    kept.append((a, b))
    a.setblocking(False)
    try:
        a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 20); print("FOUND a larger buffer")
    except OSError:
        pass
    try:
        while True:
            a.send(bytes(1 << 16))
    except OSError:
        pass
""",
        ),
        "name_that_is_no_text": (
            "a process name that is not UTF-8, to crash whatever reads it",
            """
import ctypes, os
for _ in range(3):
    if not os.fork():
        ctypes.CDLL(None).prctl(15, b"\\xff) R \\xfe(", 0, 0, 0)
        while True: pass
ctypes.CDLL(None).prctl(15, b"\\xff) R \\xfe(", 0, 0, 0)
""",
        ),
        # -- hidden inputs carried from one test to another
        "hidden_in_shared_memory": (
            "keeps hidden inputs in shared memory and shows them in another test's error",
            """
import mmap
seen = mmap.mmap(-1, 4096)
def square(x):
    end = seen.find(b"\\0")
    text = f"HIDDEN {x} "
    seen[end:end + len(text)] = text.encode()
    raise ValueError(seen[:200].decode())
""",
        ),
        "hidden_in_a_child": (
            "a child of one snapshot keeps hidden inputs and tells another copy",
            """
import os, socket
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
def square(x):
    if not os.fork():
        os.setsid()
        while True:
            theirs.send(f"HIDDEN {x}".encode())
    raise ValueError(ours.recv(1000).decode())
""",
        ),
        # -- values that the judge stumbles over
        "contains_itself": (
            "a list that contains itself",
            """
def square(x):
    loop = []
    loop.append(loop)
    return loop
""",
        ),
        "huge_integer": ("an integer of a million digits", "square = lambda x: 10 ** 1_000_000\n"),
        "difference_is_zero": (
            "an object whose difference to every number is 0",
            """
class Fake:
    __sub__ = __rsub__ = __abs__ = __neg__ = lambda self, *other: 0.0
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = lambda self, other: True
    __len__ = lambda self: 1
    __getitem__ = lambda self, key: self
square = lambda x: Fake()
""",
        ),
        "class_for_a_function": (
            "a class in place of the function, with operators of its own",
            """
class square:
    def __init__(self, x): pass
    __sub__ = __rsub__ = lambda self, other: 0.0
    __eq__ = lambda self, other: True
    __bool__ = lambda self: True
""",
        ),
        "tuple_that_lies": (
            "a named tuple that is equal to everything",
            """
from collections import namedtuple
class Lie(namedtuple("Lie", "x")):
    __eq__ = lambda self, other: True
    __len__ = lambda self: 9
square = lambda x: Lie(1)
""",
        ),
        # -- the page that the instructor opens
        "script": (
            "a script in an output",
            """
from IPython.display import display, HTML, Javascript, SVG
display(HTML("<script>EVIL()</script><img src=x onerror=EVIL()><iframe srcdoc='<script>EVIL()</script>'></iframe>"))
display(Javascript("EVIL()"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='EVIL()'><script>EVIL()</script></svg>"))
""",
        ),
        "script_in_text": (
            "a script in printed text, an error and a name",
            """
print("<script>EVIL()</script>\\x1b[31m<script>EVIL()</script>")
raise type("<script>EVIL()</script>", (Exception,), {})("</pre><script>EVIL()</script>")
""",
        ),
    }
    | KERNEL_MEMORY
    | MORE
    | TIME_AND_HOOKS
)
