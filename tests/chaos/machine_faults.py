"""Faults of the machine: disk, limits, CPU, clock, damaged files."""
import os
import pathlib
import resource
import socket
import subprocess
import time

import cgroup
from ledger import STREAM
from world import KILL, Unmet


def no_disk(world):
    return "" if world.has_disk else "a disk of its own (tmpfs) needs root"


def no_pids_cgroup(_world):
    return cgroup.why_not("pids")


def no_cpu_cgroup(_world):
    return cgroup.why_not("cpu")


def disk_is_full(world):
    """The server must be stopped, the reason told, and all go on by itself once there is room."""
    filler = world.store / "filler"
    try:
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 20))
            except OSError:
                pass
            try:
                while True:
                    file.write(bytes(1 << 10))
            except OSError:
                pass
        world.see("a server that is down for want of room", lambda status: status.get("phase") == "stopped")
        words = " ".join(world.broker.status().get("not_ready_because", []))
        if "room" not in words and "space" not in words and "full" not in words:
            raise Unmet(f"the reason is not told: {words}")
    finally:
        filler.unlink(missing_ok=True)
    world.see("a server that is up again by itself", lambda status: status.get("phase") == "running", 60)


def disk_is_read_only(world):
    world.down()
    before = world.broker.incidents()
    subprocess.run(["mount", "-o", "remount,ro", world.store], check=True)
    try:
        world.up()
        world.see_incident("store", before)
        world.down()
    finally:
        subprocess.run(["mount", "-o", "remount,rw", world.store], check=True)
    world.up()


def no_descriptors(world):
    """As many as it has now, for a while in which many want to connect."""
    pid = world.server_pid()
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 1, hard))
    clients = []
    try:
        for _ in range(20):
            clients.append(socket.create_connection(("127.0.0.1", world.broker.port), 2))
        world.see("that nobody gets in", lambda status: not status.get("ready", True), 15)
    finally:
        try:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
        except ProcessLookupError:
            pass  # the watchdog was quicker
        for client in clients:
            client.close()


def no_processes(world):
    group = cgroup.Cgroup("pids")
    try:
        us = world.broker.process.pid
        group.take(us)
        group.write("pids.max", len(os.listdir(f"/proc/{us}/task")))
        before = world.broker.incidents()
        world.end_server(KILL)
        world.see_incident("limits", before)
    finally:
        group.leave()


def memory_runs_out(world):
    """The kernel kills the largest of the control group: the server, to which a client subscribes without end."""
    group, client = cgroup.Cgroup("memory"), None
    try:
        group.take(world.broker.process.pid)
        world.end_server(KILL)  # the next one's memory is counted
        world.recover()
        before = world.broker.incidents()
        group.limit_memory(16 << 20)
        client = socket.create_connection(("127.0.0.1", world.broker.port), 5)
        client.sendall(b"CONNECT {}\r\n")
        try:
            for first in range(0, 2_000_000, 1000):
                client.sendall(b"".join(b"SUB memory.%d.x %d\r\n" % (number, number) for number in range(first, first + 1000)))
        except OSError:
            pass  # as it should be
        world.see_incident("out_of_memory", before)
    finally:
        if client:
            client.close()
        group.unlimit_memory()
        group.leave()


def no_memory_cgroup(_world):
    return cgroup.why_not("memory")


def fork_fails(world):
    before = world.broker.incidents()
    world.fork_file.touch()
    try:
        world.end_server(KILL)
        world.see_incident("limits", before)
    finally:
        world.fork_file.unlink()


def starved_of_cpu(world):
    group = cgroup.Cgroup("cpu")
    try:
        group.limit_cpu(world.rng.choice([10, 20, 40]))
        group.take(world.broker.process.pid, world.server_pid())
        time.sleep(world.rng.uniform(2, 4))
    finally:
        group.leave()


def clock_jumps(world):
    """Only our clock: what nats-server makes of its own is not ours."""
    year = 365 * 86400
    before = world.broker.status()
    for _ in range(3):
        world.turn_clock(world.rng.choice([-10 * year, -3600, -1, 1, 3600, 10 * year]))
        time.sleep(world.rng.uniform(0.1, 0.8))
    world.turn_clock(0)
    after = world.broker.status()
    if after["server_pid"] != before["server_pid"] or not 0 <= after["uptime_seconds"] - before["uptime_seconds"] <= 30:
        raise Unmet(f"uptime {before['uptime_seconds']} -> {after['uptime_seconds']}, pid {before['server_pid']} -> {after['server_pid']}")


def index_is_damaged(world):
    """What nats-server makes anew from its blocks: index.db (2.10 on), *.idx and *.fss (2.9)."""
    world.down()
    folder = world.stream_folder() / STREAM / "msgs"
    for path in [*folder.glob("index.db"), *folder.glob("*.idx"), *folder.glob("*.fss")]:
        choice = world.rng.randrange(3)
        if choice == 0:
            path.unlink()
        elif choice == 1:
            path.write_bytes(world.rng.randbytes(max(64, path.stat().st_size)))
        else:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    world.up()


def stream_is_damaged(world):
    """A declared stream that the server can't load is named, and never made anew over its messages."""
    world.down()
    meta = world.stream_folder() / STREAM / "meta.inf"
    sound = meta.read_bytes()
    meta.write_bytes(world.rng.randbytes(len(sound)))
    try:
        world.up()
        world.see("the stream that was not loaded", lambda status: STREAM in str(status.get("unloaded")))
        if world.broker.ready():
            raise Unmet("ready without its stream")
        world.down()
    finally:
        meta.write_bytes(sound)
    world.up()


def half_made_stream(world):
    """A folder without meta.inf: named, not removed (2.10 leaves such ones on a full disk)."""
    world.down()
    folder = pathlib.Path(world.stream_folder()) / "HALF"
    (folder / "msgs").mkdir(parents=True)
    try:
        world.up()
        world.see("the half-made stream", lambda status: "HALF" in str(status.get("half_made")))
        if not folder.is_dir():
            raise Unmet("the half-made stream was removed")
        world.down()
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)
    world.up()
