"""RUN_DIR is harmed under a supervisor that runs: cleaned, and full."""
import os
import pathlib
import subprocess
import time

import machine_faults
from aside import KEPT, Aside
from world import KILL, Unmet

MADE_ANEW_WITHIN = 5  # seconds
FILES = ("instance.lock", "control.sock")
ASKED = (("health", "quick"), ("health", "live"), ("status",), ("wait", "ready"), ("start",))


def no_disk(world):
    return machine_faults.no_disk(world)


def run_dir_cleaned(world):
    """As a cleaner of temporary files does it. Nobody may hear that ours does not run."""
    run_dir = pathlib.Path(world.broker.environment["RUN_DIR"])
    names = world.rng.choice([FILES[:1], FILES[1:], FILES])

    def clean():
        for name in names:
            (run_dir / name).unlink(missing_ok=True)

    for arguments in world.rng.sample(ASKED, len(ASKED)):
        clean()
        code, text = world.command(*arguments)
        if code != 0 or (arguments == ("start",) and f"pid {world.broker.process.pid}" not in text):
            raise Unmet(f"without {' and '.join(names)}: {' '.join(arguments)} answers {code}: {text}")
    deadline = time.monotonic() + MADE_ANEW_WITHIN
    while not all((run_dir / name).exists() for name in FILES):
        if time.monotonic() > deadline:
            raise Unmet(f"not made anew: {' and '.join(names)}")
        time.sleep(0.05)
    if world.rng.random() < 0.5:
        clean()
        code, text = world.command("stop")
        if code != 0 or "not running" in text:
            raise Unmet(f"without {' and '.join(names)}: stop answers {code}: {text}")
        if (code := world.broker.ended(2)) != 0:
            raise Unmet(f"stopped, and ended with {code}")


class SmallRunDir(Aside):
    """RUN_DIR on a file system of 1 MiB."""

    def __init__(self, world):
        self.place = world.folder / "small"
        self.place.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "chaos", self.place], check=True)
        super().__init__(world, RUN_DIR=f"{self.place}/run", NATS_CONFIG_FILE=f"{self.place}/run/nats.conf")

    def take_everything(self):
        with open(self.place / "ballast", "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def give_room(self):
        (self.place / "ballast").unlink(missing_ok=True)

    def give_back(self):
        for _ in range(50):
            if subprocess.run(["umount", self.place], stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return
            time.sleep(0.1)


def run_dir_full(world):
    """A restart that could not write its configuration stops nothing, and says why; a server that dies is started all the same."""
    with SmallRunDir(world) as aside:
        pid = aside.broker.server_pid()
        aside.take_everything()
        aside.expect(75, "restart", words="no space left on device")
        if aside.broker.server_pid() != pid or not aside.broker.ready():
            raise Unmet(f"a restart that was refused took the server away: {aside.why_not()}")
        reload(aside)
        if world.rng.random() < 0.5:
            os.kill(aside.broker.server_pid(), KILL)
            aside.see("another server", lambda status: status.get("server_pid") not in (pid, None))
            aside.see_ready()
        aside.give_room()
        aside.expect(0, "restart")
        if not aside.broker.ready():
            raise Unmet(f"`restart` said that it is ready, and it is not: {aside.why_not()}")
        aside.see_kept()
        aside.stop()


def reload(aside):
    """Done, and so it is; or why not."""
    aside.manifest.declare(KEPT, subjects=["kept.>", "reloaded.>"])
    code, text = aside.command("reload")
    if code == 0:
        with aside.client() as client:
            client.store(aside.ledger, "reloaded.x")
    elif "space" not in text:
        raise Unmet(f"reload without room: {code} {text}")
