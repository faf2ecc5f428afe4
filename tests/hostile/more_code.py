"""More attacks by code in a cell: on the CPU of others, on hidden inputs, on the judge by unusual values.

Like code_attacks.py: name -> (what it tries, the source of a cell inserted before the answer `square`).
"""

OTHERS_TIME = {
    "sync_storm": (
        "makes the machine write out all its files, again and again",
        "import os, time\nend = time.time() + 2\nwhile time.time() < end:\n    os.sync()\n",
    ),
    "barriers": (
        "interrupts every CPU by memory barriers",
        """
import ctypes, time
libc, end = ctypes.CDLL(None, use_errno=True), time.time() + 2
libc.syscall(324, 4, 0, 0)
while time.time() < end:
    libc.syscall(324, 2, 0, 0)
""",
    ),
    "page_cache": (
        "drops the system's files from the page cache, so that others read the disk",
        """
import os
dropped = 0
for name in os.listdir(os.path.dirname(os.__file__)):
    try:
        with open(os.path.join(os.path.dirname(os.__file__), name), "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        dropped += 1
    except OSError:
        pass
    if dropped > 200: break
if dropped: print("FOUND", dropped, "files dropped")
""",
    ),
    "core_scheduling": (
        "asks that no other program runs on the second thread of its CPU core",
        """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(62, 1, 0, 0, 0) == 0 or ctypes.get_errno() != errno.EPERM: print("FOUND a core of its own")
""",
    ),
    "priority": (
        "takes a higher priority for CPU and disk",
        """
import ctypes, os
for change in (lambda: os.nice(-5), lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)):
    try:
        change(); print("FOUND a higher priority")
    except OSError:
        pass
if ctypes.CDLL(None, use_errno=True).syscall(251, 1, 0, 1 << 13) == 0:
    print("FOUND a higher priority for the disk")
""",
    ),
    "spinning_threads": (
        "threads that compute until the end",
        """
import threading
def spin():
    while True: sum(range(1000))
for _ in range(30): threading.Thread(target=spin, daemon=True).start()
""",
    ),
    "unmapping": (
        "maps and unmaps memory, so that CPUs must forget it",
        """
import mmap, os, time
end = time.time() + 2
for _ in range(4):
    if not os.fork():
        while time.time() < end:
            m = mmap.mmap(-1, 4 << 20); m.write(bytes(4 << 20)); m.close()
        os._exit(0)
""",
    ),
    "signals": (
        "a timer every microsecond, and signals to itself",
        """
import os, signal, time
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
end = time.time() + 2
while time.time() < end: os.kill(os.getpid(), signal.SIGALRM)
signal.setitimer(signal.ITIMER_REAL, 0)
""",
    ),
}

HIDDEN_INPUTS = {
    "hidden_by_loopback": (
        "a child keeps hidden inputs and gives them back over the loopback network",
        """
import os, socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(("127.0.0.1", 0)); address = server.getsockname()
if not os.fork():
    os.setsid(); seen = b"HIDDEN"
    while True:
        text, sender = server.recvfrom(1000); seen += b" " + text; server.sendto(seen[:500], sender)
def square(x):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(0.2); s.sendto(str(x).encode(), address)
    raise ValueError(s.recv(1000).decode())
""",
    ),
    "hidden_by_a_mapped_file": (
        "a mapped file carries hidden inputs to the snapshots of other tests",
        """
import mmap, os
fd = os.open("/dev/shm/seen", os.O_RDWR | os.O_CREAT); os.ftruncate(fd, 4096); seen = mmap.mmap(fd, 4096)
def square(x):
    end = seen.find(b"\\0"); text = f"HIDDEN {x} ".encode(); seen[end:end + len(text)] = text
    raise ValueError(seen[:200].decode())
class prediction_race(str): pass
""",
    ),
    "hidden_in_a_class_name": (
        "an exception whose class is named after the hidden input",
        "def square(x):\n    raise type(f'HIDDEN {x}', (ValueError,), {})(f'HIDDEN {x}')\n",
    ),
    "hidden_in_a_warning": (
        "warnings with the hidden input in their text and in their category",
        """
import warnings
def square(x):
    warnings.warn(f"HIDDEN {x}"); warnings.warn(f"HIDDEN {x}", type(f"HIDDEN {x}", (UserWarning,), {}))
    return f"HIDDEN {x}"
""",
    ),
    "hidden_in_a_repr": (
        "an object that shows the hidden input as its text, its name and its length",
        """
class Tell:
    def __init__(self, x): self.x, self.__name__ = x, f"HIDDEN {x}"
    def __repr__(self): return f"HIDDEN {self.x}"
    __str__ = __repr__
def square(x): return Tell(x)
""",
    ),
    "hidden_in_time": (
        "sleeps as long as the hidden input is large",
        "import time\ndef square(x):\n    time.sleep(min(2, abs(x) / 10))\n    return None\n",
    ),
    "hidden_by_a_signal": (
        "a snapshot sends hidden inputs as signals to all others",
        """
import os, signal
seen = []
signal.signal(signal.SIGRTMIN, lambda *_: seen.append("HIDDEN"))
def square(x):
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            try: os.kill(int(name), signal.SIGRTMIN)
            except OSError: pass
    raise ValueError(f"{seen} HIDDEN {x}")
""",
    ),
}

