"""Docker from a test: the image, one container, a compose project. Everything made here has a name of its own and is removed."""
import contextlib
import functools
import json
import os
import pathlib
import subprocess
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[3]
IMAGE = "unified-nats"
DEBIAN = "debian:trixie-slim"
# What the shell sets wins over .env: a test begins with nothing of whoever runs it.
SURROUNDINGS = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "BUILD_NETWORK") or name.startswith("DOCKER_")}


def run(*command, timeout=120, check=True, env=None, cwd=None, input=None):
    """The finished process; its output is in the error when `check` fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, cwd=cwd, input=input, env={**SURROUNDINGS, **(env or {})})
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def docker(*words, **options):
    return run("docker", *words, **options)


@functools.cache
def build_image():
    """As users do; layers that have not changed are kept."""
    run(ROOT / "dev", "image", "--quiet", timeout=1800)


def build(name, dockerfile):
    """An image out of `dockerfile` alone: nothing of the checkout is in it."""
    subprocess.run(["docker", "build", "-q", "--network", "host", "-t", name, "-"], input=dockerfile, text=True, capture_output=True, check=True, timeout=600)


def wait_for(what, seconds, probe):
    """What `probe` returns as soon as it is true; the seconds it took are in wait_for.took."""
    begun = time.monotonic()
    while True:
        found = probe()
        wait_for.took = time.monotonic() - begun
        if found:
            return found
        if wait_for.took > seconds:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


class Container:
    def __init__(self, name):
        self.name = name

    def state(self):
        return json.loads(docker("inspect", "-f", "{{json .State}}", self.name).stdout)

    def health(self):
        return self.state().get("Health", {}).get("Status", "none")

    def wait_healthy(self, seconds=30):
        def healthy():
            state = self.state()
            if not state["Running"]:
                raise AssertionError(f"{self.name} has ended ({state['ExitCode']})\n{self.logs()}")
            return state.get("Health", {}).get("Status") == "healthy"
        try:
            wait_for(f"{self.name} healthy", seconds, healthy)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.ready()}\n{self.logs()}") from None
        return wait_for.took

    def execute(self, *words, **options):
        return docker("exec", self.name, *words, **options)

    def ready(self):
        return self.execute("entrypoint", "health", "quick", check=False).stdout

    def is_ready(self):
        return self.execute("entrypoint", "health", "quick", check=False).returncode == 0

    def server_pid(self):
        """In the container's namespace."""
        return json.loads(self.execute("entrypoint", "status", "--json").stdout)["server_pid"]

    def logs(self):
        done = docker("logs", self.name, check=False)
        return done.stdout + done.stderr

    def port(self, inner=4222):
        return int(docker("port", self.name, f"{inner}/tcp").stdout.splitlines()[0].rpartition(":")[2])

    def stop(self, seconds=30):
        begun = time.monotonic()
        docker("stop", "-t", seconds, self.name)
        return time.monotonic() - begun, self.state()["ExitCode"]


@contextlib.contextmanager
def container(*options, command=(), image=IMAGE):
    """`docker run -d OPTIONS`, clients' and monitoring port published somewhere on 127.0.0.1."""
    name = f"unified-test-{uuid.uuid4().hex[:8]}"
    try:
        docker("run", "-d", "--name", name, "-p", "127.0.0.1::4222", "-p", "127.0.0.1::8222", *options, image, *command)
        yield Container(name)
    finally:
        docker("rm", "-f", "-v", name, check=False)


@contextlib.contextmanager
def volume(*options):
    name = f"unified-test-{uuid.uuid4().hex[:8]}"
    docker("volume", "create", *options, name)
    try:
        yield name
    finally:
        docker("volume", "rm", "-f", name, check=False)


class Project:
    """`docker compose -f FILE…` in a folder of its own."""

    def __init__(self, files, folder, env):
        self.command = ["docker", "compose", "-p", f"unified-test-{uuid.uuid4().hex[:8]}", "--project-directory", str(folder)]
        for file in files:
            self.command += ["-f", str(file)]
        self.env = env

    def __call__(self, *words, **options):
        return run(*self.command, *words, env=self.env, **options)

    def container(self, service):
        return Container(self("ps", "-q", "-a", service).stdout.split()[0])

    def remove(self):
        self("down", "-v", "-t", "10", check=False)
