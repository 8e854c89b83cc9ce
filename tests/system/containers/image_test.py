"""The image by itself: what is in it, who may run it, how it starts and ends."""
import json
import unittest

import bare
import docker
from client import messages, publish

SIZE_LIMIT = 15 * 1000 * 1000
HARD = ["--read-only", "--tmpfs", "/run/unified-nats:uid=1000,mode=0700", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]


def setUpModule():
    docker.build_image()


class ImageTest(unittest.TestCase):
    def test_plain_run_is_healthy_at_once_and_stops_in_order(self):
        with docker.container() as broker:
            took = broker.wait_healthy(10)
            # Whoever publishes the moment it is healthy never sees "no stream".
            self.assertIn("seq", publish(broker.port(), "trade-data.x", b"{}"))
            logs = broker.logs()
            self.assertIn("every declared subject is stored", logs)
            self.assertIn("Server is ready", logs)
            seconds, code = broker.stop()
            print(f"healthy after {took:.2f} s, stopped in {seconds:.2f} s")
            self.assertEqual(code, 0, broker.logs())
            self.assertLess(seconds, 2)

    def test_any_user_may_run_it_with_nothing_writable_and_no_capability(self):
        for user in ("1000", "10001", "10001:10001", "0"):
            with self.subTest(user), docker.container(*HARD, "--user", user, "--tmpfs", "/data/jetstream", "--tmpfs", "/var/log/nats") as broker:
                broker.wait_healthy(10)
                if user == "1000":
                    self.assertIn("max_payload", broker.execute("cat", "/app/nats.conf").stdout)
                self.assertEqual(broker.stop()[1], 0)

    def test_what_the_old_image_was_asked_is_answered(self):
        with docker.container() as broker:
            broker.wait_healthy(10)
            for words in (["/app/scripts/health_check.sh", "quick"], ["/app/scripts/health_check.sh"], ["python3", "/app/scripts/check_streams.py", "--detailed"],
                          ["python3", "/app/scripts/config_renderer.py", "--validate"], ["python3", "/app/scripts/enhanced_jetstream_init.py", "--health-check"],
                          ["python3", "/app/test_unified_deployment.py", "--json"], ["cat", "/app/nats.conf"], ["ls", "-la", "/data/jetstream"], ["env"],
                          ["df", "-h"], ["du", "-sh", "/data/jetstream"], ["cat", "/var/log/nats/nats.log"], ["find", "/var/log/nats", "-name", "*.log"]):
                with self.subTest(" ".join(words)):
                    broker.execute(*words)
            self.assertNotEqual(broker.execute("python3", "-c", "print(1)", check=False).returncode, 0)

    def test_nats_servers_flags_are_settings(self):
        with docker.container(command=["-js", "-m", "8222", "-n", "as-before"]) as broker:
            broker.wait_healthy(10)
            self.assertEqual(json.loads(docker.run("docker", "exec", broker.name, "entrypoint", "status", "--json").stdout)["ready"], True)
            self.assertIn("as-before", broker.execute("cat", "/app/nats.conf").stdout)
        refused = docker.docker("run", "--rm", "-e", "NATS_PORT=4222", docker.IMAGE, "-p", "4300", check=False)
        self.assertEqual(refused.returncode, 78, refused.stderr)
        self.assertEqual(docker.docker("run", "--rm", docker.IMAGE, "--no-such-flag", check=False).returncode, 64)

    def test_a_container_that_comes_back_has_every_message(self):
        with docker.volume() as data, docker.container("-v", f"{data}:/data/jetstream") as broker:
            broker.wait_healthy(10)
            for i in range(100):
                self.assertIn("seq", publish(broker.port(), "trade-data.x", b"%d" % i))
            docker.docker("kill", "-s", "KILL", broker.name)
            docker.docker("start", broker.name)
            broker.wait_healthy(15)
            self.assertEqual(messages(broker.port()), 100)
            docker.docker("restart", broker.name)
            broker.wait_healthy(15)
            self.assertEqual(messages(broker.port()), 100)

    def test_it_holds_no_compiler_no_secret_and_nothing_setuid_of_ours(self):
        listed = docker.docker("run", "--rm", "--entrypoint", "sh", docker.IMAGE, "-c",
                               "for t in gcc g++ cc python curl wget; do command -v $t; done; ls /usr/bin/python3* 2>/dev/null; "
                               "find /app /usr/local -perm /6000; true").stdout
        self.assertEqual(listed, "")
        self.assertNotRegex(docker.docker("history", "--no-trunc", docker.IMAGE).stdout, "(?i)passw|token|secret")
        configuration = json.loads(docker.docker("inspect", "-f", "{{json .Config}}", docker.IMAGE).stdout)
        self.assertEqual([e for e in configuration["Env"] if not e.startswith("PATH=")], [], "a default there would look as if somebody had set it")
        self.assertEqual(configuration["User"], "nats")
        self.assertIn("org.opencontainers.image.revision", configuration["Labels"])

    def test_it_is_at_most_15_mb_larger_than_the_bare_server(self):
        bare.build()
        size = {name: int(docker.docker("inspect", "-f", "{{.Size}}", name).stdout) for name in (docker.IMAGE, bare.IMAGE)}
        print(f"{size[docker.IMAGE] / 1e6:.1f} MB, bare {size[bare.IMAGE] / 1e6:.1f} MB")
        self.assertLessEqual(size[docker.IMAGE] - size[bare.IMAGE], SIZE_LIMIT)


class FirstProcessTest(unittest.TestCase):
    def test_a_thousand_orphans_are_reaped(self):
        with docker.container() as broker:
            broker.wait_healthy(10)
            # Each grandchild loses its parent at once, and ends under PID 1.
            broker.execute("sh", "-c", "i=0; while [ $i -lt 1000 ]; do (sleep 0.2 &) ; i=$((i+1)); done", timeout=120)
            processes = "for s in /proc/[0-9]*/stat; do read -r line < $s && echo \"$line\"; done 2>/dev/null | grep -cE '\\) Z ' || true"
            docker.wait_for("no zombie", 20, lambda: broker.execute("sh", "-c", processes).stdout.strip() == "0")
            docker.wait_for("no sleeper", 20, lambda: "sleep" not in docker.docker("top", broker.name, "-eo", "pid,comm").stdout)
            self.assertTrue(broker.is_ready())

    def test_a_term_during_the_start_ends_it_with_0(self):
        for delay in (0, 0.02, 0.05, 0.1, 0.2, 0.4):
            with self.subTest(delay), docker.container() as broker:
                docker.time.sleep(delay)
                seconds, code = broker.stop()
                self.assertEqual(code, 0, broker.logs())
                self.assertLess(seconds, 3)


if __name__ == "__main__":
    unittest.main()
