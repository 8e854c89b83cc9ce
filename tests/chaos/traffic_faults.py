"""Faults from outside: readers that stall, and clients that don't know how to behave."""
import contextlib
import fcntl
import socket
import time

from world import KILL, Unmet

F_SETPIPE_SZ = 1031


def listener(port):
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    deadline = time.monotonic() + 5
    while True:
        try:
            taken.bind(("127.0.0.1", port))
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    taken.listen(1)
    return taken


def reader_stalls(world):
    """Who reads our output does so no more: nothing of ours may wait for it."""
    with contextlib.suppress(OSError, ValueError):
        fcntl.fcntl(world.broker.process.stdout.fileno(), F_SETPIPE_SZ, 4096)
    world.broker.reading.clear()
    try:
        for _ in range(world.rng.randint(1, 3)):
            world.end_server(KILL)
            world.recover()
    finally:
        world.broker.reading.set()


def control_socket_is_abused(world):
    kinds = [b"", b"GET /readyz HT", b"\0" * 4096, b"POST /stop HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
             b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000,
             b"DELETE /stop HTTP/1.1\r\n\r\n", b"GET /nothing HTTP/1.0\r\n\r\n"]
    pid, open_ones = world.server_pid(), []
    try:
        for _ in range(40):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            client.settimeout(1)
            open_ones.append(client)
            with contextlib.suppress(OSError):
                client.connect(world.broker.control)
                client.sendall(world.rng.choice(kinds))
        if not world.broker.ready():
            raise Unmet(f"not ready for a well-behaved client: {world.why_not()}")
    finally:
        for client in open_ones:
            client.close()
    if world.server_pid() != pid:
        raise Unmet("another server")


def clients_talk_nonsense(world):
    kinds = [b"", b"\0" * 1000, b"CONNECT {", b"PUB trade-data.x 99999999\r\n", b"SUB > 1\r\n" * 500, b"GET / HTTP/1.1\r\n\r\n", b"A" * 8000]
    clients = []
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                clients.append(socket.create_connection(("127.0.0.1", world.broker.port), 2))
                clients[-1].sendall(world.rng.choice(kinds))
        time.sleep(world.rng.uniform(0.2, 1))
    finally:
        for client in clients:
            client.close()
