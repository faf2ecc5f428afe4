"""Landlock and seccomp through ctypes: the system calls and file accesses that a student's process may use.

The namespaces already hide the rest of the machine. These two reduce the attack surface of the Linux kernel. Each
function returns whether it is in force: an older system may have neither.
"""

import ctypes
import errno
import os
import platform
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_DUMPABLE, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS, PR_SCHED_CORE = 4, 22, 2, 38, 62

# System calls that a notebook has no use for and that reach other processes, mounts, keys, devices or rarely used
# parts of the kernel: (number on x86_64, number on aarch64), None where the architecture does not have it.
REFUSED = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "process_madvise": (440, 440),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "personality": (135, 92),
    "fanotify_init": (300, 262),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "vmsplice": (278, 75),
    "uselib": (134, None),
    "ustat": (136, None),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "seccomp": (317, 277),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),  # memory that no process maps
    "semget": (64, 190),  # 2 MB of kernel memory a call, and the next ones likewise
    "msgget": (68, 186),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_setup": (206, 0),  # a number of requests that the whole machine shares
    "setxattr": (188, 5),  # an access list holds up to 128 kB of kernel memory for each file
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "sync": (162, 81),  # writes out the whole machine's files
    "syncfs": (306, 267),
    "fadvise64": (221, 223),  # drops files from the page cache, which the other workers then read from the disk
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setscheduler": (144, 119),
    "setpriority": (141, 140),  # a process that lets all others go first keeps its worker waiting, uncharged
    "ioprio_set": (251, 30),
}
CLONE, CLONE3, SOCKET, SOCKETPAIR, IOCTL, SETSOCKOPT = (56, 220), (435, 435), (41, 198), (53, 199), (16, 29), (54, 208)
FCNTL, MMAP = (72, 25), (9, 222)
SETRLIMIT, PRLIMIT, PRCTL = (160, 164), (302, 261), (157, 167)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
NEW_NAMESPACES = 0x7E020000  # any of clone's flags for mount, cgroup, uts, ipc, user, pid, network
FAMILIES = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink: the network namespace has no other host
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
SOL_SOCKET, SO_SNDBUF, SO_RCVBUF = 1, 7, 8
F_SETPIPE_SZ = 1031
MAP_SHARED, MAP_ANONYMOUS = 1, 0x20
RLIMIT_CORE = 4

LOAD, JUMP_EQUAL, JUMP_SET, JUMP_FROM, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
# Offsets in struct seccomp_data: the call, the architecture, the arguments.
NUMBER, ARCH, FIRST, SECOND, THIRD, FOURTH = 0, 4, 16, 24, 32, 40


