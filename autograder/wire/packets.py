"""JSON messages over a SOCK_SEQPACKET socket, split into packets of limited size.

A flag byte marks the first and the last packet of a message. An interrupted sender leaves a message unfinished; the
reader drops it when the next first packet arrives. File descriptors travel with the first packet.
"""

import json
import math
import socket
from typing import Any

PACKET = 60_000  # bytes of one packet; a socket buffer holds several
FIRST, LAST = 1, 2


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, message: Any, fds: tuple[int, ...] = ()) -> None:
    """Send one message. Raises ValueError if JSON cannot represent it, OSError if the other end is closed."""
    data = json.dumps(message).encode()
    first = FIRST
    while first or data:
        piece, data = data[:PACKET], data[PACKET:]
        packet = bytes([first | (0 if data else LAST)]) + piece
        if first and fds:
            socket.send_fds(sock, [packet], list(fds))
        else:
            sock.send(packet)
        first = 0


class PacketReader:
    """Joins packets to messages. Text that is not JSON is dropped. The caller checks the message itself."""

    def __init__(self) -> None:
        self.parts: list[bytes] | None = None
        self.size = 0

    def add(self, packet: bytes, limit: float = math.inf) -> Any:
        """The message that this packet completes, else None. Raises TooLong if the message exceeds `limit` bytes."""
        first, last = packet[0] & FIRST, packet[0] & LAST
        if first:
            self.parts, self.size = [], 0
        if self.parts is None:
            return None
        self.parts.append(packet[1:])
        self.size += len(packet) - 1
        if self.size > limit:
            self.parts = None
            raise TooLong
        if not last:
            return None
        text, self.parts = b"".join(self.parts), None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None


class TooLong(Exception):
    """The message exceeds the limit; the reader ignores the rest of it."""
