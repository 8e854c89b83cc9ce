"""What the machine does to a container: nothing acknowledged is lost, health tells the truth, and it recovers by itself."""
import contextlib
import unittest

import docker
from client import Ledger, Publisher, Wire, ask, frames, missing

RATE = 200
ENOUGH = 200


def setUpModule():
    docker.build_image()


class FaultsTest(unittest.TestCase):
    @contextlib.contextmanager
    def published_to(self, *options, store=()):
        """A broker that somebody publishes to; afterwards everything acknowledged must be there. `store`: options of its volume."""
        with docker.volume(*store) as data, docker.container("-v", f"{data}:/data/jetstream", "-p", "127.0.0.1::4222", "-e", "LIVENESS_INTERVAL=1",
                                                             "-e", "HEALTH_CHECK_FAILURES=3", *options) as broker:
            broker.wait_healthy(10)
            # A port of its own for ever: the one that Docker chooses is another after a restart.
            ledger = Ledger()
            publisher = Publisher(broker.port(), ledger, RATE, frames())
            publisher.start()
            try:
                self.more_acknowledged(ledger)
                yield broker, ledger, publisher
                publisher.port = broker.port()
                self.more_acknowledged(ledger)
            finally:
                publisher.stop()
            docker.wait_for("ready", 30, broker.is_ready)
            lost = missing(broker.port(), ledger.stream, ledger.everything())
            print(f"{len(ledger)} acknowledged, {len(lost)} lost, {publisher.connects} connects")
            self.assertEqual(lost, [])
            self.assertEqual(ledger.conflicts, [])

    @staticmethod
    def more_acknowledged(ledger, patience=60):
        until = len(ledger) + ENOUGH
        docker.wait_for("acknowledgements", patience, lambda: len(ledger) >= until)

    def test_the_container_is_killed_and_started_again(self):
        with self.published_to() as (broker, ledger, publisher):
            for command in (["kill", "-s", "KILL"], ["restart"]):
                docker.docker(*command, broker.name)
                if command[0] == "kill":
                    docker.docker("start", broker.name)
                publisher.port = broker.port()
                broker.wait_healthy(15)
                self.more_acknowledged(ledger)

    def test_the_server_is_killed(self):
        with self.published_to() as (broker, ledger, _):
            for _ in range(3):
                broker.execute("sh", "-c", f"kill -9 {broker.server_pid()}")
                # Not a moment healthy without a server: asked at once, it may be back already, but then it is true.
                docker.wait_for("back", 20, broker.is_ready)
                self.more_acknowledged(ledger)
            self.assertEqual(docker.docker("inspect", "-f", "{{.RestartCount}}", broker.name).stdout.strip(), "0", "the container stays")

    def test_the_kernel_ends_the_server_when_the_containers_memory_is_used_up(self):
        with self.published_to("--memory", "160m", "--memory-swap", "160m", "-e", "JETSTREAM_MAX_MEMORY=2GB") as (broker, ledger, _):
            self.assertNotIn("error", ask(broker.port(), "$JS.API.STREAM.CREATE.HOG", {"name": "HOG", "subjects": ["hog"], "storage": "memory"}))
            with contextlib.suppress(OSError):
                wire = Wire(broker.port())
                for _ in range(400):
                    wire.send(b"PUB hog 900000\r\n" + b"x" * 900_000 + b"\r\n")
                wire.close()
            docker.wait_for("the black box names it", 30, lambda: "out of memory" in broker.logs())
            docker.wait_for("ready", 30, broker.is_ready)
            self.more_acknowledged(ledger)
            self.assertTrue(broker.state()["Running"])
            self.assertEqual(docker.docker("inspect", "-f", "{{.RestartCount}}", broker.name).stdout.strip(), "0", "the container stays")

    def test_a_pause_of_thirty_seconds(self):
        with self.published_to() as (broker, ledger, _):
            docker.docker("pause", broker.name)
            try:
                before = len(ledger)
                docker.time.sleep(30)  # the fault itself
                self.assertLessEqual(len(ledger), before + 64)
            finally:
                docker.docker("unpause", broker.name)
            docker.wait_for("ready", 10, broker.is_ready)
            docker.wait_for("healthy", 10, lambda: broker.health() == "healthy")

    def test_a_full_volume(self):
        small = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=150m,uid=1000")
        with self.published_to(store=small) as (broker, _, _):
            broker.execute("sh", "-c", "dd if=/dev/zero of=/data/jetstream/ballast bs=1M 2>/dev/null; true")
            docker.wait_for("not ready", 15, lambda: not broker.is_ready())
            docker.wait_for("unhealthy", 40, lambda: broker.health() == "unhealthy")
            broker.execute("rm", "/data/jetstream/ballast")
            docker.wait_for("healthy again", 90, lambda: broker.health() == "healthy")


if __name__ == "__main__":
    unittest.main()
