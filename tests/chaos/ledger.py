"""What was acknowledged, and whether it is still there."""
import base64
import hashlib
import json
import threading
import time

from wire import Wire

STREAM = "MARKET_DATA"
WINDOW = 256  # requests under way


def print_of(subject, payload):
    return hashlib.blake2b(subject.encode() + b"\0" + payload, digest_size=12).digest()


class Ledger:
    """Every acknowledged message of one stream by its sequence. For any thread."""

    def __init__(self, stream=STREAM):
        self.stream = stream
        self._lock = threading.Lock()
        self._acked = {}  # sequence -> (print, moment)
        self.conflicts = []  # the same sequence acknowledged for two messages: the first one is lost

    def acked(self, sequence, mark):
        with self._lock:
            if self._acked.setdefault(sequence, (mark, time.monotonic()))[0] != mark:
                self.conflicts.append(sequence)

    def forget(self):
        """Somebody who may do so has deleted the stream."""
        with self._lock:
            self._acked.clear()
            self.conflicts.clear()

    def __len__(self):
        with self._lock:
            return len(self._acked)

    def newest(self, count):
        return dict(list(self.everything().items())[-count:])

    def everything(self):
        with self._lock:
            return {sequence: mark for sequence, (mark, _) in self._acked.items()}

    def until(self, moment):
        """What was acknowledged before that moment of the monotonic clock."""
        with self._lock:
            return {sequence: mark for sequence, (mark, acked) in self._acked.items() if acked < moment}


def missing(port, stream, wanted):
    """Those of `wanted` (sequence -> print) that the stream no longer has as they were: [(sequence, why)]. Raises OSError."""
    wire = Wire(port)
    wire.send(b"SUB _INBOX.check.* 1\r\n")
    queue, waiting, lost = list(wanted), set(), []
    try:
        while queue or waiting:
            while queue and len(waiting) < WINDOW:
                sequence = queue.pop()
                waiting.add(sequence)
                body = b'{"seq":%d}' % sequence
                wire.send(b"PUB $JS.API.STREAM.MSG.GET.%s _INBOX.check.%d %d\r\n%s\r\n" % (stream.encode(), sequence, len(body), body))
            answers = wire.messages(10)
            if not answers:
                raise TimeoutError(f"{len(waiting)} reads without an answer")
            for subject, status, body, _ in answers:
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
