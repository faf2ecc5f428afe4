"""Isolate the calling process before a student's code runs: namespaces, mounts, capabilities, resource limits.

The calling process must have one thread. Linux only, through ctypes.
"""

import contextlib
import ctypes
import fcntl
import os
import re
import resource
import socket
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_USER, NEW_REST = 0x10000000, 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 1 << 14, 1 << 18
KEPT_FLAGS = {1024: 1024, 2048: 2048, 4096: 1 << 21}  # statvfs flag -> mount flag: noatime, nodiratime, relatime
SOCKET_BUFFER = 212_992  # bytes: Linux's default for one direction (filters.py refuses SO_SNDBUF and SO_RCVBUF)
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 24, 38


def check(result: int, action: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{action}: {os.strerror(code)}")


def mount(source: str | None, target: str, fs_type: str | None = None, flags: int = 0, data: str | None = None) -> None:
    texts = [text and text.encode() for text in (source, target, fs_type)]
    check(LIBC.mount(*texts, ctypes.c_ulong(flags), data and data.encode()), f"mount {target}")


def new_namespaces() -> None:
    """Enter new user, mount, cgroup, uts, ipc and network namespaces; the next child is init of a new pid namespace."""
    uid, gid = os.getuid(), os.getgid()
    check(LIBC.unshare(NEW_USER | NEW_REST), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def private_files(folder: str, home: str, limits: dict) -> None:
    """Mount a new /proc, tmpfs of limited size on `home`, /tmp and /dev/shm, and hide all run folders but `folder`."""
    mount(None, "/", None, PRIVATE | REC)
    folder_fd = os.open(folder, os.O_PATH)
    kept_fds = {
        path: os.open(path, os.O_PATH) for path in mounted_below("/tmp") if path != os.path.dirname(folder)
    }  # a Python installed there, with its packages
    for path in ("/tmp", "/dev/shm"):
        tmpfs(path, limits["disk_bytes"])
    for path, fd in kept_fds.items():
        os.makedirs(path)
        mount(f"/proc/self/fd/{fd}", path, None, BIND)
        os.close(fd)
        read_only(path)
    os.makedirs(os.path.dirname(folder), exist_ok=True)  # it may have been below the old /tmp
    tmpfs(os.path.dirname(folder), 1 << 20)
    os.mkdir(folder)
    mount(f"/proc/self/fd/{folder_fd}", folder, None, BIND)
    os.close(folder_fd)
    read_only(os.path.dirname(folder))
    tmpfs(home, limits["disk_bytes"])
    mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
    with contextlib.suppress(OSError):  # a shared mapping of /dev/zero holds memory that nobody can count (filters.py)
        mount("/dev/null", "/dev/zero", None, BIND)
    socket.sethostname("kernel")
    loopback()
    small_tcp_buffers()


def mounted_below(path: str) -> list[str]:
    """The outermost mount points below a folder, as /proc/self/mountinfo lists them (a space there is \\040)."""
    with open("/proc/self/mountinfo", "rb") as lines:
        fields = [line.split()[4] for line in lines]
    points = {os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), field)) for field in fields}
    below = sorted(point for point in points if point.startswith(path + "/"))
    return [point for point in below if not any(point.startswith(outer + "/") for outer in below)]


def loopback() -> None:
    """Bring up the loopback interface, the only one of the network namespace."""
    set_flags, up = 0x8914, 1
    with socket.socket() as sock:
        fcntl.ioctl(sock, set_flags, struct.pack("16sh22x", b"lo", up))


def small_tcp_buffers() -> None:
    """Limit the buffers of TCP sockets in this network namespace to those of other sockets: otherwise they grow to 10 MB,
    and namespace_init.py could not count them."""
    for name in ("tcp_wmem", "tcp_rmem"):
        with contextlib.suppress(OSError):
            with open(f"/proc/sys/net/ipv4/{name}") as file:
                least, usual, _ = map(int, file.read().split())
            with open(f"/proc/sys/net/ipv4/{name}", "w") as file:
                file.write(f"{least} {min(usual, SOCKET_BUFFER)} {SOCKET_BUFFER}")


def tmpfs(path: str, size: int) -> None:
    mount("tmpfs", path, "tmpfs", NOSUID | NODEV | NOEXEC, f"size={size},nr_inodes={max(100, size >> 13)},mode=700")


def read_only(path: str) -> None:
    """Remount read-only. Sockets below it can still be connected to. Raises OSError if a file is open for writing."""
    current = os.statvfs(path).f_flag
    flags = (current & (NOSUID | NODEV | NOEXEC)) | sum(to for at, to in KEPT_FLAGS.items() if current & at)
    mount(None, path, None, REMOUNT | BIND | RDONLY | flags)


def limit_resources(limits: dict) -> None:
    """Set resource limits; memory_bytes is on top of what the process has mapped already."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for name, value in (
        ("AS", mapped + limits["memory_bytes"]),
        ("NPROC", limits["processes"]),
        ("NOFILE", limits["open_files"]),
        ("FSIZE", limits["file_bytes"]),
        ("MEMLOCK", 0),
        ("CPU", limits["cpu_seconds"]),
        ("MSGQUEUE", 0),
        ("SIGPENDING", 1000),
    ):
        number = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(number)[1]
        value = int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
        # SIGXCPU one second before SIGKILL: its exit code tells why the process ended
        soft = value - 1 if name == "CPU" and value > 1 else value
        resource.setrlimit(number, (soft, value))


def no_core_dumps() -> None:
    """Prevent core files, and crash handlers of the system (core_pattern), which would run outside of all our limits: only
    a limit of exactly 1 byte prevents both. If the hard limit is 0 already, it stays 0."""
    value = min(1, resource.getrlimit(resource.RLIMIT_CORE)[1] % (1 << 64))  # -1 is infinity
    resource.setrlimit(resource.RLIMIT_CORE, (value, value))


def drop_capabilities() -> None:
    """Drop every capability, also those over our own namespaces, now and after any exec."""

    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

    nothing = (ctypes.c_uint32 * 6)()
    for capability in range(64):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails above the last capability of this system
    check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    check(LIBC.capset(ctypes.byref(Header(0x20080522, 0)), ctypes.byref(nothing)), "capset")


def unreadable() -> None:
    """Mark this process as not dumpable: no unprivileged process can read its memory."""
    check(LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")


def readable() -> None:
    """Undo `unreadable`, which forks inherit: a process may read its own memory."""
    check(LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable")
