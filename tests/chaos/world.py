"""One broker with one version of nats-server, its publisher, and what of the machine the faults may turn."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from broker import Broker
from jetstream import Client, store_within
from ledger import Ledger, missing
from manifest import MOVED, OPERATED, SHARED, Manifest
from publisher import Publisher, frames
from witness import Witness

RATE = 250  # messages a second
TMPFS_MB = 768
READY_WITHIN = 90.0
RECONCILE_INTERVAL = 2  # seconds between two looks for drift


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


def servers_of(suites):
    """{suite: its nats-server} of those that tests/support/fetch_servers has fetched."""
    folder = pathlib.Path(os.environ.get("UNIFIED_TEST_SERVERS", pathlib.Path.home() / ".cache/unified-nats/servers"))
    return {suite: folder / suite / "nats-server" for suite in suites}


def environment_of(folder, server, store, ports):
    """A broker's in `folder`. Every exit of the server is answered, and no budget ends the run: we make hundreds of failures."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(folder), "NATS_SERVER_BIN": str(server),
        "NATS_HOST": "127.0.0.1", "NATS_PORT": str(ports[0]), "NATS_HTTP_PORT": str(ports[1]),
        "NATS_CONFIG_FILE": f"{folder}/nats.conf", "NATS_LOG_FILE": f"{folder}/nats.log", "RUN_DIR": f"{folder}/run",
        "JETSTREAM_STORE_DIR": str(store), "STREAMS_FILE": f"{folder}/manifest", "RECONCILE_INTERVAL": str(RECONCILE_INTERVAL),
        "RESTART_POLICY": "always", "RESTART_MAX": "1000000",
        # The oldest messages make no room for new ones: they are to be there in the end.
        "STREAM_MAX_MSGS": "100000000",
        "LIVENESS_INTERVAL": "1", "HEALTH_CHECK_FAILURES": "3", "HEALTH_CHECK_TIMEOUT": "1", "HEALTH_CHECK_INTERVAL": "5",
        **{name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ},
    }


class World:
    """`close` leaves nothing behind."""

    def __init__(self, program, server, rng):
        self.rng, self.program, self.server = rng, program, server
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-"))
        self.store = self.folder / "store"
        self.store.mkdir()
        self.has_disk = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "chaos", self.store], stderr=subprocess.DEVNULL).returncode == 0
        self.clock_file, self.fork_file = self.folder / "clock", self.folder / "no-fork"
        # Those of a broker that a fault starts beside this one are the last two. Another run of this takes other ones.
        *ports, first, second = free_ports(4, 20000 + os.getpid() * 8 % 11000)
        self.other_ports = (first, second)
        environment = {
            **environment_of(self.folder, server, self.store, ports),
            "LD_PRELOAD": str(pathlib.Path(program).parent / "bent_libc.so"), "BEND_CLOCK": str(self.clock_file),
            "BEND_FORK": str(self.fork_file),
        }
        if not os.path.exists(environment["LD_PRELOAD"]):
            raise SystemExit(f"chaos: no {environment['LD_PRELOAD']} beside the program: build the preset dev")
        self.manifest = Manifest(self.folder / "manifest")
        self.manifest.take_built_in()
        for stream in (SHARED, OPERATED, MOVED):
            self.manifest.declare(stream, subjects=[f"{stream.lower()}.>"])
        self.broker = Broker(program, environment, self.folder)
        self.ledger = Ledger()
        self.ledgers = {stream: Ledger(stream) for stream in (SHARED, OPERATED, MOVED)}
        self.witness = Witness(self.broker, self.ledger, "trade-data.witness")
        self.publisher = Publisher(ports[0], self.ledger, RATE, frames(), self.witness.stored)

    # ---- from start to end

    def begin(self):
        self.broker.start()
        self.recover()
        self.publisher.start()
        self.witness.start()

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
        found = []
        for ledger in (self.ledger, *self.ledgers.values()):
            wanted = ledger.newest(newest) if newest else ledger.everything()
            lost = [(sequence, "acknowledged twice") for sequence in ledger.conflicts] + self._missing(ledger.stream, wanted)
            found += [(sequence, f"{ledger.stream}: {why}") for sequence, why in lost]
        return found

    def _missing(self, stream, wanted):
        for attempt in range(20):
            try:
                return missing(self.broker.port, stream, wanted)
            except (OSError, ValueError):
                if attempt == 19:
                    raise
                self.recover()
                time.sleep(0.2)
        return []

    def acknowledged(self):
        return len(self.ledger) + sum(map(len, self.ledgers.values()))

    def end(self):
        """A last look at every message, and a stop in order: [(sequence, why)], the last lies."""
        self.publisher.stop()
        found = self.witness.finish()
        lost = self.lost()
        if (code := self.broker.stop()) != 0:
            raise Unmet(f"the last stop ended with {code}")
        return lost, found

    def close(self):
        self.publisher.stop() if self.publisher.is_alive() else None
        self.witness.finish() if self.witness.publisher.is_alive() else None
        self.broker.reading.set()
        self.broker.kill()
        if self.has_disk:
            for _ in range(50):
                if subprocess.run(["umount", self.store], stderr=subprocess.DEVNULL).returncode == 0:
                    break
                time.sleep(0.1)
        subprocess.run(["rm", "-rf", self.folder], check=False)

    # ---- what faults are made of

    def server_version(self):
        return tuple(map(int, self.broker.status()["server_version"].split("-")[0].split(".")))

    def client(self):
        return Client(self.broker.port)

    def command(self, *arguments, patience=60):
        """What an operator types: (exit code, all that it prints)."""
        return self.broker.command(*arguments, patience=patience)

    def see_stored(self, stream, subjects, seconds=20):
        """A message on each of them is acknowledged by that stream."""
        if left := store_within(self.broker.port, self.ledgers[stream], subjects, seconds):
            raise Unmet(f"stored nowhere for {seconds} s: {left}; {self.why_not()}")

    @contextlib.contextmanager
    def publishing(self, stream, rate=100):
        """Somebody publishes to it meanwhile, with acknowledgements."""
        subject = f"{stream.lower()}.published"
        run = self.rng.randrange(1 << 48)
        messages = [(f"{subject}.{number}", b'{"run":%d,"fill":"%s"}' % (run, b"x" * (number * 37 % 900))) for number in range(50)]
        publisher = Publisher(self.broker.port, self.ledgers[stream], rate, messages)
        publisher.start()
        try:
            yield publisher
        finally:
            publisher.stop()

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
