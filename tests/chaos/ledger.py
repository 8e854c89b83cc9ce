"""What was acknowledged, and whether it is still there."""
import base64
import hashlib
import json
import threading

from wire import Wire

STREAM = "MARKET_DATA"
WINDOW = 256  # requests under way


def print_of(subject, payload):
    return hashlib.blake2b(subject.encode() + b"\0" + payload, digest_size=12).digest()


class Ledger:
    """Every acknowledged message by its sequence. For any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._acked = {}
        self.conflicts = []  # the same sequence acknowledged for two messages: the first one is lost

    def acked(self, sequence, mark):
        with self._lock:
            if self._acked.setdefault(sequence, mark) != mark:
                self.conflicts.append(sequence)

    def __len__(self):
        with self._lock:
            return len(self._acked)

    def newest(self, count):
        with self._lock:
            return dict(list(self._acked.items())[-count:])

    def everything(self):
        with self._lock:
            return dict(self._acked)


def missing(port, wanted):
    """Those of `wanted` (sequence -> print) that the server no longer has as they were: [(sequence, why)]. Raises OSError."""
    wire = Wire(port)
    wire.send(b"SUB _INBOX.check.* 1\r\n")
    queue, waiting, lost = list(wanted), set(), []
    try:
        while queue or waiting:
            while queue and len(waiting) < WINDOW:
                sequence = queue.pop()
                waiting.add(sequence)
                body = b'{"seq":%d}' % sequence
                wire.send(b"PUB $JS.API.STREAM.MSG.GET.%s _INBOX.check.%d %d\r\n%s\r\n" % (STREAM.encode(), sequence, len(body), body))
            answers = wire.messages(10)
            if not answers:
                raise TimeoutError(f"{len(waiting)} reads without an answer")
            for subject, status, body in answers:
                sequence = int(subject.rpartition(".")[2])
                waiting.discard(sequence)
                if status:
                    raise ConnectionError(status.decode())  # nobody answers yet: nothing is said about the message
                answer = json.loads(body)
                if "message" not in answer:
                    lost.append((sequence, answer.get("error", {}).get("description", "?")))
                    continue
                got = answer["message"]
                if print_of(got["subject"], base64.b64decode(got.get("data", ""))) != wanted[sequence]:
                    lost.append((sequence, f"another message, of {got['subject']}"))
    finally:
        wire.close()
    return lost
