"""Messages on a socket that keeps packets whole (AF_UNIX, SOCK_SEQPACKET): JSON, in as many packets as it takes.

What an interrupt leaves unfinished is dropped when the next message begins, so both sides always know where one
starts. Handles of files travel with the first packet.
"""

import json
import math
import socket

PACKET = 60_000  # bytes; a socket's buffer takes several
FIRST, LAST = 1, 2


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(sock: socket.socket, message, handles: tuple[int, ...] = ()) -> None:
    """Raises ValueError for what JSON cannot say, OSError when nobody listens."""
    data = json.dumps(message).encode()
    first = FIRST
    while first or data:
        piece, data = data[:PACKET], data[PACKET:]
        packet = bytes([first | (0 if data else LAST)]) + piece
        if first and handles:
            socket.send_fds(sock, [packet], list(handles))
        else:
            sock.send(packet)
        first = 0


class Reader:
    """Puts packets together again. What is no JSON is dropped; nothing else is believed of a message."""

    def __init__(self):
        self.parts, self.size = None, 0

    def take(self, packet: bytes, limit: float = math.inf):
        """The message that this packet completes, else None. Raises TooLong above `limit` bytes of a message."""
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
        whole, self.parts = b"".join(self.parts), None
        try:
            return json.loads(whole)
        except (ValueError, RecursionError):
            return None


class TooLong(Exception):
    """A message of more bytes than allowed; the rest of it will be ignored."""
