"""What the benches share: a server of ours or a bare one in a folder of its own, alternating measurements, a row of the table.

Needs build/release and a nats-server ($NATS_SERVER_BIN or on PATH). Talks to 127.0.0.1 only.
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


def render_bare(folder):
    """The configuration that we would write, for the server alone."""
    conf = str(folder.path / "bare.conf")
    subprocess.run([OURS, "render", "--output", conf], env=folder.env, check=True, stdout=subprocess.DEVNULL)
    (folder.path / "store").mkdir(exist_ok=True)
    return conf


def wait_ready(folder):
    deadline = time.perf_counter() + 30
    while subprocess.run([OURS, "health", "quick"], env=folder.env, capture_output=True).returncode:
        if time.perf_counter() > deadline:
            raise SystemExit("never ready")
        time.sleep(0.05)


def memory_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith(("VmRSS", "RssAnon"))}


class Publisher:
    """Publishes to JetStream and waits for every ack, at most WINDOW under way."""

    WINDOW, PAYLOAD = 256, b"x" * 500

    def __init__(self, port):
        self.socket = connect(port, time.perf_counter() + 20)
        self.socket.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB ack 1\r\n')
        self.message = b"PUB trade-data.binance.perpetual.BTCUSDT ack %d\r\n%s\r\n" % (len(self.PAYLOAD), self.PAYLOAD)

    def per_second(self, count):
        start, sent, acked = time.perf_counter(), 0, 0
        while acked < count:
            burst = min(self.WINDOW - (sent - acked), count - sent)
            if burst > 0:
                self.socket.sendall(self.message * burst)
                sent += burst
            acked += self.socket.recv(1 << 20).count(b"MSG ack 1 ")
        return count / (time.perf_counter() - start)


def make_stream(folder):
    with connect(folder.port, time.perf_counter() + 20) as s:
        body = b'{"name":"MARKET_DATA","subjects":["trade-data.>"],"max_msgs":1000000,"max_bytes":1073741824,"max_age":7200000000000}'
        s.sendall(b'CONNECT {"verbose":false}\r\nSUB in 1\r\nPUB $JS.API.STREAM.CREATE.MARKET_DATA in %d\r\n%s\r\n' % (len(body), body))
        data = b""
        while b"stream_create_response" not in data:
            data += s.recv(65536)


def row(name, a, b, target, unit="ms"):
    ma, mb = statistics.median(a), statistics.median(b)
    print(f"{name:<44} {ma:9.2f} {unit} {mb:9.2f} {unit} {ma / mb:6.2f}  {target}")


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown CPU")
    return f"{cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, kernel {os.uname().release}"


def server_version():
    return subprocess.run([SERVER, "--version"], capture_output=True, text=True).stdout.strip()
