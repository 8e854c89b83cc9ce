#!/usr/bin/env python3
"""startup.py [PAIRS]: what the supervisor costs, side by side with the bare nats-server in one run, alternating, medians.

Needs build/release (./dev run builds it), a nats-server ($NATS_SERVER_BIN or on PATH), wget. Talks to 127.0.0.1 only.
"""
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = str(ROOT / "build/release/bin/unified_entrypoint")
SERVER = os.environ.get("NATS_SERVER_BIN") or shutil.which("nats-server")
PAIRS = int(sys.argv[1]) if len(sys.argv) > 1 else 15


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Folder:
    """One store with its ports and settings."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="unified-bench-"))
        self.port, self.monitor = free_port(), free_port()
        self.env = {
            "PATH": os.environ["PATH"], "NATS_SERVER_BIN": SERVER, "NATS_HOST": "127.0.0.1", "NATS_PORT": str(self.port),
            "NATS_HTTP_PORT": str(self.monitor), "RUN_DIR": str(self.path / "run"), "NATS_LOG_FILE": "none",
            "NATS_CONFIG_FILE": str(self.path / "nats.conf"), "JETSTREAM_STORE_DIR": str(self.path / "store"),
        }

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def connect(port, deadline):
    while time.perf_counter() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1)
        except OSError:
            time.sleep(0.0003)
    raise SystemExit("no client port")


def wait_client_port(folder, _):
    with connect(folder.port, time.perf_counter() + 20) as s:
        s.recv(4096)


def wait_stream(folder, _):
    deadline = time.perf_counter() + 20
    with connect(folder.port, deadline) as s:
        s.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB in 1\r\n')
        while time.perf_counter() < deadline:
            s.sendall(b"PUB $JS.API.STREAM.INFO.MARKET_DATA in 0\r\n\r\n")
            data = b""
            while b"stream_info_response" not in data:
                data += s.recv(65536)
            if b'"error"' not in data:
                return
            time.sleep(0.0003)
    raise SystemExit("no stream")


def timed(command, folder, wait):
    start = time.perf_counter()
    process = subprocess.Popen(command, env=folder.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder.path)
    wait(folder, process)
    taken = time.perf_counter() - start
    return taken * 1000, process


def stop(process):
    process.send_signal(signal.SIGINT)
    process.wait(20)


def ours(folder):
    taken, process = timed([OURS, "run"], folder, wait_stream)
    stop(process)
    return taken


def bare(folder):
    subprocess.run([OURS, "render", "--output", str(folder.path / "bare.conf")], env=folder.env, check=True, stdout=subprocess.DEVNULL)
    (folder.path / "store").mkdir(exist_ok=True)
    taken, process = timed([SERVER, "-c", str(folder.path / "bare.conf")], folder, wait_client_port)
    stop(process)
    return taken


def pair_start(warm):
    a, b = [], []
    for _ in range(PAIRS):
        folder = Folder()
        if warm:
            ours(folder)
            a.append(ours(folder))
            b.append(bare(folder))
        else:
            a.append(ours(folder))
            folder.remove()
            folder = Folder()
            b.append(bare(folder))
        folder.remove()
    return a, b


def seconds_of(command, env):
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def pair_health():
    folder = Folder()
    _, process = timed([OURS, "run"], folder, wait_stream)
    while subprocess.run([OURS, "health", "quick"], env=folder.env, capture_output=True).returncode:
        time.sleep(0.05)
    url = f"http://127.0.0.1:{folder.monitor}/healthz"
    a, b = [], []
    for _ in range(PAIRS * 10):
        a.append(seconds_of([OURS, "health", "quick"], folder.env))
        b.append(seconds_of(["wget", "-q", "--spider", url], folder.env))
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    memory = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith(("VmRSS", "RssAnon"))}
    stop(process)
    folder.remove()
    return a, b, memory


def row(name, a, b, target):
    ma, mb = statistics.median(a), statistics.median(b)
    print(f"{name:<44} {ma:8.2f} ms {mb:8.2f} ms {ma / mb:6.2f}  {target}")


version = subprocess.run([SERVER, "--version"], capture_output=True, text=True).stdout.strip()
print(f"{version}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {PAIRS} pairs, medians")
print(f"{'':<44} {'ours':>11} {'other':>11} {'ratio':>6}  target")
row("exec -> stream bound / bare -> port, cold", *pair_start(False), "1.40")
row("exec -> stream bound / bare -> port, warm", *pair_start(True), "1.25")
quick, wget, memory = pair_health()
row("health quick / wget --spider /healthz", quick, wget, "1.00")
print(f"supervisor RSS {memory['VmRSS'] / 1024:.1f} MB (anonymous {memory['RssAnon'] / 1024:.1f} MB), target 12 MB")
