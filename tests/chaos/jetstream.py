"""The JetStream API as an operator's tool and a client use it."""
import itertools
import json
import os
import time
from typing import NamedTuple

from ledger import print_of
from wire import Wire, request

NUMBERS = itertools.count(1)


class Refused(Exception):
    """The server's error, or a publish that no stream acknowledges."""

    def __init__(self, subject, error):
        super().__init__(f"{subject}: {error}")
        self.code = error.get("err_code", 0) if isinstance(error, dict) else 0


class Snapshot(NamedTuple):
    config: dict
    state: dict
    chunks: list  # bytes


class Client:
    """One connection. Not for two threads at once. Raises OSError when it breaks, Refused when the server says no."""

    def __init__(self, port, timeout=5.0):
        self.port, self.wire, self.patience = port, Wire(port, timeout), timeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    def ask(self, name, body=None, patience=None):
        subject = f"$JS.API.{name}"
        answer = request(self.wire, subject, json.dumps(body).encode() if body is not None else b"", patience or self.patience)
        if "error" in answer:
            raise Refused(subject, answer["error"])
        return answer

    # ---- streams

    def info(self, stream):
        return self.ask(f"STREAM.INFO.{stream}")

    def update(self, stream, change):
        """As every tool does it: reads the configuration, `change(config)`s it and writes all of it back. What the server made of it."""
        config = self.info(stream)["config"]
        change(config)
        return self.ask(f"STREAM.UPDATE.{stream}", config)["config"]

    def delete(self, stream):
        self.ask(f"STREAM.DELETE.{stream}")

    # ---- messages

    def store(self, ledger, subject, payload=None):
        """Publishes a message that no other one is like; it is acknowledged, and in the ledger. Its sequence."""
        if payload is None:
            payload = b"%d.%d" % (os.getpid(), next(NUMBERS))
        try:
            answer = request(self.wire, subject, payload, self.patience)
        except ConnectionError as error:
            if str(error).endswith("503"):
                raise Refused(subject, "stored nowhere") from None
            raise
        if "error" in answer or answer.get("stream") != ledger.stream:
            raise Refused(subject, answer.get("error") or f"stored in {answer.get('stream')}")
        ledger.acked(answer["seq"], print_of(subject, payload))
        return answer["seq"]

    # ---- save and restore, as `nats stream backup` and `nats stream restore` do

    def snapshot(self, stream):
        inbox, chunks, answer = f"_INBOX.snapshot.{next(NUMBERS)}", [], None
        body = json.dumps({"deliver_subject": f"{inbox}.chunk", "no_consumers": False, "chunk_size": 8192}).encode()
        self.wire.send(f"SUB {inbox}.* snapshot\r\nPUB $JS.API.STREAM.SNAPSHOT.{stream} {inbox}.answer {len(body)}\r\n".encode() + body + b"\r\n")
        try:
            while got := self.wire.messages(10):
                for message in got:
                    if message.subject == f"{inbox}.answer":
                        answer = json.loads(message.body)
                        if "error" in answer:
                            raise Refused(f"snapshot of {stream}", answer["error"])
                    elif message.body:
                        chunks.append(message.body)
                        if message.reply:
                            self.wire.send(f"PUB {message.reply} 0\r\n\r\n".encode())
                    elif message.status and b" 204" not in message.status:
                        raise Refused(f"snapshot of {stream}", message.status.decode())
                    else:
                        return Snapshot(answer["config"], answer["state"], chunks)
        finally:
            self.wire.send(b"UNSUB snapshot\r\n")
        raise TimeoutError(f"the snapshot of {stream} does not end")

    def begin_restore(self, stream, snapshot):
        """The subject to which the chunks go."""
        return self.ask(f"STREAM.RESTORE.{stream}", {"config": snapshot.config, "state": snapshot.state})["deliver_subject"]

    def restore_chunk(self, subject, chunk):
        """An empty one is the end: the server's answer says what has become of it."""
        answer = request(self.wire, subject, chunk, 30)
        if "error" in answer:
            raise Refused(subject, answer["error"])
        return answer


def store_within(port, ledger, subjects, seconds):
    """Publishes on each until it is acknowledged: those on which that did not happen in time, with the last reason."""
    deadline, left = time.monotonic() + seconds, {subject: "" for subject in subjects}
    while left:
        try:
            with Client(port) as client:
                for subject in list(left):
                    try:
                        client.store(ledger, subject)
                        del left[subject]
                    except Refused as error:
                        left[subject] = str(error)
        except (OSError, ValueError) as error:
            left = {subject: str(error) for subject in left}
        if left and time.monotonic() > deadline:
            return left
        if left:
            time.sleep(0.1)
    return {}
