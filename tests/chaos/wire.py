"""The NATS client protocol, as much as a publisher and a reader need (https://docs.nats.io/reference/reference-protocols/nats-protocol)."""
import json
import socket


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
        self.info = json.loads(self.line(timeout)[5:])
        self.send(b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"lang":"chaos","version":"1"}\r\nPING\r\n')
        while self.line(timeout) != b"PONG":
            pass

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()

    def messages(self, patience):
        """What has come, at least one within `patience` seconds: (subject, status line or b"", payload); [] when nothing came."""
        found = self._parsed()
        if not found:
            self.socket.settimeout(patience)
            try:
                self._receive()
            except TimeoutError:
                return []
            found = self._parsed()
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
                found.append((words[1].decode(), body[:head].partition(b"\r\n")[0], body[head:]))
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
    """The answer's JSON. TimeoutError when none comes in time."""
    inbox = f"_INBOX.one.{id(payload)}"
    wire.send(f"SUB {inbox} 9\r\nUNSUB 9 1\r\nPUB {subject} {inbox} {len(payload)}\r\n".encode() + payload + b"\r\n")
    for _ in range(100):
        for got, status, body in wire.messages(patience):
            if got == inbox:
                if status:
                    raise ConnectionError(status.decode())
                return json.loads(body)
    raise TimeoutError(subject)
