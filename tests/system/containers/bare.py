"""The stock nats-server alone, as the old set-up ran it: what our image is compared with."""
import docker

IMAGE = "unified-test-bare"
FILE = f"FROM {docker.DEBIAN}\nRUN apt-get -qq update && apt-get -qq install -y --no-install-recommends nats-server >/dev/null && rm -rf /var/lib/apt/lists/* /var/cache/apt/*\n"


def build():
    docker.run("sh", "-c", f"printf '%s' \"$0\" | docker build -q --network host -t {IMAGE} -", FILE, timeout=600)
