"""What /proc tells of processes that a bench started: their children, threads, memory. Nothing is found by name.

Reading is all it does, but for end_tree().
"""
import os
import pathlib
import select
import signal
import subprocess
import time


def children_of(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def descendants_of(pid):
    found = children_of(pid)
    for child in list(found):
        found += descendants_of(child)
    return found


def runs(pid, binary):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", binary)
    except OSError:
        return False


def find_child(root, binary, seconds=20):
    """The pid of the one descendant that runs this binary."""
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        for pid in descendants_of(root):
            if runs(pid, binary):
                return pid
        time.sleep(0.001)
    raise SystemExit(f"no child of {root} runs {binary}")


def wait_gone(pidfd, seconds):
    return bool(select.select([pidfd], [], [], seconds)[0])


def kill_and_wait(pid):
    """kill -9; returns when it is gone, with the moment just before the signal."""
    watch = os.pidfd_open(pid)
    start = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    if not wait_gone(watch, 20):
        raise SystemExit(f"{pid} does not die")
    os.close(watch)
    return start


def end_tree(process):
    """TERM to the root, KILL to all that is still there after that: a loop would start its server again."""
    watches = {pid: os.pidfd_open(pid) for pid in descendants_of(process.pid)}
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for watch in watches.values():
        if not wait_gone(watch, 0.5):
            signal.pidfd_send_signal(watch, signal.SIGKILL)
            wait_gone(watch, 5)
        os.close(watch)


def memory_of(pid):
    """KiB by /proc/PID/smaps_rollup: Rss, Pss, Private_Dirty …"""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def switches_of(pid):
    """Per thread: how often it went to sleep, which is how often it was woken."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            lines = (task / "status").read_text().splitlines()
        except OSError:
            continue
        found[int(task.name)] = next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return found