def program(machine: str) -> bytes:
    """The BPF program, instructions of eight bytes."""
    machine_index, arch = MACHINES[machine]
    out: list[bytes] = []

    def add(code, value, if_true=0, if_false=0):
        out.append(struct.pack("=HBBI", code, if_true, if_false, value & 0xFFFFFFFF))

    def fail(code):
        add(RETURN, FAIL | code)

    add(LOAD, ARCH)
    add(JUMP_EQUAL, arch, 1, 0)
    add(RETURN, KILL)
    add(LOAD, NUMBER)
    add(JUMP_FROM, 0x40000000, 0, 1)  # the x32 ABI would offer every call a second time
    fail(errno.EPERM)
    for numbers in REFUSED.values():
        if numbers[machine_index] is not None:
            add(JUMP_EQUAL, numbers[machine_index], 0, 1)
            fail(errno.EPERM)
    add(JUMP_EQUAL, CLONE3[machine_index], 0, 1)
    fail(errno.ENOSYS)  # its flags are behind a pointer, which a filter cannot read; libc falls back to clone
    add(JUMP_EQUAL, CLONE[machine_index], 0, 4)
    add(LOAD, FIRST)
    add(JUMP_SET, NEW_NAMESPACES, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    for call in (SOCKET, SOCKETPAIR):
        add(JUMP_EQUAL, call[machine_index], 0, len(FAMILIES) + 3)
        add(LOAD, FIRST)
        for number, family in enumerate(FAMILIES):
            add(JUMP_EQUAL, family, len(FAMILIES) - number, 0)
        fail(errno.EAFNOSUPPORT)
        add(RETURN, ALLOW)
    add(JUMP_EQUAL, SETSOCKOPT[machine_index], 0, 7)  # larger buffers would hold memory that we do not count
    add(LOAD, SECOND)
    add(JUMP_EQUAL, SOL_SOCKET, 0, 4)
    add(LOAD, THIRD)
    add(JUMP_EQUAL, SO_SNDBUF, 1, 0)
    add(JUMP_EQUAL, SO_RCVBUF, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    add(JUMP_EQUAL, FCNTL[machine_index], 0, 4)  # namespace_init.py counts a pipe as 64 kB
    add(LOAD, SECOND)
    add(JUMP_EQUAL, F_SETPIPE_SZ, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    add(
        JUMP_EQUAL, MMAP[machine_index], 0, 5
    )  # its pages stay while any part is mapped, and only mapped ones are counted
    add(LOAD, FOURTH)
    add(JUMP_SET, MAP_SHARED, 0, 2)
    add(JUMP_SET, MAP_ANONYMOUS, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    add(
        JUMP_EQUAL, SETRLIMIT[machine_index], 0, 4
    )  # with another value the system runs its crash handler, see isolate.py
    add(LOAD, FIRST)
    add(JUMP_EQUAL, RLIMIT_CORE, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    add(JUMP_EQUAL, PRLIMIT[machine_index], 0, 10)
    add(LOAD, THIRD)  # the address of the new limit: null if the old one is only read
    add(JUMP_EQUAL, 0, 0, 2)
    add(LOAD, THIRD + 4)
    add(JUMP_EQUAL, 0, 5, 0)
    add(LOAD, FIRST)  # another process, such as our namespace's init process: a new limit could kill it
    add(JUMP_EQUAL, 0, 0, 2)
    add(LOAD, SECOND)
    add(JUMP_EQUAL, RLIMIT_CORE, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    # We cannot measure an unreadable process; core scheduling keeps other programs off the CPU's second thread.
    add(JUMP_EQUAL, PRCTL[machine_index], 0, 5)
    add(LOAD, FIRST)
    add(JUMP_EQUAL, PR_SET_DUMPABLE, 1, 0)
    add(JUMP_EQUAL, PR_SCHED_CORE, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    add(JUMP_EQUAL, IOCTL[machine_index], 0, 4)
    add(LOAD, SECOND)
    add(JUMP_EQUAL, TIOCSTI, 1, 0)
    add(JUMP_EQUAL, TIOCLINUX, 0, 1)
    fail(errno.EPERM)
    add(RETURN, ALLOW)
    return b"".join(out)


def seccomp() -> bool:
    """Install the filter for this thread and all its future children and threads."""
    if platform.machine() not in MACHINES:
        return False
    code = program(platform.machine())
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    ready = Program(len(code) // 8, ctypes.addressof(buffer))
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(ready), 0, 0) == 0


# -- Landlock

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
WRITES = 0b1111111110010  # write, remove, make of every kind (ABI 1)
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # ABI 2, 3, 5


def landlock_abi() -> int:
    """The Landlock ABI version of the running system, 0 without Landlock."""
    return max(0, LIBC.syscall(CREATE_RULESET, None, 0, 1))


def landlock(writable: list[str]) -> int:
    """Allow writing only below `writable`, and no signal or abstract socket to outside. Returns the ABI, 0 without."""
    abi = landlock_abi()
    if abi < 1:
        return 0
    files = WRITES | (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0) | (IOCTL_DEV if abi >= 5 else 0)
    fields = [files] + ([0] if abi >= 4 else []) + ([3] if abi >= 6 else [])  # TCP unrestricted; sockets, signals
    rules = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = LIBC.syscall(CREATE_RULESET, rules, len(rules), 0)
    if ruleset < 0:
        return 0
    try:
        for path in writable:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = files if os.path.isdir(path) else files & ~(REFER | WRITES) | 2
            rule = struct.pack("=Qi", allowed, fd)
            LIBC.syscall(ADD_RULE, ruleset, 1, rule, 0)
            os.close(fd)
        LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return abi if LIBC.syscall(RESTRICT_SELF, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)
