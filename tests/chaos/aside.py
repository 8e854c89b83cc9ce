"""A broker of its own beside the world's, for what would harm that one too long: another store, other limits."""
import shutil
import time

from broker import Broker
from jetstream import Client
from ledger import Ledger, missing
from manifest import Manifest
from publisher import Publisher
from witness import Witness
from world import CONT, Unmet, environment_of

READY_WITHIN = 30
KEPT = "KEPT"  # its stream: kept.>
COLLECTOR = "kept.collected"


class Aside:
    """`with` leaves nothing behind, and raises Unmet when it has lied. `store`: where it keeps its streams; else in its folder."""

    def __init__(self, world, store=None, stream=None, **variables):
        """`stream`: more fields of its declaration. `variables`: of the environment."""
        self.world, self.folder = world, world.folder / "aside"
        self.folder.mkdir()
        self.manifest = Manifest(self.folder / "manifest")
        self.manifest.declare(KEPT, subjects=["kept.>"], **(stream or {}))
        environment = environment_of(self.folder, world.server, store or self.folder / "store", world.other_ports)
        self.broker = Broker(world.program, environment | variables, self.folder)
        self.ledger = Ledger(KEPT)
        self.witness = Witness(self.broker, self.ledger, "kept.witness")
        self.witness.fault = world.witness.fault
        messages = [(f"{COLLECTOR}.{number}", b'"%s"' % (b"x" * (number * 37 % 900))) for number in range(50)]
        self.publisher = Publisher(self.broker.port, self.ledger, 100, messages, self.witness.stored)

    def __enter__(self):
        try:
            self.broker.start()
            self.see_ready()
            self.publisher.start()
            self.witness.start()
            return self
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind, *_):
        self.publisher.ask_to_stop()
        found = self.witness.finish()
        self.world.witness.judged.update(self.witness.judged)
        self.close()
        if found and kind is None:
            raise Unmet("; ".join(found))
        for lie in found:
            print(f"    {lie}", flush=True)

    def close(self):
        for thread in (self.publisher, self.witness.publisher):
            if thread.is_alive():
                thread.ending.set() if thread is self.witness.publisher else thread.stop()
        if self.broker.alive():
            self.broker.process.send_signal(CONT)
            self.broker.kill()
        self.give_back()
        shutil.rmtree(self.folder, ignore_errors=True)

    def give_back(self):
        """What its faults have taken, once nothing of it runs."""

    def see_ready(self, seconds=READY_WITHIN):
        self.broker.until(lambda _: self.broker.ready(), seconds)
        if not self.broker.ready():
            raise Unmet(f"the broker aside is not ready: {self.why_not()}")

    def why_not(self):
        return f"{self.broker.status().get('not_ready_because')}, {' | '.join(list(self.broker.lines)[-5:])}"

    def see(self, what, condition, seconds=30):
        if not self.broker.until(condition, seconds):
            raise Unmet(f"not seen in the status aside: {what}; {self.why_not()}")

    def see_incident(self, cause, seconds=10):
        """In its black box, and the newest one of it in its status."""
        deadline, kinds = time.monotonic() + seconds, []
        while cause not in kinds:
            if time.monotonic() > deadline:
                raise Unmet(f"not in the black box aside: {cause}; {kinds}; {self.why_not()}")
            time.sleep(0.05)
            kinds = [record["kind"] for _, record in sorted(self.broker.incidents().items())]
        self.see(f"{kinds[-1]} as the last incident", lambda status: (status.get("last_black_box") or {}).get("kind") == kinds[-1], 2)

    def see_publishing(self):
        """Those who publish are connected."""
        deadline = time.monotonic() + 10
        while not self.publisher.connects or not any(attempt.stored for attempt in list(self.witness.publisher.attempts)):
            if time.monotonic() > deadline:
                raise Unmet(f"nobody can publish aside: {self.why_not()}")
            time.sleep(0.02)

    def client(self):
        return Client(self.broker.port)

    def command(self, *arguments):
        return self.broker.command(*arguments)

    def expect(self, code, *arguments, words=""):
        """That command's exit code, and words among what it prints."""
        got, text = self.broker.command(*arguments)
        if got != code or words.lower() not in text.lower():
            raise Unmet(f"{' '.join(arguments)}: exit code {got}, not {code} with {words!r}: {text}")

    def see_kept(self, until=None):
        """All that was acknowledged, or only before that moment, is there."""
        wanted = self.ledger.until(until) if until else self.ledger.everything()
        if lost := missing(self.broker.port, KEPT, wanted):
            raise Unmet(f"lost: {len(lost)} of {len(wanted)} messages aside, from {min(lost)}")

    def stop(self):
        if (code := self.broker.stop()) != 0:
            raise Unmet(f"the stop of the broker aside ended with {code}")
