#!/usr/bin/env python3
"""streams.py [PAIRS]: what 1,000 declared streams cost: reconciling them beside a raw nats.c loop, and the memory they keep.

`./dev bench` runs it, after supervisor.py.
"""
import subprocess
import time

from side_by_side import (OURS, PAIRS, ROOT, SERVER, Folder, memory_of, render_bare, row, server_version, stop, timed,
                          wait_client_port, wait_ready, wait_stream)

STREAMS = 1000


def reconciling():
    folder = Folder()
    _, server = timed([SERVER, "-c", render_bare(folder)], folder, wait_client_port)
    command = [str(ROOT / "build/release/bin/reconcile_bench"), f"nats://127.0.0.1:{folder.port}", server_version(), str(min(PAIRS, 15))]
    told = subprocess.run(command, capture_output=True, text=True)
    stop(server)
    folder.remove()
    if told.returncode:
        raise SystemExit(told.stderr)
    names = ("create", "keep", "keep-decoded", "create-consumers", "keep-consumers")
    times = {name: ([], []) for name in names}
    for line in told.stdout.splitlines():
        name, ours, raw = line.split()
        times[name][0].append(float(ours))
        times[name][1].append(float(raw))
    return times


def kilobytes_with(streams):
    folder = Folder()
    manifest = folder.path / "streams.yaml"
    lines = [f"  - {{name: S{i}, subjects: [s{i}.>], max_msgs: 1000, max_age: 2h}}" for i in range(streams - 1)]
    lines.append("  - {name: MARKET_DATA, subjects: [market.>]}")  # what wait_stream asks for
    manifest.write_text("streams:\n" + "\n".join(lines) + "\n")
    folder.env["STREAMS_FILE"] = str(manifest)
    _, process = timed([OURS, "run"], folder, wait_stream)
    try:
        wait_ready(folder)
        time.sleep(5)  # what the start needed goes back to the system when it is over
        return memory_of(process.pid)["VmRSS"]
    finally:
        stop(process)
        folder.remove()


times = reconciling()
row("1,000 streams: keep all / nats.c js_Streams", *times["keep-decoded"], "<= 1.50")
row("1,000 streams: keep all / bytes of LIST only", *times["keep"], "", "ms")
row("1,000 streams: create all / raw CREATE loop", *times["create"], "<= 1.10")
row("with a consumer each: keep / raw LIST loops", *times["keep-consumers"], "<= 1.50")
row("with a consumer each: create / raw loop", *times["create-consumers"], "<= 1.10")
each = (kilobytes_with(STREAMS) - kilobytes_with(1)) / (STREAMS - 1)
print(f"{'memory of a stream, supervisor':<44} {each:9.1f} KB  <= 6 KB")
