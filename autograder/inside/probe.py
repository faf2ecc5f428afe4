"""Isolate this process like a kernel, try what must fail, and print the results as JSON.

python -m descent_inside.inside.probe FOLDER          (in the outer sandbox; FOLDER and FOLDER/home exist)
"""

import ctypes
import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

from . import filters, isolate

LIMITS = {
    "disk_bytes": 1 << 20,
    "memory_bytes": 64 << 20,
    "processes": 8,
    "open_files": 64,
    "file_bytes": 1 << 16,
    "cpu_seconds": 10,
}


def main(folder: str) -> None:
    home = folder + "/home"
    outside = {name: os.readlink(f"/proc/self/ns/{name}") for name in ("user", "pid", "mnt", "ipc", "uts", "net")}
    isolate.new_namespaces()
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    isolate.private_files(folder, home, LIMITS)
    results: dict[str, Any] = {
        "namespaces": {name: os.readlink(f"/proc/self/ns/{name}") != link for name, link in outside.items()}
    }
    isolate.read_only(folder)
    isolate.limit_resources(LIMITS)
    isolate.drop_capabilities()
    results["landlock"] = filters.landlock([home, "/tmp", "/dev/null"])
    results["seccomp"] = filters.seccomp()
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    results |= {
        "capabilities": all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapBnd", "CapInh")),
        "processes_hidden": sorted(name for name in os.listdir("/proc") if name.isdigit()) == ["1"],
        "network": [name for _, name in socket.if_nameindex()] == ["lo"],
        "read_only": refused(lambda: open("/new", "w")) and refused(lambda: open(folder + "/new", "w")),
        "memory": refused(lambda: bytearray(256 << 20)),
        "disk": refused(lambda: write_much(home)),
        "new_namespaces": filters.LIBC.unshare(isolate.NEW_USER) != 0,
        "processes": fork_storm() <= LIMITS["processes"],
    }
    print(json.dumps(results))


def refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except (OSError, MemoryError):
        return True
    return False


def write_much(home: str) -> None:
    for number in range(100):
        with open(f"{home}/{number}", "wb") as file:
            file.write(bytes(LIMITS["file_bytes"]))


def fork_storm() -> int:
    """The number of processes that fork can start, at most 50."""
    children = []
    try:
        for _ in range(50):
            child = os.fork()
            if not child:
                ctypes.CDLL(None).pause()
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return len(children)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1])