ANSWERS = {  # expressions that `square` returns
    "nan_keys": ("a dict with keys that are not equal to themselves", "{float('nan'): 9, float('nan'): 9}"),
    "object_array": ("an array of objects", "np.array([9, None, []], dtype=object)"),
    "zero_dimensional_object": (
        "an array of no dimensions that holds itself's class",
        "np.array(np.ndarray, dtype=object)",
    ),
    "records": ("an array of records", "np.zeros(1, dtype=[('a', 'f8'), ('b', 'O')])"),
    "dates": ("a date", "np.datetime64('2020-01-01')"),
    "masked": ("a masked array", "np.ma.masked_all(3)"),
    "long_text": ("a text of 3 MB", "'9' * 3_000_000"),
    "lone_surrogates": ("text that no file can hold", "'\\ud800\\udfff' * 1000"),
    "endless_generator": ("a generator without end", "iter(lambda: 9.0, None)"),
    "empty_but_wide": ("an empty array of shape (0, 2**60)", "np.zeros((0, 1 << 60), dtype='b')"),
    "endless_range": ("a range of 10**30 numbers", "range(10 ** 30)"),
    "dict_of_itself": ("a dict that contains itself", "(lambda d: d.setdefault('d', d))({})"),
    "generator_of_itself": ("a generator that yields itself", "(lambda b: [b.append(x for x in b), b[0]][1])([])"),
    "many_values": ("a list of 150,000 lists", "[[] for _ in range(150_000)]"),
    "negative_zero_and_nan": ("a complex number of NaN and infinity", "complex(float('nan'), float('inf'))"),
    "void": ("raw bytes as a scalar", "np.void(b'9' * 1000)"),
    "class_itself": ("a class", "type('nine', (float,), {'__eq__': lambda *a: True})"),
    "numbers_of_a_subclass": (
        "an array of a subclass whose items are equal to everything",
        "type('A', (np.ndarray,), {'__eq__': lambda *a: np.True_, '__getitem__': lambda *a: 9})((1,))",
    ),
}
VALUES = {
    name: (f"{tries}, as an answer", f"import numpy as np\nsquare = lambda x: {expression}\n")
    for name, (tries, expression) in ANSWERS.items()
}
PROCESSES = {
    "lying_name": (
        "processes whose names read like the state of an ended one",
        """
import ctypes, os, time
for _ in range(6):
    if not os.fork():
        ctypes.CDLL(None).prctl(15, b") Z 0 0 0 0", 0, 0, 0)
        kept = bytearray(90 << 20); kept[::4096] = b"x" * len(kept[::4096]); time.sleep(100)
time.sleep(1.5); print("FOUND 500 MB that nobody counts")
""",
    ),
    "switches_of_processes": (
        "writes to the switches that the system has for each process",
        """
import os
for pid in ("self", "1"):
    for name, value in (("oom_score_adj", "1000"), ("uid_map", "0 0 1"), ("setgroups", "allow"), ("autogroup", "-20"), ("clear_refs", "1"), ("comm", "grader")):
        try: open(f"/proc/{pid}/{name}", "w").write(value); print("FOUND", name)
        except OSError: pass
""",
    ),
    "crash_when_asked": (
        "an answer that makes its own process crash",
        "import ctypes\ndef square(x):\n    ctypes.string_at(0)\n",
    ),
    "modules_are_gone": (
        "the modules that a copy for a test needs are gone",
        """
import sys
for name in list(sys.modules):
    if name.startswith(("numpy", "msgpack", "descent", "IPython")): sys.modules[name] = None
""",
    ),
    "noise_on_the_wire": (
        "a thread of a test's copy writes to all its files",
        """
import os, threading, time
setsid = os.setsid
def noisy():
    setsid()
    def write():
        time.sleep(0.2)
        for fd in range(3, 60):
            try: os.write(fd, bytes(12))
            except OSError: pass
    threading.Thread(target=write, daemon=True).start()
os.setsid = noisy
""",
    ),
    "stopped_when_parked": (
        "a child stops the copy for a test before anybody asks it",
        """
import os, signal, time
setsid = os.setsid
def stopped():
    setsid(); pid = os.getpid()
    if not os.fork():
        time.sleep(0.3); os.kill(pid, signal.SIGSTOP); os._exit(0)
os.setsid = stopped
""",
    ),
    "folder_is_gone": (
        "the working folder is gone",
        "import os, shutil\nos.makedirs('a/b'); os.chdir('a/b'); shutil.rmtree('../../a')\n",
    ),
    "changing_array": (
        "a thread changes the answer while it is sent",
        """
import numpy as np, threading
changing = np.zeros(1 << 18)
def change():
    while True: changing[:] = changing + 1
def square(x):
    threading.Thread(target=change, daemon=True).start()
    return changing
""",
    ),
    "a_type_of_the_judges": (
        "a type that the judge has, too, in place of the function",
        "import numpy as np\nsquare = np.ndarray\n",
    ),
    "pipes_in_flight": (
        "full pipes that only a message holds",
        """
import array, os, socket
ours, theirs = socket.socketpair(); ours.setblocking(False)
try:
    for number in range(2000):
        ends = os.pipe(); os.set_blocking(ends[1], False)
        try:
            while True: os.write(ends[1], bytes(1 << 16))
        except BlockingIOError: pass
        ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", ends))])
        os.close(ends[0]); os.close(ends[1])
    print("FOUND", number, "pipes that nobody counts")
except OSError: pass
""",
    ),
}
MORE = OTHERS_TIME | HIDDEN_INPUTS | VALUES | PROCESSES
