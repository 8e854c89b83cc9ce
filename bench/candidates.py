"""Who keeps the same nats-server running, each with its usual way of doing so: ours, tini + a restart loop, s6, supervisord; and nobody.

All get one binary, the configuration that we would write, a fresh store with the declared stream in it, and write their output to a file.
"""
import shutil
import socket
import subprocess
import time

from process_tree import end_tree, find_child, kill_and_wait
from side_by_side import OURS, SERVER, Folder, render_bare

TIMEOUT = 60
POLL = 0.001
STREAM = b'{"name":"MARKET_DATA","subjects":["trade-data.>"],"max_msgs":1000000,"max_bytes":1073741824,"max_age":7200000000000}'


def request(port, subject, body=b""):
    """One JetStream API round trip on a connection of its own; b"" when there was none."""
    try:
        with connect_once(port) as s:
            s.settimeout(2)
            if not s.recv(4096).startswith(b"INFO"):
                return b""
            s.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB in 1\r\nPUB %s in %d\r\n%s\r\n' % (subject, len(body), body))
            data = b""
            while b"MSG in 1 " not in data or not data.endswith(b"}\r\n"):
                got = s.recv(65536)
                if not got:
                    return b""
                data += got
            return data
    except OSError:
        return b""


def connect_once(port):
    return socket.create_connection(("127.0.0.1", port), timeout=1)


def wait_answer(port, since):
    """Milliseconds from `since` until the client port says INFO and JetStream answers."""
    while time.perf_counter() - since < TIMEOUT:
        answer = request(port, b"$JS.API.INFO")
        if b"account_info_response" in answer and b'"error"' not in answer:
            return (time.perf_counter() - since) * 1000
        time.sleep(POLL)
    raise SystemExit(f"port {port} is not ready after {TIMEOUT} s")


class Candidate:
    """One supervisor with one server; `command` is what starts it in that folder."""

    name = ""

    def __init__(self):
        self.folder = Folder()
        self.conf = render_bare(self.folder)
        self.output = open(self.folder.path / "output", "wb")
        self.process = self.launch(self.command())
        self.settle()

    def launch(self, command):
        return subprocess.Popen(command, env=self.folder.env, cwd=self.folder.path, stdin=subprocess.DEVNULL, stdout=self.output,
                                stderr=self.output)

    def settle(self):
        wait_answer(self.folder.port, time.perf_counter())
        request(self.folder.port, b"$JS.API.STREAM.CREATE.MARKET_DATA", STREAM)

    def crash(self):
        """Milliseconds from kill -9 of the server until its successor answers."""
        start = kill_and_wait(find_child(self.process.pid, SERVER))
        return wait_answer(self.folder.port, start)

    def end(self):
        end_tree(self.process)
        self.output.close()
        self.folder.remove()


class Bare(Candidate):
    """Nobody: after kill -9 the bench starts it again; the time counts from that start."""

    name = "bare"

    def command(self):
        return [SERVER, "-c", self.conf]

    def crash(self):
        kill_and_wait(self.process.pid)
        self.process.wait()
        start = time.perf_counter()
        self.process = self.launch(self.command())
        return wait_answer(self.folder.port, start)


class Ours(Candidate):
    name = "ours"

    def command(self):
        return [OURS, "run"]

    def settle(self):
        wait_answer(self.folder.port, time.perf_counter())
        self.wait_readyz(time.perf_counter())

    def readyz(self):
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                s.settimeout(6)
                s.connect(str(self.folder.path / "run/control.sock"))
                s.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return s.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def wait_readyz(self, since):
        while time.perf_counter() - since < TIMEOUT:
            if self.readyz():
                return (time.perf_counter() - since) * 1000
            time.sleep(POLL)
        raise SystemExit("never ready")

    def crash_to_readyz(self):
        return self.wait_readyz(kill_and_wait(find_child(self.process.pid, SERVER)))


class Tini(Candidate):
    name = "tini"

    def command(self):
        return ["tini", "-s", "--", "sh", "-c", f"while :; do '{SERVER}' -c '{self.conf}'; done"]


class S6(Candidate):
    name = "s6"

    def command(self):
        service = self.folder.path / "services/nats"
        service.mkdir(parents=True)
        (service / "run").write_text(f"#!/bin/sh\nexec '{SERVER}' -c '{self.conf}'\n")
        (service / "run").chmod(0o755)
        return ["s6-svscan", str(service.parent)]


class Supervisord(Candidate):
    name = "supervisord"

    def command(self):
        path = self.folder.path
        conf = path / "supervisord.conf"
        conf.write_text(f"[supervisord]\nnodaemon=true\nlogfile={path}/supervisord.log\npidfile={path}/supervisord.pid\n"
                        f"[program:nats]\ncommand={SERVER} -c {self.conf}\nautorestart=true\n"
                        f"redirect_stderr=true\nstdout_logfile={path}/nats.log\n")
        return [shutil.which("supervisord") or "/usr/bin/supervisord", "-c", str(conf)]
