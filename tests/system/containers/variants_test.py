"""The build arguments: an older Debian, and the server of an official image instead of Debian's."""
import json
import unittest

import docker
from client import publish
from compose_test import ProjectFolder

OFFICIAL = "unified-test-official"
OURS = "unified-test-variant"
# As nats:*-scratch is; Debian 12's own server is a 2.9.
DOCKERFILE = f"""FROM {docker.DEBIAN} AS package
RUN apt-get -qq update && cd /tmp && apt-get -qq download nats-server && dpkg -x nats-server_*.deb /
FROM scratch
COPY --from=package /usr/sbin/nats-server /nats-server
"""


class VariantsTest(ProjectFolder):
    def test_debian_12_with_the_binary_of_an_official_image(self):
        docker.build(OFFICIAL, DOCKERFILE)
        (self.folder / "variant.yml").write_text(json.dumps({"services": {"nats-unified": {"image": OURS}}}))
        project = self.project("docker-compose.unified.yml", "variant.yml")
        project("build", "--quiet", "--build-arg", f"NATS_IMAGE={OFFICIAL}", "--build-arg", "DEBIAN=bookworm", "nats-unified", timeout=1800)
        with docker.container(image=OURS) as broker:
            broker.wait_healthy(10)
            self.assertIn("12", broker.execute("cat", "/etc/debian_version").stdout)
            version = json.loads(broker.execute("entrypoint", "status", "--json").stdout)["server_version"]
            self.assertRegex(version, r"^2\.10\.")
            self.assertIn("seq", publish(broker.port(), "trade-data.x", b"{}"))
            self.assertEqual(broker.stop()[1], 0)


if __name__ == "__main__":
    unittest.main()
