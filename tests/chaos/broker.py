"""The program under test, as an operator and a container runtime see it."""
import collections
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 6.0  # seconds within which the control socket answers, whatever happens to the server: more is a hang of ours


class Control(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path, timeout):
        super().__init__("broker", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Hang(Exception):
    """Our program did not answer, or did not end, in time."""


class Broker:
    """`run` in a folder of its own. `start` may be called again after an end."""

    def __init__(self, program, environment, folder):
        self.program, self.environment, self.folder = program, environment, pathlib.Path(folder)
        self.port, self.control = int(environment["NATS_PORT"]), f"{environment['RUN_DIR']}/control.sock"
        self.lines = collections.deque(maxlen=400)
        self.reading = threading.Event()  # cleared: our reader stalls
        self.reading.set()
        self.process = None
        self.patience = PATIENCE

    # ---- life

    def start(self):
        self.process = subprocess.Popen([self.program, "run"], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        threading.Thread(target=self._drain, args=(self.process.stdout,), daemon=True).start()

    def _drain(self, stream):
        with open(self.folder / "output", "ab", buffering=0) as file:
            while True:
                self.reading.wait()
                data = os.read(stream.fileno(), 1 << 16)
                if not data:
                    return stream.close()
                file.write(data)
                self.lines.extend(data.decode(errors="replace").splitlines())

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def ended(self, within):
        """The exit code. Hang when it doesn't come."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise Hang(f"did not end within {within} s") from None

    def stop(self):
        """TERM; the exit code."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        return self.ended(20)

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()

    # ---- questions

    def command(self, *arguments, patience=60):
        """What an operator types: (exit code, all that it prints). Hang when it does not end."""
        try:
            done = subprocess.run([self.program, *arguments], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=patience, check=False)
        except subprocess.TimeoutExpired:
            raise Hang(f"{' '.join(arguments)} did not end within {patience} s") from None
        return done.returncode, done.stdout.decode(errors="replace").strip()

    def ask(self, target, method="GET", patience=None, body=None):
        """(status, body); (0, b"") when nobody listens. Hang when it is accepted and not answered."""
        patience = patience or self.patience
        connection = Control(self.control, patience)
        try:
            connection.request(method, target, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except TimeoutError:
            if self.alive():
                raise Hang(f"{method} {target}: no answer within {patience} s") from None
            return 0, b""
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def status(self):
        code, body = self.ask("/status")
        return json.loads(body) if code == 200 else {}

    def server_pid(self):
        return self.status().get("server_pid") or 0

    def ready(self):
        return self.ask("/readyz")[0] == 200

    def until(self, condition, seconds):
        """Whether condition(status) came true in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.status()
            if condition(status):
                return True
            time.sleep(0.03)
        return False

    def incidents(self):
        """{file name: record} of the black box in RUN_DIR."""
        found = {}
        for path in sorted(pathlib.Path(self.environment["RUN_DIR"], "black-box").glob("*.json")):
            try:
                found[path.name] = json.loads(path.read_text())
            except (OSError, ValueError):
                continue  # removed meanwhile, or being written
        return found
