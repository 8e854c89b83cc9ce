"""docker-compose.cluster.yml: three nodes, one stream on all of them, every node stopped or killed in turn."""
import unittest

import docker
from client import Ledger, Publisher, ask, frames, missing
from compose_test import ProjectFolder, free_port

NODES = ["nats-1", "nats-2", "nats-3"]
RATE = 100
ENOUGH = 150


class AnyNode(Publisher):
    """Goes on to the next node when one does not answer, as clients with several URLs do."""

    def __init__(self, ports, ledger, rate):
        super().__init__(ports[0], ledger, rate, frames())
        self.ports = ports

    def _give_up_server(self):
        self.port = self.ports[(self.ports.index(self.port) + 1) % len(self.ports)]


class ClusterTest(ProjectFolder):
    def test_nothing_acknowledged_is_lost_while_each_node_in_turn_is_stopped_and_killed(self):
        self.set(NATS_CLUSTER_PASSWORD="a-password-of-the-routes", STREAM_MAX_AGE=0)
        text = (self.folder / "docker-compose.cluster.yml").read_text()
        ports = [free_port() for _ in NODES]
        for i, port in enumerate(ports):  # the usual ones may be taken on the machine that tests
            text = text.replace(f'["{4222 + i}:4222", "{8222 + i}:8222"]', f'["127.0.0.1:{port}:4222"]')
        (self.folder / "docker-compose.cluster.yml").write_text(text)
        project = self.project("docker-compose.cluster.yml")
        begun = docker.time.monotonic()
        project("up", "-d")
        nodes = {name: project.container(name) for name in NODES}
        for node in nodes.values():
            node.wait_healthy(20)
        took = docker.time.monotonic() - begun
        self.assertLess(took, 20)
        self.assertEqual(ask(ports[0], "$JS.API.STREAM.INFO.MARKET_DATA")["config"]["num_replicas"], 3)

        ledger = Ledger()
        publisher = AnyNode(ports, ledger, RATE)
        publisher.start()
        try:
            for how in ("stop", "kill"):
                for name, node in nodes.items():
                    self.step = f"{how} {name}"
                    project(how, *(["-s", "KILL"] if how == "kill" else []), name)
                    if how == "stop":
                        self.assertEqual(node.state()["ExitCode"], 0, node.logs())
                    self.more_acknowledged(ledger)
                    project("start", name)
                    node.wait_healthy(60)
                    self.more_acknowledged(ledger)
                    docker.wait_for(f"every copy current after {self.step}", 60, lambda: self.copies_are_current(ports))
            self.change_limits(project, nodes, ledger, ports)
        except BaseException:
            self.tell(nodes)
            raise
        finally:
            publisher.stop()
        lost = missing(ports[0], ledger.stream, ledger.everything())
        print(f"healthy after {took:.1f} s; {len(ledger)} acknowledged, {len(lost)} lost, {publisher.connects} connects")
        self.assertEqual(lost, [])
        self.assertEqual(ledger.conflicts, [])

    step = "the start"

    def change_limits(self, project, nodes, ledger, ports):
        """One node after the other, as the file says: those with the old number must not put it back."""
        self.set(STREAM_MAX_MSGS=2_000_000)
        for name in NODES:
            self.step = f"the change of {name}"
            project("up", "-d", "--no-deps", "--wait", name)
            nodes[name] = project.container(name)
            self.assertEqual(nodes[name].health(), "healthy")
            self.more_acknowledged(ledger)
        self.assertEqual(ask(ports[1], "$JS.API.STREAM.INFO.MARKET_DATA")["config"]["max_msgs"], 2_000_000)

    @staticmethod
    def copies_are_current(ports):
        """Before the next node goes: two of three are needed, and a node is healthy before its copy is current."""
        info = ask(ports[0], "$JS.API.STREAM.INFO.MARKET_DATA")
        copies = info.get("cluster", {}).get("replicas") or []
        return len(copies) == 2 and all(copy.get("current") and not copy.get("offline") for copy in copies)

    def tell(self, nodes):
        """What the nodes say, once it went wrong."""
        print(f"after {self.step}:")
        for node in nodes.values():
            print(f"-- {node.name[:12]} {node.state()['Status']}: {node.ready()}{node.logs()[-3000:]}")

    @staticmethod
    def more_acknowledged(ledger):
        until = len(ledger) + ENOUGH
        docker.wait_for("acknowledgements", 60, lambda: len(ledger) >= until)


if __name__ == "__main__":
    unittest.main()
