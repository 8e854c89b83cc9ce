#!/usr/bin/env python3
"""supervision.py [PAIRS]: crash to ready again, signals, memory and idle wake-ups, beside tini + a loop, s6 and supervisord.

`./dev bench` runs it, after streams.py; `PAIRS` below 30 make fewer crashes than the target asks for. Needs build/release, a nats-server
($NATS_SERVER_BIN or on PATH), tini, s6 and supervisor. All candidates run at the same time and take turns; medians.
"""
import os
import signal
import statistics
import subprocess
import sys
import time

from candidates import Bare, Ours, S6, Supervisord, Tini
from idle import idle_rows
from process_tree import find_child, memory_of
from side_by_side import OURS, PAIRS, SERVER, Folder, machine, server_version

CRASHES = 30 if PAIRS >= 15 else PAIRS
EARLY_CRASHES = max(2, CRASHES // 5)
SIGNALS = 100 if PAIRS >= 15 else PAIRS * 5
READY_FOR = 5.3  # longer than the 5 s that our restart policy asks for, and s6 and supervisord their second
NAME = 54


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def table_row(name, values, base, target="", unit="ms"):
    median = statistics.median(values)
    print(f"{name:<{NAME}} {median:9.2f} {unit} {percentile(values, 0.99):9.2f} {unit} {median / base:6.2f}  {target}", flush=True)


def steady_crashes():
    """Every server is killed when it was ready for READY_FOR; nothing but that is waited for."""
    candidates = [kind() for kind in (Bare, Ours, Tini, S6, Supervisord)]
    second = Ours()  # asked for /readyz instead: the two probes would share a probe of ours
    times, readyz, since = {each.name: [] for each in candidates}, [], {each: time.perf_counter() for each in [*candidates, second]}
    for _ in range(CRASHES):
        for each in [*candidates, second]:
            time.sleep(max(0.0, since[each] + READY_FOR - time.perf_counter()))
            if each is second:
                readyz.append(each.crash_to_readyz())
            else:
                times[each.name].append(each.crash())
            since[each] = time.perf_counter()
    memory = {each.name: memory_of(each.process.pid) for each in candidates if each.name in ("ours", "tini", "s6", "supervisord")}
    for each in [*candidates, second]:
        each.end()
    return times, readyz, memory


def early_crashes():
    """A fresh one each time, killed as soon as it was ready: that is where back-offs begin."""
    times = {}
    for _ in range(EARLY_CRASHES):
        for kind in (Ours, Tini, S6, Supervisord):
            candidate = kind()
            times.setdefault(kind.name, []).append(candidate.crash())
            candidate.end()
    return times


DOUBLE = """#!{python}
import os, signal, sys, time
if "--version" in sys.argv:
    print("nats-server: v2.10.27")
    sys.exit(0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
open("{folder}/waiting", "w").close()
signal.sigwaitinfo([signal.SIGTERM, signal.SIGINT])
now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
with open("{folder}/received", "w") as file:
    file.write(str(now))
"""


class SignalTrial:
    """A double of nats-server that notes when it is told to end, under us or under tini. Ours gets TERM and sends INT."""

    def __init__(self):
        self.folder = Folder()
        self.double = self.folder.path / "double"
        self.double.write_text(DOUBLE.format(python=sys.executable, folder=self.folder.path))
        self.double.chmod(0o755)
        self.folder.env["NATS_SERVER_BIN"] = str(self.double)
        subprocess.run([OURS, "version", "--remember"], env=self.folder.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def microseconds(self, command):
        waiting, received = self.folder.path / "waiting", self.folder.path / "received"
        for file in (waiting, received):
            file.unlink(missing_ok=True)
        process = subprocess.Popen(command, env=self.folder.env, cwd=self.folder.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.perf_counter() + 10
        while not waiting.exists():
            if time.perf_counter() > deadline or process.poll() is not None:
                process.kill()
                raise SystemExit(f"{command[0]} did not start its child")
            time.sleep(0.001)
        time.sleep(0.05)  # both are at rest
        start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)
        return (int(received.read_text()) - start) / 1000

    def pair(self):
        return self.microseconds([OURS, "run"]), self.microseconds(["tini", "-s", "--", str(self.double)])


def signals():
    trial = SignalTrial()
    pairs = [trial.pair() for _ in range(SIGNALS)]
    trial.folder.remove()
    return [a for a, _ in pairs], [b for _, b in pairs]


def fresh_memory():
    ours, tini = Ours(), Tini()
    time.sleep(8)  # what the start needed goes back to the system when it is over
    found = {"ours": memory_of(ours.process.pid), "tini": memory_of(tini.process.pid), "server": memory_of(find_child(tini.process.pid, SERVER))}
    ours.end()
    tini.end()
    return found


def print_memory(name, memory):
    print(f"{name:<{NAME}} {memory['Rss'] / 1024:9.2f} MB {memory['Pss'] / 1024:9.2f} MB {memory['Private_Dirty'] / 1024:9.2f} MB", flush=True)


def main():
    print(f"\nSupervision. {server_version()}; {machine()}; one run, candidates in turns, default settings of each")
    print(f"{f'crash (kill -9) to INFO + JetStream, {CRASHES} each':<{NAME}} {'median':>12} {'p99':>12} {'/ bare':>6}  target")
    times, readyz, memory = steady_crashes()
    base = statistics.median(times["bare"])
    table_row("bare: its own start after kill -9", times["bare"], base)
    table_row(f"ours, ready for {READY_FOR} s", times["ours"], base, "<= 3.00")
    table_row("ours until /readyz says 200 (streams looked at)", readyz, base)
    for name in ("tini", "s6", "supervisord"):
        table_row(f"{name + (' + loop' if name == 'tini' else '')}, ready for {READY_FOR} s", times[name], base)
    for name, values in early_crashes().items():
        table_row(f"{name}, killed as soon as ready (fresh, {EARLY_CRASHES} each)", values, base,
                  "back-off of 0.5 s by design" if name == "ours" else "")
    print(f"{f'TERM to the child has it, {SIGNALS} each':<{NAME}} {'p50':>12} {'p99':>12} {'/ tini':>6}")
    ours, tini = signals()
    base = statistics.median(tini)
    table_row("tini (forwards TERM)", tini, base, unit="us")
    table_row("ours (sends INT)", ours, base, "told beside tini", unit="us")
    print(f"{'memory':<{NAME}} {'Rss':>12} {'Pss':>12} {'dirty':>12}")
    fresh = fresh_memory()
    for name in ("tini", "ours", "server"):
        print_memory({"server": "nats-server itself"}.get(name, f"{name}, fresh"), fresh[name])
    for name, seen in memory.items():
        print_memory(f"{name}, after {CRASHES} crashes", seen)
    idle_rows(NAME)


if __name__ == "__main__":
    main()
