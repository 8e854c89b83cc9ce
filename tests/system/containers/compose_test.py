"""`cp .env.unified .env && docker compose -f docker-compose.unified.yml up -d --build`, as users of the old stack type it."""
import json
import pathlib
import re
import shlex
import shutil
import socket
import tempfile
import unittest

import bare
import docker
from client import ask, fill, messages, publish, take

EIGHT = ["orderbook-data", "trade-data", "funding-rate-data", "open-interest-data", "lsr-top-position-data", "lsr-all-account-data", "volatility_index-data",
         "liquidation-data"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ProjectFolder(unittest.TestCase):
    """A checkout of its own: what is asked for in it is what a user would ask for."""

    def setUp(self):
        docker.build_image()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="unified-compose-"))
        self.addCleanup(self.remove_folder)
        for name in ("docker-compose.unified.yml", "docker-compose.cluster.yml", "Dockerfile.unified", ".dockerignore", "dev", "LICENSE", "CMakeLists.txt",
                     "CMakePresets.json"):
            shutil.copy(docker.ROOT / name, self.folder)
        for name in ("env", "cmake", "bench", "src", "templates", "scripts"):
            shutil.copytree(docker.ROOT / name, self.folder / name)
        shutil.copy(docker.ROOT / ".env.unified", self.folder / ".env")
        self.ports = {name: free_port() for name in ("NATS_PORT", "NATS_HTTP_PORT", "NATS_CLUSTER_PORT", "PROMETHEUS_PORT", "API_PORT")}
        self.name = f"unified-test-{self.folder.name[-8:].lower()}"

    def remove_data(self):
        # Its files are the container's user's.
        docker.docker("run", "--rm", "--user", "0", "--entrypoint", "rm", "-v", f"{self.folder}:/folder", docker.IMAGE, "-rf", "/folder/data", "/folder/logs", check=False)

    def remove_folder(self):
        self.remove_data()
        shutil.rmtree(self.folder, ignore_errors=True)

    def set(self, **variables):
        with open(self.folder / ".env", "a") as file:
            file.writelines(f"{name}={value}\n" for name, value in variables.items())

    def project(self, *files):
        files = [self.folder / file for file in files or ["docker-compose.unified.yml"]]
        made = docker.Project(files, self.folder, {"CONTAINER_NAME": self.name})
        # Another test's network may have the usual name.
        self.addCleanup(made.remove)
        return made


class ComposeTest(ProjectFolder):
    def test_the_old_command_brings_a_broker_that_stores_everything_at_once(self):
        self.set(**self.ports)
        project = self.project()
        project("up", "-d", "--build", timeout=1800)
        broker = project.container("nats-unified")
        took = broker.wait_healthy(10)
        port = self.ports["NATS_PORT"]
        for kind in EIGHT:
            self.assertEqual(publish(port, f"{kind}.binance_spot.spot.BTCUSDT", b"{}").get("stream"), "MARKET_DATA")
        logs = project("logs", "nats-unified").stdout
        self.assertIn("every declared subject is stored", logs)
        self.assertIn("Server is ready", logs)
        self.assertIn(f"NATS_PORT={port}", broker.execute("env").stdout)
        self.assertTrue((self.folder / "logs/nats/nats.log").exists())
        project("restart", "nats-unified")
        broker.wait_healthy(15)
        self.assertEqual(messages(port), len(EIGHT))

        begun = docker.time.monotonic()
        project("stop", "nats-unified")
        self.assertEqual(broker.state()["ExitCode"], 0, broker.logs())
        project("down")
        seconds = docker.time.monotonic() - begun
        print(f"healthy after {took:.2f} s, down in {seconds:.2f} s")
        self.assertLess(seconds, 2)

        project("up", "-d")
        broker = project.container("nats-unified")
        broker.wait_healthy(15)
        self.assertEqual(messages(port), len(EIGHT))

    def test_what_the_shell_sets_wins_and_a_mistake_is_told(self):
        self.set(**self.ports, NATS_PROT=4300, STREAM_MAX_MSGS=1000)
        project = self.project()
        project.env["STREAM_MAX_MSGS"] = "2000"
        project("up", "-d")
        broker = project.container("nats-unified")
        broker.wait_healthy(10)
        self.assertIn("NATS_PROT", broker.logs())
        self.assertEqual(ask(self.ports["NATS_PORT"], "$JS.API.STREAM.INFO.MARKET_DATA")["config"]["max_msgs"], 2000)

    def test_a_collector_that_waits_for_healthy_never_sees_no_stream(self):
        self.set(**self.ports)
        # One publish, the moment the broker is healthy; ends with 0 if it was stored.
        say = r"CONNECT {\"verbose\":false}\r\nSUB answer 1\r\nPUB trade-data.x answer 2\r\n{}\r\n"
        script = f"exec 3<>/dev/tcp/nats/4222; printf '{say}' >&3; timeout 10 grep -m 1 seq <&3"
        (self.folder / "collector.yml").write_text(json.dumps({"services": {"data-collector": {
            "image": docker.IMAGE, "entrypoint": ["bash", "-c", script.replace("4222", str(self.ports["NATS_PORT"]))],
            "depends_on": {"nats-unified": {"condition": "service_healthy"}}, "networks": ["marketprism-network"], "healthcheck": {"disable": True}}}}))
        project = self.project("docker-compose.unified.yml", "collector.yml")
        project("up", "-d")
        collector = project.container("data-collector")
        docker.wait_for("the collector's end", 20, lambda: not collector.state()["Running"])
        self.assertIn('"stream":"MARKET_DATA"', collector.logs())
        self.assertEqual(collector.state()["ExitCode"], 0)

    def test_the_production_profile_takes_its_password_from_a_file(self):
        shutil.copy(docker.ROOT / "env/.env.production", self.folder / ".env")
        (self.folder / "secrets").mkdir()
        (self.folder / "secrets/nats_auth_password").write_text("a password of our own\n")
        self.set(**self.ports)
        project = self.project()
        project("up", "-d")
        broker = project.container("nats-unified")
        broker.wait_healthy(10)
        broker.execute("entrypoint", "verify", "--quiet")
        with self.assertRaises((OSError, ValueError)):
            ask(self.ports["NATS_PORT"], "$JS.API.INFO", patience=2)
        self.assertNotIn("a password of our own", broker.logs())


