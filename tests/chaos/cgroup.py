"""A control group of our own, to starve the broker in; version 1 or 2, only where we may."""
import os
import pathlib

ROOT = pathlib.Path("/sys/fs/cgroup")


class Cgroup:
    """With `controller`; ValueError where the machine does not let us."""

    def __init__(self, controller):
        self.old = (ROOT / controller).is_dir()
        base = ROOT / controller if self.old else ROOT
        if not self.old and controller not in self._enabled():
            raise ValueError(f"no cgroup controller {controller} for us")
        self.home = base / "cgroup.procs"
        self.path = base / f"unified-chaos-{os.getpid()}"
        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise ValueError(f"no cgroup of our own: {error}") from None

    @staticmethod
    def _enabled():
        try:
            return (ROOT / "cgroup.subtree_control").read_text().split()
        except OSError:
            return []

    def write(self, name, value):
        (self.path / name).write_text(str(value))

    def limit_cpu(self, percent):
        if self.old:
            self.write("cpu.cfs_period_us", 100000)
            self.write("cpu.cfs_quota_us", percent * 1000)
        else:
            self.write("cpu.max", f"{percent * 1000} 100000")

    def limit_memory(self, slack):
        """To what is in use now and `slack` bytes more."""
        if self.old:
            used = int((self.path / "memory.usage_in_bytes").read_text())
            self.write("memory.limit_in_bytes", used + slack)
        else:
            used = int((self.path / "memory.current").read_text())
            self.write("memory.swap.max", 0)
            self.write("memory.max", used + slack)

    def unlimit_memory(self):
        self.write("memory.limit_in_bytes" if self.old else "memory.max", -1 if self.old else "max")

    def take(self, *pids):
        for pid in pids:
            self.write("cgroup.procs", pid)

    def leave(self):
        """Everybody back to where nothing is limited, and the group removed."""
        for pid in (self.path / "cgroup.procs").read_text().split():
            try:
                self.home.write_text(pid)
            except OSError:
                continue  # it has ended meanwhile
        try:
            self.path.rmdir()
        except OSError:
            pass  # somebody's zombie; the next one uses it again


def why_not(controller):
    """Empty when it can be used."""
    try:
        Cgroup(controller).leave()
        return ""
    except (ValueError, OSError) as error:
        return str(error)
