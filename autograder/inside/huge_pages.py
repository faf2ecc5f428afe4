"""Memory of a process that others are forked from, in huge pages: a fork copies one entry of its tables where it copied
512, and the end of the fork drops one. Where a fork writes, it gets small pages of its own, as it did before.
"""

import ctypes

SIZE = 1 << 21  # of a huge page where small ones have 4096 bytes
COLLAPSE = 25  # madvise's name for it, since Linux 6.1


def huge() -> int:
    """Returns how many huge pages there are now; none on a system that has none to give, which is only slower."""
    libc, made = ctypes.CDLL(None), 0
    with open("/proc/self/maps") as lines:
        places = [line.split() for line in lines]
    for span, rights, *_, name in (place if len(place) > 5 else [*place, ""] for place in places):
        if rights == "rw-p" and name in ("", "[heap]"):
            start, end = (int(number, 16) for number in span.split("-"))
            for address in range(-(-start // SIZE) * SIZE, end - SIZE + 1, SIZE):
                made += libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(SIZE), COLLAPSE) == 0
    return made
