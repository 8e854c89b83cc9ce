"""The stock nats-server alone, as the old set-up ran it: what our image is compared with."""
import docker

IMAGE = "unified-test-bare"
PACKAGE = "apt-get -qq update && apt-get -qq install -y --no-install-recommends nats-server >/dev/null && rm -rf /var/lib/apt/lists/* /var/cache/apt/*"


def build():
    docker.build(IMAGE, f"FROM {docker.DEBIAN}\nRUN {PACKAGE}\n")
