#!/usr/bin/env python3
"""supervisor.py [PAIRS]: what the supervisor costs, side by side with the bare nats-server in one run, alternating, medians.

`./dev bench` runs it. Needs build/release, a nats-server ($NATS_SERVER_BIN or on PATH), wget and curl. Talks to 127.0.0.1 only.
"""
import os
import pathlib
import subprocess
import time

from side_by_side import (OURS, PAIRS, SERVER, Folder, Publisher, machine, make_stream, memory_of, render_bare, row, server_version,
                          stop, timed, wait_client_port, wait_ready, wait_stream)


def ours(folder):
    taken, process = timed([OURS, "run"], folder, wait_stream)
    stop(process)
    return taken


def bare(folder):
    taken, process = timed([SERVER, "-c", render_bare(folder)], folder, wait_client_port)
    stop(process)
    return taken


def pair_start(warm):
    a, b = [], []
    for _ in range(PAIRS):
        folder = Folder()
        if warm:
            ours(folder)
            a.append(ours(folder))
            b.append(bare(folder))
        else:
            a.append(ours(folder))
            folder.remove()
            folder = Folder()
            b.append(bare(folder))
        folder.remove()
    return a, b


def seconds_of(command, env):
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def pair_health(folder):
    url = f"http://127.0.0.1:{folder.monitor}/healthz"
    ours_ms, wget, curl = [], [], []
    for _ in range(PAIRS * 10):
        ours_ms.append(seconds_of([OURS, "health", "quick"], folder.env))
        wget.append(seconds_of(["wget", "-q", "--spider", url], folder.env))
        curl.append(seconds_of(["curl", "-sf", "-o", "/dev/null", url], folder.env))
    return ours_ms, wget, curl


def pair_publish(supervised, unsupervised):
    publishers = [Publisher(supervised.port), Publisher(unsupervised.port)]
    a, b = [], []
    for _ in range(PAIRS):
        a.append(publishers[0].per_second(5000))
        b.append(publishers[1].per_second(5000))
    return a, b


def wake_ups_of(pid):
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


# As the last step of an image's build does.
subprocess.run([OURS, "version", "--remember"], env={"PATH": os.environ["PATH"], "NATS_SERVER_BIN": SERVER}, check=True, stdout=subprocess.DEVNULL)
print(f"{server_version()}; {machine()}; {PAIRS} alternating pairs, medians")
print(f"{'':<44} {'ours':>12} {'other':>12} {'ratio':>6}  target")
row("exec -> stream bound / bare -> port, cold", *pair_start(False), "<= 1.40")
row("exec -> stream bound / bare -> port, warm", *pair_start(True), "<= 1.25")

supervised, unsupervised = Folder(), Folder()
_, process = timed([OURS, "run"], supervised, wait_stream)
wait_ready(supervised)
quick, wget, curl = pair_health(supervised)
row("health quick / wget --spider /healthz", quick, wget, "<= 1.00")
row("health quick / curl -f /healthz", quick, curl, "<= 0.50")

_, bare_process = timed([SERVER, "-c", render_bare(unsupervised)], unsupervised, wait_client_port)
make_stream(unsupervised)
row("publish with acks, supervised / bare", *pair_publish(supervised, unsupervised), ">= 0.98", "/s")
stop(bare_process)

time.sleep(3)
before = wake_ups_of(process.pid)
time.sleep(30)
print(f"{'wake-ups of the supervisor in 30 s':<44} {wake_ups_of(process.pid) - before:12}       0 but due timers")
memory = memory_of(process.pid)
print(f"{'resident memory of the supervisor':<44} {memory['VmRSS'] / 1024:9.1f} MB (anonymous {memory['RssAnon'] / 1024:.1f} MB)  <= 12 MB")
stop(process)
supervised.remove()
unsupervised.remove()
