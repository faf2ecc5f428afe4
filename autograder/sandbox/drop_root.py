"""Become an unprivileged user and exec a program that needs folders which this user cannot reach.

    python -I -S drop_root.py UID BASE FOLDER... -- PROGRAM ARGUMENT...

Run as root. In a new mount namespace each FOLDER is bind-mounted at BASE/lent/<number>; then the process gives up root
for UID and execs PROGRAM. It imports the standard library only, because it runs at the start of every worker.
"""

import ctypes
import os
import sys

NEW_MOUNTS, PRIVATE, BIND, REC = 0x20000, 1 << 18, 4096, 1 << 14
LIBC = ctypes.CDLL(None, use_errno=True)


def main(argv: list[str]) -> None:
    end = argv.index("--")
    uid, base, folders = int(argv[0]), argv[1], argv[2:end]
    check(LIBC.unshare(NEW_MOUNTS), "unshare")
    check(LIBC.mount(None, b"/", None, ctypes.c_ulong(REC | PRIVATE), None), "private mounts")
    for number, folder in enumerate(folders):
        target = f"{base}/lent/{number}"
        os.makedirs(target, exist_ok=True)
        check(LIBC.mount(folder.encode(), target.encode(), None, ctypes.c_ulong(BIND | REC), None), target)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(argv[end + 1], argv[end + 1 :])


def check(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main(sys.argv[1:])
