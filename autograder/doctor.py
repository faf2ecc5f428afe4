"""Which walls stand on this machine: python -m autograder.doctor. Exit code 0 when submissions can be graded safely.

The answer is found by going through the walls and trying what they must refuse.
"""

import os
import platform
import sys

from autograder.sandbox import probe, walls

NAMESPACES = {"user": "users", "pid": "processes", "mnt": "files", "ipc": "shared memory", "uts": "host name",
              "net": "network"}
NEEDED = {
    "capabilities": "no right over anything (capabilities)",
    "processes_hidden": "no other process in sight (own /proc)",
    "network": "no network but a loop back to itself",
    "read_only": "nothing outside of its own folders can be written",
    "new_namespaces": "no new namespaces from inside",
    "memory": "limit of memory", "disk": "limit of disk", "processes": "limit of processes",
}


def lines() -> tuple[list[tuple[bool | None, str]], str | None]:
    """(stands or not, None: welcome but not needed; in words) for each wall, and what is wrong with its cure."""
    program = walls.bubblewrap()
    found, wrong = probe.look()
    out: list[tuple[bool | None, str]] = [
        (bool(program), f"bubblewrap: {program or 'not found'}"),
        (found is not None, "outer wall: bubblewrap around each worker"),
    ]
    if found is None:
        return out, wrong
    real = walls.user()
    out.append((real != 0, f"a submission's processes are those of the real user {real}"
                + (", one for each worker, because root grades" if os.getuid() == 0 else "")))
    out += [(found["namespaces"][name], f"inner wall: own namespace of {words}") for name, words in NAMESPACES.items()]
    out += [(found[name], f"inner wall: {words}") for name, words in NEEDED.items()]
    abi = found["landlock"]
    out.append((True if abi else None, f"Landlock: version {abi}" if abi else "Landlock: this system has none (Linux 5.13+)"))
    out.append((True if found["seccomp"] else None, "seccomp: a filter of system calls" if found["seccomp"] else
                f"seccomp: no filter for {platform.machine()} on this system"))
    out.append((None, f"cgroup for pids: {'writable' if pids_cgroup() else 'not writable'}, not needed "
                "(a real user's processes are limited without)"))
    return out, wrong


def pids_cgroup() -> bool:
    return any(os.access(place, os.W_OK) for place in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup/cgroup.procs"))


def main() -> int:
    out, wrong = lines()
    for stands, words in out:
        print({True: "stands   ", False: "MISSING  ", None: "         "}[stands] + words)
    if wrong:
        print(f"\nSubmissions cannot be graded safely here: {wrong}")
        return 1
    print("\nSubmissions can be graded safely here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
