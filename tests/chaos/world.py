"""One broker with one version of nats-server, its publisher, and what of the machine the faults may turn."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from broker import Broker
from ledger import Ledger, missing
from publisher import Publisher

RATE = 250  # messages a second
TMPFS_MB = 768
READY_WITHIN = 90.0


class Unmet(Exception):
    """Something that was promised did not happen, or can't be seen."""


def free_ports(count, first):
    """Ports below the range from which the kernel takes outgoing ones."""
    found = []
    for port in range(first, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")


class World:
    """`close` leaves nothing behind."""

    def __init__(self, program, server, rng):
        self.rng, self.server = rng, server
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-"))
        self.store = self.folder / "store"
        self.store.mkdir()
        self.has_disk = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "chaos", self.store], stderr=subprocess.DEVNULL).returncode == 0
        self.clock_file, self.fork_file = self.folder / "clock", self.folder / "no-fork"
        port, monitor = free_ports(2, 20000 + os.getpid() % 5000)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "NATS_SERVER_BIN": str(server),
            "NATS_HOST": "127.0.0.1", "NATS_PORT": str(port), "NATS_HTTP_PORT": str(monitor),
            "NATS_CONFIG_FILE": f"{self.folder}/nats.conf", "NATS_LOG_FILE": f"{self.folder}/nats.log", "RUN_DIR": f"{self.folder}/run",
            "JETSTREAM_STORE_DIR": str(self.store),
            # Every exit of the server is answered, and no budget ends the run: we make hundreds of failures.
            "RESTART_POLICY": "always", "RESTART_MAX": "1000000",
            # The oldest messages make no room for new ones: they are to be there in the end.
            "STREAM_MAX_MSGS": "100000000",
            "LIVENESS_INTERVAL": "1", "HEALTH_CHECK_FAILURES": "3", "HEALTH_CHECK_TIMEOUT": "1", "HEALTH_CHECK_INTERVAL": "5",
            "LD_PRELOAD": str(pathlib.Path(program).parent / "bent_libc.so"), "BEND_CLOCK": str(self.clock_file),
            "BEND_FORK": str(self.fork_file),
            **{name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ},
        }
        if not os.path.exists(environment["LD_PRELOAD"]):
            raise SystemExit(f"chaos: no {environment['LD_PRELOAD']} beside the program: build the preset dev")
        self.broker = Broker(program, environment, self.folder)
        self.ledger = Ledger()
        self.publisher = Publisher(port, self.ledger, RATE)

    # ---- from start to end

    def begin(self):
        self.broker.start()
        self.recover()
        self.publisher.start()

    def recover(self):
        """Until everything is ready; the seconds that it took. A person who sees a back-off types `start`."""
        begun = time.monotonic()
        if not self.broker.alive():
            self.broker.start()
        while not self.broker.ready():
            if not self.broker.alive():
                raise Unmet(f"ended with exit code {self.broker.process.returncode}: {self.last_words()}")
            if time.monotonic() - begun > READY_WITHIN:
                raise Unmet(f"not ready within {READY_WITHIN:.0f} s: {self.why_not()}")
            if time.monotonic() - begun > 1 and self.broker.status().get("phase") == "backoff":
                self.broker.ask("/start", "POST")
            time.sleep(0.02)
        return time.monotonic() - begun

    def why_not(self):
        status = self.broker.status()
        return f"{status.get('phase')}, {status.get('not_ready_because')}, {self.last_words()}"

    def last_words(self):
        return " | ".join(list(self.broker.lines)[-3:])

    def lost(self, newest=None):
        """Acknowledged messages that are not there: [(sequence, why)], of the newest or of all."""
        wanted = self.ledger.newest(newest) if newest else self.ledger.everything()
        for attempt in range(20):
            try:
                return [(sequence, "acknowledged twice") for sequence in self.ledger.conflicts] + missing(self.broker.port, wanted)
            except (OSError, ValueError):
                if attempt == 19:
                    raise
                self.recover()
                time.sleep(0.2)
        return []

    def end(self):
        """A last look at every message, and a stop in order: [(sequence, why)]."""
        self.publisher.stop()
        lost = self.lost()
        if (code := self.broker.stop()) != 0:
            raise Unmet(f"the last stop ended with {code}")
        return lost

    def close(self):
        self.publisher.stop() if self.publisher.is_alive() else None
        self.broker.reading.set()
        self.broker.kill()
        if self.has_disk:
            for _ in range(50):
                if subprocess.run(["umount", self.store], stderr=subprocess.DEVNULL).returncode == 0:
                    break
                time.sleep(0.1)
        subprocess.run(["rm", "-rf", self.folder], check=False)

    # ---- what faults are made of

    def server_pid(self):
        pid = self.broker.server_pid()
        if not pid:
            raise Unmet("no server to harm")
        return pid

    def signal_server(self, number):
        """Its pid."""
        pid = self.server_pid()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
        return pid

    def end_server(self, number):
        """That signal ends it, and our program has noticed."""
        incarnation = self.broker.status().get("incarnation", 0)
        wait_gone(self.signal_server(number), 10)
        self.see("the end of the server", lambda status: status.get("incarnation", 0) > incarnation or not status.get("server_pid"))

    def down(self):
        """`stop --stay`."""
        if self.broker.ask("/stop?down", "POST")[0] not in (200, 202):
            raise Unmet("stop --stay was refused")
        if not self.broker.until(lambda status: status.get("phase") == "stopped", 20):
            raise Unmet(f"not stopped: {self.why_not()}")

    def up(self):
        if self.broker.ask("/start", "POST")[0] not in (200, 202):
            raise Unmet("start was refused")

    def see(self, what, condition, seconds=30):
        if not self.broker.until(condition, seconds):
            raise Unmet(f"not seen in status: {what}; {self.why_not()}")

    def see_incident(self, cause, before, seconds=30):
        """A new file of the black box with that cause."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(record["cause"]["kind"] == cause for name, record in self.broker.incidents().items() if name not in before):
                return
            time.sleep(0.05)
        raise Unmet(f"no black box with the cause {cause}: {self.why_not()}")

    def stream_folder(self):
        return self.store / "jetstream/$G/streams"

    def turn_clock(self, seconds):
        new = self.folder / "clock.new"
        new.write_text(str(int(seconds)))
        new.rename(self.clock_file)


def wait_gone(pid, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state in "ZX":
            return
        time.sleep(0.02)
    raise Unmet(f"nats-server (pid {pid}) is still there {seconds:.0f} s after us")


STOP, CONT, KILL, TERM = signal.SIGSTOP, signal.SIGCONT, signal.SIGKILL, signal.SIGTERM
