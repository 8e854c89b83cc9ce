"""Our program beside the broker: AUTO_START_NATS=false, the same manifest, a RUN_DIR of its own."""
import contextlib

from broker import Broker
from world import Unmet

READY_WITHIN = 30


@contextlib.contextmanager
def beside(world):
    """One that is ready, and is so again when all is over; it ends as it is asked to."""
    folder = world.folder / "sidecar"
    folder.mkdir(exist_ok=True)
    kept = ("PATH", "HOME", "STREAMS_FILE", "STREAM_MAX_MSGS", "RECONCILE_INTERVAL", "ASAN_OPTIONS", "TSAN_OPTIONS")
    environment = {name: value for name, value in world.broker.environment.items() if name in kept}
    port, monitor = world.broker.environment["NATS_PORT"], world.broker.environment["NATS_HTTP_PORT"]
    environment |= {"AUTO_START_NATS": "false", "NATS_URL": f"nats://127.0.0.1:{port}", "NATS_PORT": port, "NATS_HTTP_PORT": monitor,
                    "RUN_DIR": f"{folder}/run", "NATS_LOG_FILE": "none"}
    sidecar = Broker(world.program, environment, folder)
    sidecar.start()
    try:
        see_ready(sidecar, "at first")
        yield sidecar
        world.recover()
        see_ready(sidecar, "when all is over")
        if (code := sidecar.stop()) != 0:
            raise Unmet(f"the sidecar's stop ended with {code}")
    finally:
        sidecar.kill()


def see_ready(sidecar, when):
    if not sidecar.until(lambda _: sidecar.ready(), READY_WITHIN):
        words = "" if sidecar.alive() else f"ended with {sidecar.process.returncode}; "
        raise Unmet(f"the sidecar is not ready {when}: {words}{sidecar.status().get('not_ready_because')}, {' | '.join(list(sidecar.lines)[-5:])}")