class TakeoverTest(ProjectFolder):
    """The old project folder: bind mounts, written by a bare nats-server 2.10 as root."""

    MESSAGES = 10_000
    CONSUMERS = 8

    def test_everything_of_the_old_container_is_there_and_goes_back(self):
        bare.build()
        store = self.folder / "data/jetstream"
        store.mkdir(parents=True)
        old = ("-v", f"{store}:/data/jetstream")
        with docker.container(*old, image=bare.IMAGE, command=["nats-server", "-js", "-sd", "/data/jetstream"]) as server:
            port = server.port()
            docker.wait_for("the bare server", 10, lambda: can_ask(port))
            made = ask(port, "$JS.API.STREAM.CREATE.MARKET_DATA", {"name": "MARKET_DATA", "subjects": [f"{kind}.>" for kind in EIGHT], "storage": "file",
                                                                   "max_msgs": 500_000, "max_age": 0, "max_bytes": -1, "num_replicas": 1, "retention": "limits",
                                                                   "discard": "old"})
            self.assertNotIn("error", made)
            fill(port, [f"{kind}.x" for kind in EIGHT], self.MESSAGES)
            for i in range(self.CONSUMERS):
                name = f"collector-{i}"
                self.assertNotIn("error", ask(port, f"$JS.API.CONSUMER.CREATE.MARKET_DATA.{name}", {
                    "stream_name": "MARKET_DATA", "config": {"durable_name": name, "name": name, "ack_policy": "all", "deliver_policy": "all"}}))
                take(port, name, 100 * (i + 1))
            before = [self.position(port, i) for i in range(self.CONSUMERS)]
            server.stop()

        self.set(**self.ports)
        project = self.project()
        project("up", "-d")
        broker = project.container("nats-unified")
        broker.wait_healthy(15)
        port = self.ports["NATS_PORT"]
        self.assertEqual(messages(port), self.MESSAGES)
        self.assertEqual([self.position(port, i) for i in range(self.CONSUMERS)], before)
        self.assertEqual(take(port, "collector-3", 1)[0], before[3] + 1, "the next message is the one after the last acknowledged")
        self.assertRegex(broker.logs(), "max_age|max_msgs|max_bytes", "what differs is told")
        self.assertIn("seq", publish(port, "trade-data.x", b"new"))
        project("down")

        with docker.container(*old, image=bare.IMAGE, command=["nats-server", "-js", "-sd", "/data/jetstream"]) as server:
            docker.wait_for("the bare server again", 10, lambda: can_ask(server.port()))
            self.assertEqual(messages(server.port()), self.MESSAGES + 1)

    def test_stores_of_other_layouts_are_found(self):
        bare.build()
        for volume_is_named, store in ((True, "/data"), (True, "/data/jetstream"), (False, "/data")):
            with self.subTest(named=volume_is_named, store=store), docker.volume() as nats_data:
                self.write_bare(nats_data if volume_is_named else self.folder / "data", store)
                if volume_is_named:
                    readme = re.search(r"`(docker run --rm -v nats_data:.*?)`", (docker.ROOT / "README.md").read_text(), re.S)[1]
                    docker.run(*shlex.split(readme.replace("nats_data", nats_data).replace("$PWD", str(self.folder))))
                self.set(**self.ports)
                project = self.project()
                project("up", "-d")
                project.container("nats-unified").wait_healthy(15)
                self.assertEqual(messages(self.ports["NATS_PORT"]), 100)
                project("down")
                self.remove_data()

    @staticmethod
    def write_bare(data, store):
        with docker.container("-v", f"{data}:/data", image=bare.IMAGE, command=["nats-server", "-js", "-sd", store]) as server:
            port = server.port()
            docker.wait_for("the bare server", 10, lambda: can_ask(port))
            ask(port, "$JS.API.STREAM.CREATE.MARKET_DATA", {"name": "MARKET_DATA", "subjects": [f"{kind}.>" for kind in EIGHT], "storage": "file"})
            fill(port, [f"{kind}.x" for kind in EIGHT], 100)
            server.stop()

    @staticmethod
    def position(port, i):
        return ask(port, f"$JS.API.CONSUMER.INFO.MARKET_DATA.collector-{i}")["ack_floor"]["stream_seq"]


def can_ask(port):
    try:
        return "streams" in ask(port, "$JS.API.INFO", patience=1)
    except (OSError, TimeoutError):
        return False


if __name__ == "__main__":
    unittest.main()
