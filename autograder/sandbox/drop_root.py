"""Become an unprivileged user and start a program that needs folders this user could not reach.

    python -I -S drop_root.py UID BASE FOLDER... -- PROGRAM ARGUMENT...

Run as root. In a mount namespace of its own, each FOLDER appears as BASE/lent/<number>; then the process is UID
for good, without any right of root's, and becomes PROGRAM. Standard library only: it starts for every worker.
"""

import ctypes
import os
import sys

NEW_MOUNTS, PRIVATE, BIND, REC = 0x20000, 1 << 18, 4096, 1 << 14
LIBC = ctypes.CDLL(None, use_errno=True)


def main(words: list[str]) -> None:
    end = words.index("--")
    uid, base, folders = int(words[0]), words[1], words[2:end]
    check(LIBC.unshare(NEW_MOUNTS), "unshare")
    check(LIBC.mount(None, b"/", None, ctypes.c_ulong(REC | PRIVATE), None), "private mounts")
    for number, folder in enumerate(folders):
        place = f"{base}/lent/{number}"
        os.makedirs(place, exist_ok=True)
        check(LIBC.mount(folder.encode(), place.encode(), None, ctypes.c_ulong(BIND | REC), None), place)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(words[end + 1], words[end + 1:])


def check(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main(sys.argv[1:])
