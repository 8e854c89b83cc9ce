"""How often the supervisor wakes while nothing happens, thread by thread, beside its timers that were due."""
import time

from candidates import Ours, Tini
from process_tree import switches_of

SECONDS = 60
SAMPLE = 0.02
APART = 0.25  # wake-ups closer than that belong to one moment: a timer's work is spread over threads

# (variable, its default in seconds); each expiry is one look. The black box looks at /varz at HEALTH_CHECK_INTERVAL, too.
TIMERS = {"LIVENESS_INTERVAL": (10, 1), "HEALTH_CHECK_INTERVAL": (60, 2), "RECONCILE_INTERVAL": (60, 1)}


class Silent(Ours):
    """Every periodic look switched off: nothing at all is due."""

    name = "silent"

    def launch(self, command):
        self.folder.env |= {"HEALTH_CHECK_ENABLED": "false", "RECONCILE_INTERVAL": "0"}
        return super().launch(command)


class Watched:
    """Counts of one process from now on."""

    def __init__(self, candidate):
        self.candidate, self.pid = candidate, candidate.process.pid
        self.first = self.last = switches_of(self.pid)
        self.moments, self.last_seen = [], 0.0

    def look(self, now):
        seen = switches_of(self.pid)
        moved = {task for task, count in seen.items() if count != self.last.get(task, 0)}
        self.last = seen
        if not moved:
            return
        if self.moments and now - self.last_seen < APART:
            self.moments[-1][1].update(moved)
        else:
            self.moments.append((now, moved))
        self.last_seen = now

    def total(self):
        return sum(count - self.first.get(task, 0) for task, count in self.last.items())

    def by_thread(self):
        """The reactor's first; threads in the order of their birth."""
        counts = [count - self.first.get(task, 0) for task, count in sorted(self.last.items())]
        return f"{counts[0]} (reactor), {', '.join(str(count) for count in counts[1:])}"

    def at(self):
        return ", ".join(f"{at:.0f} s" for at, _ in self.moments) or "none"


def due_in(seconds):
    return sum(seconds // period * looks for period, looks in TIMERS.values())


def idle_rows(width, settle=15):
    candidates = [Ours(), Silent(), Tini()]
    time.sleep(settle)  # the looks shortly after a start are over
    watched = [Watched(each) for each in candidates]
    begin = time.perf_counter()
    while (now := time.perf_counter() - begin) < SECONDS:
        for each in watched:
            each.look(now)
        time.sleep(SAMPLE)
    print(f"{f'idle for {SECONDS} s':<{width}} {'wake-ups':>12} {'moments':>12} {'due':>6}")
    ours, silent, tini = watched
    for name, each, due in (("ours, default intervals", ours, due_in(SECONDS)), ("ours, every periodic look switched off", silent, 0), ("tini", tini, 0)):
        target = f"moments <= {due}" if each is not tini else ""
        print(f"{name:<{width}} {each.total():12} {len(each.moments):12} {due:6}  {target}")
    for name, each in (("ours", ours), ("switched off", silent)):
        print(f"{f'  {name}, by thread':<{width}} {each.by_thread()}")
        print(f"{f'  {name}, moments':<{width}} {each.at()}")
    for each in candidates:
        each.end()
