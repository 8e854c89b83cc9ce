"""A collector that never gives up: publishes with acknowledgements through every fault."""
import gzip
import json
import os
import pathlib
import threading
import time

from ledger import print_of
from wire import Wire

WINDOW = 64
GIVE_UP_AFTER = 5.0  # a publish without an answer: neither acknowledged nor refused
RECORDED = "exchange_frames.ndjson.gz"


def frames():
    """(subject, payload) of the recorded exchange frames, else ones of the same shape."""
    root = pathlib.Path(__file__).resolve().parents[2]
    path = pathlib.Path(os.environ.get("UNIFIED_FRAMES") or root.parent / "shared/data" / RECORDED)
    if not path.is_file():
        return [(f"trade-data.binance_spot.spot.BTC{i}", json.dumps({"price": str(i), "fill": "x" * (i * 37 % 900)}).encode()) for i in range(500)]
    with gzip.open(path) as lines:
        read = (json.loads(line) for line in lines)
        return [(frame["subject"], json.dumps(frame["payload"], separators=(",", ":")).encode()) for frame in read]


class Publisher(threading.Thread):
    """Runs until stop(); `rate` messages a second while there is a server."""

    def __init__(self, port, ledger, rate, messages, stored=None):
        """`messages`: (subject, payload) in turns. `stored(when it was sent)` is called for each that is acknowledged."""
        super().__init__(daemon=True)
        self.port, self.ledger, self.rate = port, ledger, rate
        self.sent = self.refused = self.unknown = self.connects = 0
        self._stop_wanted = threading.Event()
        self._frames, self._stored = messages, stored or (lambda sent: None)

    def ask_to_stop(self):
        self._stop_wanted.set()

    def stop(self):
        self.ask_to_stop()
        self.join(20)

    def run(self):
        while not self._stop_wanted.is_set():
            waiting = {}
            try:
                wire = Wire(self.port, 2.0)
            except (OSError, ValueError):
                self._give_up_server()
                self._stop_wanted.wait(0.03)
                continue
            self.connects += 1
            try:
                self._publish(wire, waiting)
            except (OSError, ValueError):
                pass
            finally:
                wire.close()
            self._give_up_server()
            self.unknown += len(waiting)

    def _give_up_server(self):
        """A connection ended, or there was none to be had; this client knows one server only."""

    def _publish(self, wire, waiting):
        wire.send(b"SUB _INBOX.acks.* 1\r\n")
        due = time.monotonic()
        while not self._stop_wanted.is_set() or waiting:
            now = time.monotonic()
            batch = b""
            while len(waiting) < WINDOW and due <= now and not self._stop_wanted.is_set():
                batch += self._next(waiting, now)
                due = max(due + 1 / self.rate, now - 0.5)
            if batch:
                wire.send(batch)
            for subject, status, body, _ in wire.messages(0.02):
                self._answered(waiting.pop(int(subject.rpartition(".")[2]), None), status, body)
            if waiting and now - next(iter(waiting.values()))[1] > GIVE_UP_AFTER:
                return  # a connection that nobody answers on

    def _next(self, waiting, now):
        subject, payload = self._frames[self.sent % len(self._frames)]
        payload = b'{"n":%d,"frame":%s}' % (self.sent, payload)
        waiting[self.sent] = (print_of(subject, payload), now)
        text = b"PUB %s _INBOX.acks.%d %d\r\n%s\r\n" % (subject.encode(), self.sent, len(payload), payload)
        self.sent += 1
        return text

    def _answered(self, publish, status, body):
        answer = json.loads(body) if body and not status else {}
        if publish is None:
            return
        if answer.get("stream") == self.ledger.stream and answer.get("seq") and "error" not in answer:
            self.ledger.acked(answer["seq"], publish[0])
            self._stored(publish[1])
        else:
            self.refused += 1
