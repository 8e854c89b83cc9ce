#!/usr/bin/env python3
"""trace_logging.py [PAIRS]: acked messages a second with NATS_TRACE=true, our supervisor reading the trace, beside the bare server's.

`./dev bench` runs it, last. The same publisher (every message acked, at most 256 under way), the same nats.conf, turns, medians. Bare: its
stderr is a file, or a pipe that `cat` copies to a file, as a container's runtime does.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

from process_tree import memory_of
from side_by_side import (OURS, PAIRS, SERVER, Folder, Publisher, machine, make_stream, render_bare, row, server_version, wait_client_port, wait_ready,
                          wait_stream)

MESSAGES = 20000


class Traced:
    """A broker that traces, told what becomes of its output."""

    def __init__(self, through_cat, **env):
        self.folder = Folder()
        self.folder.env |= {"NATS_TRACE": "true", **env}
        self.file = open(self.folder.path / "output", "wb")
        self.cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=self.file) if through_cat else None
        self.process = subprocess.Popen(self.command(), env=self.folder.env, cwd=self.folder.path, stdin=subprocess.DEVNULL,
                                        stdout=self.cat.stdin if self.cat else self.file, stderr=subprocess.STDOUT)
        if self.cat:
            self.cat.stdin.close()
        self.prepare()
        self.publisher = Publisher(self.folder.port)
        self.speeds, self.rss = [], []

    def measure(self):
        self.speeds.append(self.publisher.per_second(MESSAGES))
        self.rss.append(memory_of(self.process.pid)["Rss"])
        time.sleep(0.2)  # what is still on its way must not slow the next one's turn
        os.truncate(self.file.fileno(), 0)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        if self.cat:
            self.cat.wait(20)
        self.file.close()
        self.folder.remove()


class Ours(Traced):
    def command(self):
        return [OURS, "run"]

    def prepare(self):
        wait_stream(self.folder, None)
        wait_ready(self.folder)

    def dropped(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(str(self.folder.path / "run/control.sock"))
            s.sendall(b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            data = b""
            while got := s.recv(65536):
                data += got
        return json.loads(data.partition(b"\r\n\r\n")[2]).get("dropped_log_lines", -1)


class Bare(Traced):
    def command(self):
        return [SERVER, "-c", render_bare(self.folder)]

    def prepare(self):
        wait_client_port(self.folder, None)
        make_stream(self.folder)


def compare(name, ours, bare):
    ours.publisher.per_second(MESSAGES)
    bare.publisher.per_second(MESSAGES)
    before = ours.cpu_seconds()
    for _ in range(PAIRS):
        ours.measure()
        bare.measure()
    used = ours.cpu_seconds() - before
    row(name, ours.speeds, bare.speeds, ">= 0.90", "/s")
    told = f"{max(ours.rss) / 1024:.1f} MB at most, {used / (PAIRS * MESSAGES) * 1e6:.1f} us of CPU a message, {ours.dropped()} lines dropped"
    print(f"{'  our own meanwhile':<44} {told}", flush=True)
    ours.end()
    bare.end()


def main():
    print(f"\nTrace logging at full load. {server_version()}; {machine()}; {PAIRS} alternating pairs of {MESSAGES} messages, medians")
    print(f"{'':<44} {'ours':>12} {'bare':>12} {'ratio':>6}  target")
    compare("stdout a file / bare into a file", Ours(False), Bare(False))
    compare("stdout read by cat / bare read by cat", Ours(True), Bare(True))
    compare("cat and NATS_LOG_FILE / bare read by cat", Ours(True, NATS_LOG_FILE="nats.log"), Bare(True))


if __name__ == "__main__":
    main()
