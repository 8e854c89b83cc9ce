"""Two of ours look after the same streams."""
import time

import sidecar
import update_faults
from manifest import OPERATED, SHARED
from world import KILL


def kill_server(world):
    world.end_server(KILL)


def restart(world):
    world.broker.ask("/restart", "POST", 30)


def kill_broker(world):
    world.broker.process.kill()
    world.broker.ended(5)


def reload_both(world, beside):
    """At once, and again and again, with a manifest that is another one."""
    for number in range(world.rng.randint(2, 4)):
        world.manifest.declare(SHARED, description=f"round {number} of {world.rng.randrange(1 << 32)}")
        for process in (world.broker.process, beside.process):
            process.send_signal(1)
        time.sleep(world.rng.uniform(0, 0.5))


def delete_stream(world):
    """Both make it anew."""
    world.ledgers[OPERATED].forget()
    with world.client() as client:
        client.delete(OPERATED)


def sidecar_beside(world):
    """Whatever happens to the broker, one that is beside it takes nothing away and comes to rest, too."""
    with sidecar.beside(world) as beside:
        for _ in range(2):
            harm = world.rng.choice([kill_server, restart, kill_broker, reload_both, delete_stream, update_faults.foreign_updates])
            harm(world, beside) if harm is reload_both else harm(world)
            world.recover()
    world.see_stored(SHARED, ["shared.beside"])
    world.see_stored(OPERATED, ["operated.beside"])
