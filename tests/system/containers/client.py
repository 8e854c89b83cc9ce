"""The suite's client (tests/chaos): publishes with acknowledgements, and looks whether everything is still there."""
import json
import sys

import docker

sys.path.insert(0, str(docker.ROOT / "tests/chaos"))
from ledger import Ledger, missing  # noqa: E402,F401
from publisher import Publisher, frames  # noqa: E402,F401
from wire import Wire, request  # noqa: E402,F401


def ask(port, subject, payload=b"", patience=5.0):
    """One request with an answer in JSON."""
    wire = Wire(port)
    try:
        return request(wire, subject, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), patience)
    finally:
        wire.close()


def publish(port, subject, payload):
    return ask(port, subject, payload)


def messages(port, stream="MARKET_DATA"):
    return ask(port, f"$JS.API.STREAM.INFO.{stream}")["state"]["messages"]


def fill(port, subjects, count, stream="MARKET_DATA"):
    """Publishes `count` numbered messages, one subject after the other; returns when all are stored."""
    wire = Wire(port)
    try:
        for i in range(count):
            body = b"%d" % i
            wire.send(b"PUB %s %d\r\n%s\r\n" % (subjects[i % len(subjects)].encode(), len(body), body))
        docker.wait_for("all stored", 30, lambda: messages(port, stream) >= count)
    finally:
        wire.close()


def take(port, consumer, count, stream="MARKET_DATA"):
    """The next `count` of a pull consumer that acknowledges all up to one: acknowledged, their sequences in the stream."""
    wire = Wire(port)
    try:
        body = b'{"batch":%d,"no_wait":true}' % count
        wire.send(b"SUB _INBOX.pull 1\r\nPUB $JS.API.CONSUMER.MSG.NEXT.%s.%s _INBOX.pull %d\r\n%s\r\n" % (stream.encode(), consumer.encode(), len(body), body))
        replies = []
        while len(replies) < count:
            words = wire.line(5).split()
            if words[0] in (b"MSG", b"HMSG"):
                wire.body(int(words[-1]), 5)
                replies.append(words[3].decode())
        wire.send(b"PUB %s 4\r\n+ACK\r\nPING\r\n" % replies[-1].encode())
        while wire.line(5) != b"PONG":
            pass
        return [int(reply.split(".")[5]) for reply in replies]  # $JS.ACK.STREAM.CONSUMER.DELIVERED.STREAM-SEQUENCE.…
    finally:
        wire.close()
