"""The NATS client protocol, as much as a publisher and a reader need (https://docs.nats.io/reference/reference-protocols/nats-protocol)."""
import itertools
import json
import socket
import time
from typing import NamedTuple

REQUESTS = itertools.count(1)


class Message(NamedTuple):
    subject: str
    status: bytes  # the first line of its headers; b"" when it has none
    body: bytes
    reply: str  # "" when it wants no answer


class Wire:
    """One connection. Not for two threads at once. Raises OSError when it breaks."""

    def __init__(self, port, timeout=5.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        try:
            self._greet(timeout)
        except BaseException:
            self.close()
            raise

    def _greet(self, timeout):
        self.info = json.loads(self._greeting(timeout)[5:])
        self.send(b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"lang":"chaos","version":"1"}\r\nPING\r\n')
        while self._greeting(timeout) != b"PONG":
            pass

    def _greeting(self, timeout):
        line = self.line(timeout)
        if line.startswith(b"-ERR"):
            raise ConnectionError(line.decode(errors="replace"))
        return line

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()

    def messages(self, patience):
        """The messages that have come, at least one within `patience` seconds; [] when nothing came."""
        deadline = time.monotonic() + patience
        while not (found := self._parsed()):
            if (left := deadline - time.monotonic()) <= 0:
                break
            self.socket.settimeout(left)
            try:
                self._receive()
            except TimeoutError:
                break
        return found

    def _receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("closed by the server")
        self.buffer += data

    def line(self, timeout):
        """The next line as it is; not between two calls of messages()."""
        self.socket.settimeout(timeout)
        while b"\r\n" not in self.buffer:
            self._receive()
        line, _, rest = bytes(self.buffer).partition(b"\r\n")
        self.buffer = bytearray(rest)
        return line

    def body(self, size, timeout):
        """What follows a MSG's line."""
        self.socket.settimeout(timeout)
        while len(self.buffer) < size + 2:
            self._receive()
        data = bytes(self.buffer[:size])
        del self.buffer[:size + 2]
        return data

    def _parsed(self):
        found, at, data = [], 0, self.buffer
        while (end := data.find(b"\r\n", at)) >= 0:
            words = bytes(data[at:end]).split(b" ")
            verb = words[0]
            if verb in (b"MSG", b"HMSG"):
                size, head = int(words[-1]), int(words[-2]) if verb == b"HMSG" else 0
                if len(data) < end + 2 + size + 2:
                    break
                body = bytes(data[end + 2:end + 2 + size])
                reply = words[3].decode() if len(words) == (6 if verb == b"HMSG" else 5) else ""
                found.append(Message(words[1].decode(), body[:head].partition(b"\r\n")[0], body[head:], reply))
                at = end + 2 + size + 2
                continue
            at = end + 2
            if verb == b"PING":
                self.send(b"PONG\r\n")
            elif verb == b"-ERR":
                raise ConnectionError(b" ".join(words).decode(errors="replace"))
        del data[:at]
        return found


def request(wire, subject, payload=b"", patience=5.0):
    """The answer's JSON ({} when it is empty). TimeoutError when none comes in time."""
    number = next(REQUESTS)
    inbox = f"_INBOX.one.{number}"
    wire.send(f"SUB {inbox} one{number}\r\nUNSUB one{number} 1\r\nPUB {subject} {inbox} {len(payload)}\r\n".encode() + payload + b"\r\n")
    deadline = time.monotonic() + patience
    while (left := deadline - time.monotonic()) > 0:
        for message in wire.messages(left):
            if message.subject == inbox:
                if message.status:
                    raise ConnectionError(message.status.decode())
                return json.loads(message.body or b"{}")
    raise TimeoutError(subject)
