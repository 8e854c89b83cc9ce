"""deploy/swarm on a swarm of this one machine."""
import unittest
import uuid

import docker
from client import messages, publish
from compose_test import free_port


class SwarmTest(unittest.TestCase):
    def setUp(self):
        docker.build_image()
        if docker.docker("info", "-f", "{{.Swarm.LocalNodeState}}").stdout.strip() != "inactive":
            self.skipTest("this machine is a node of a swarm already: its tasks are somebody's")
        docker.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        self.addCleanup(docker.docker, "swarm", "leave", "--force", check=False)
        docker.docker("node", "update", "--label-add", "unified-nats=yes", docker.docker("node", "ls", "-q").stdout.strip())
        self.stack = f"unified-test-{uuid.uuid4().hex[:8]}"
        self.addCleanup(docker.docker, "volume", "rm", "-f", f"{self.stack}_data", check=False)
        self.addCleanup(self.remove_stack)

    def remove_stack(self):
        docker.docker("stack", "rm", self.stack, check=False)
        docker.wait_for("no task", 60, lambda: not self.tasks("-a"))

    def tasks(self, *options):
        return docker.docker("ps", "-q", *options, "--filter", f"label=com.docker.stack.namespace={self.stack}").stdout.split()

    def healthy_task(self, other_than=None):
        return next((c for c in map(docker.Container, self.tasks()) if c.name != other_than and c.health() == "healthy" and c.is_ready()), None)

    def test_a_stack_stores_and_a_new_task_has_the_messages_of_the_old_one(self):
        port = free_port()
        text = (docker.ROOT / "deploy/swarm/unified-nats.yml").read_text()
        for inner, outer in ((4222, port), (8222, free_port())):  # the usual ones may be taken on the machine that tests
            text = text.replace(f"published: {inner}", f"published: {outer}")
        docker.run("docker", "stack", "deploy", "-c", "-", self.stack, input=text)
        broker = docker.wait_for("a healthy task", 60, self.healthy_task)
        self.assertEqual(publish(port, "trade-data.x", b"{}").get("stream"), "MARKET_DATA")
        docker.docker("service", "update", "--detach", "--env-add", "STREAM_MAX_MSGS=2000000", f"{self.stack}_nats")
        docker.wait_for("the new task", 90, lambda: self.healthy_task(other_than=broker.name))
        self.assertEqual(messages(port), 1)
        self.assertEqual(broker.state()["ExitCode"], 0, "the old task was stopped, not killed")


if __name__ == "__main__":
    unittest.main()
