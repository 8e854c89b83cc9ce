"""A file system in a file, whose power may be cut: what was not written back is not in a copy of the file."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

SIZE = 256 << 20
TOOLS = ("mkfs.ext4", "losetup", "mount", "umount", "sync")


def call(*command):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise OSError(f"{command[0]}: {done.stdout.decode(errors='replace').strip()}")
    return done.stdout.decode().strip()


class LoopDisk:
    """An ext4 of its own at `place`, mounted until close(). Raises OSError where the machine does not let us."""

    def __init__(self, image, place):
        self.image, self.place = pathlib.Path(image), pathlib.Path(place)
        self.place.mkdir(exist_ok=True)
        if not self.image.exists():
            with open(self.image, "wb") as file:
                file.truncate(SIZE)
            call("mkfs.ext4", "-q", "-F", "-b", "4096", self.image)
        self.device = call("losetup", "-f", "--show", self.image)
        try:
            # Nothing of the kernel's own is written while it is copied; the journal is replayed by this.
            call("mount", "-o", "noatime,noinit_itable", self.device, self.place)
        except OSError:
            call("losetup", "-d", self.device)
            raise

    def write_back(self):
        call("sync", "-f", self.place)

    def copy(self, image):
        """What a power loss at this moment would leave. Nobody may be writing; what the kernel writes by itself begins it anew."""
        for _ in range(20):
            before = self._written()
            call("cp", "--sparse=always", self.image, image)
            if self._written() == before:
                return
            time.sleep(0.05)
        raise OSError(f"{self.device} does not come to rest")

    def _written(self):
        """Writes, sectors and flushes done, and what is under way (Documentation/block/stat.rst)."""
        numbers = pathlib.Path("/sys/block", pathlib.Path(self.device).name, "stat").read_text().split()
        return [numbers[at] for at in (4, 6, 8, 15)]

    def close(self):
        for attempt in range(100):
            try:
                call("umount", self.place)
                break
            except OSError:
                if attempt == 99:
                    raise
                time.sleep(0.1)
        call("losetup", "-d", self.device)


def why_not():
    """Empty when it can be used."""
    if os.geteuid() != 0:
        return "a loop device needs root"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"no {', '.join(missing)}"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="chaos-loop-"))
    try:
        disk = LoopDisk(folder / "image", folder / "place")
        disk.copy(folder / "copy")
        disk.close()
        return ""
    except OSError as error:
        return f"no loop device of our own: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
